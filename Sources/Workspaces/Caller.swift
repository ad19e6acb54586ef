internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The user whose wishes and files count: who called sudo, else the user of this process.
package struct Caller: Hashable, Sendable {
    /// The numeric user.
    package let user: UInt32
    /// The numeric group.
    package let group: UInt32
    /// The home directory, absolute.
    package let home: String
    /// Whether root acts for another user.
    package let isBehindSudo: Bool

    /// - Throws: `EngineError` for an id in SUDO_UID that is no user of this host.
    package init(_ variables: [String: String]) throws(EngineError) {
        guard geteuid() == 0, let id = Self.sudo(variables).user, id != 0 else {
            (user, group, home) = (geteuid(), getegid(), variables["HOME"] ?? "/")
            isBehindSudo = false
            return
        }
        guard let entry = Self.entry(of: id, variables["PATH"]) else {
            throw EngineError(.settings, "SUDO_UID is \(id), and this host has no such user.")
        }
        (user, group, home) = (id, entry.group, entry.home)
        isBehindSudo = true
    }

    /// The ids that sudo(8) leaves of who called it; `nil` each where it did not.
    package static func sudo(_ variables: [String: String]) -> (user: UInt32?, group: UInt32?) {
        (variables["SUDO_UID"].flatMap { UInt32($0) }, variables["SUDO_GID"].flatMap { UInt32($0) })
    }

    /// The line of passwd(5), from the file or from where else getent(1) finds it: getpwuid_r(3) loads modules for all but
    /// the file, which a program that is linked statically cannot do.
    private static func entry(of id: UInt32, _ path: String?) -> (group: UInt32, home: String)? {
        // Without the file, the others may know the user.
        let file = (try? Files.text("/etc/passwd")) ?? nil
        if let found = entry(of: id, in: file ?? "") { return found }
        guard let getent = ProgramSearch(path: path).find("getent"),
            let output = try? ProcessOutput.of(ChildProcess.Command(getent.string, ["passwd", "\(id)"])),
            output.status.isSuccess
        else { return nil }
        return entry(of: id, in: String(decoding: output.standardOutput, as: UTF8.self))
    }

    /// The group and the home of a user in lines of passwd(5).
    static func entry(of id: UInt32, in text: String) -> (group: UInt32, home: String)? {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 6, UInt32(fields[2]) == id, let group = UInt32(fields[3]) else { continue }
            return (group, String(fields[5]))
        }
        return nil
    }
}
