internal import CLinux
internal import Glibc
package import LinuxSystem

/// Reads and writes files with the rights of a user: what that user may not write, and what a link of theirs leads to, stays
/// out of reach for a command that root runs for them.
package enum UserFiles {
    /// - Throws: what `body` throws.
    package static func run<Result>(
        asUser user: UInt32, group: UInt32, _ body: () throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        guard user != geteuid() else { return try body() }
        return try DedicatedThread.run { () throws(SystemError) -> Result in
            try systemCall("setfsuid", "\(user)") { cl_act_as(user, group) }
            return try body()
        }
    }
}
