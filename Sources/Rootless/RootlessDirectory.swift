internal import Glibc
internal import LinuxSystem
package import SystemPackage

/// The files of a user's namespaces, in the run directory of the user's Trice.
package struct RootlessDirectory: Hashable, Sendable {
    /// `rootless` in the run directory, with mode 0700.
    package let path: FilePath

    package init(run: FilePath) {
        path = run.appending("rootless")
    }

    /// Held (shared) by every process of Trice that works inside; who has it alone knows that none does.
    var users: FilePath { path.appending("users.lock") }
    /// Held while the namespaces are looked for and made.
    var start: FilePath { path.appending("start.lock") }
    /// Of the agent outside.
    var socket: FilePath { path.appending("agent.sock") }
    var log: FilePath { path.appending("agent.log") }
    private var processes: FilePath { path.appending("processes") }
    /// In place of a resolv.conf that names servers of the host's loopback.
    var resolver: FilePath { path.appending("resolv.conf") }
    /// Where pasta writes its process.
    var transit: FilePath { path.appending("pasta.pid") }

    /// Makes the directory, private to the user.
    func create() throws(RootlessError) {
        do throws(SystemError) {
            try Files.createDirectory(path.removingLastComponent(), mode: 0o700)
            try Files.createDirectory(path, mode: 0o700)
        } catch {
            throw RootlessError(.directory, "`\(path)` cannot be made: \(error.errno).")
        }
    }

    /// Notes the process that keeps the namespaces.
    func note(_ keeper: Keeper) throws(SystemError) {
        try Files.write("\(keeper.pid) \(keeper.startTime)\n".utf8, to: processes, mode: 0o600)
    }

    /// The process that keeps the namespaces; `nil` where none lives.
    func keeper() -> Keeper? {
        let numbers = (((try? Files.text(processes)) ?? nil) ?? "").split(whereSeparator: \.isWhitespace)
        guard numbers.count == 2, let pid = Int32(numbers[0]), let time = UInt64(numbers[1]),
            let keeper = Keeper(pid), keeper.startTime == time
        else { return nil }
        return keeper
    }

    /// Removes what tells of namespaces that are gone.
    func clear() {
        for file in [processes, socket, resolver, transit] {
            // One that stays is of the same user and is written anew.
            _ = try? Files.remove(file)
        }
    }
}

/// The process that keeps the namespaces of a user: it does nothing else.
struct Keeper: Hashable, Sendable {
    let pid: Int32
    /// In clock ticks since the machine started; proc_pid_stat(5).
    let startTime: UInt64

    /// `nil` for a process that does not live.
    init?(_ pid: Int32) {
        guard let time = ProcessFacts.startTime(of: pid) else { return nil }
        self.pid = pid
        startTime = time
    }

    func namespace(_ kind: String) -> FilePath { FilePath("/proc/\(pid)/ns/\(kind)") }

    /// Whether processes other than `known` are in its user namespace.
    func hasCompany(besides known: Set<Int32>) -> Bool {
        guard let own = userNamespace else { return false }
        // For want of descriptors or memory there may be some.
        guard let company = try? Self.processes(in: own) else { return true }
        return !company.isSubset(of: known.union([pid]))
    }

    /// Its user namespace, as /proc names it.
    var userNamespace: String? { Self.link(namespace("user")) }

    /// The processes in a user namespace, but for commands that have entered it: these may not be looked at.
    static func processes(in userNamespace: String) throws(SystemError) -> Set<Int32> {
        let all = try Files.names(in: "/proc").compactMap { Int32($0) }
        return Set(
            all.filter { pid in
                // One that has ended and waits for its parent, which may never ask, is in the namespace still.
                link(FilePath("/proc/\(pid)/ns/user")) == userNamespace && ProcessFacts.isAlive(pid)
            })
    }

    /// Whether a process is in the same namespace of this kind.
    func shares(_ kind: String, with pid: Int32) -> Bool {
        guard let own = Self.link(namespace(kind)) else { return false }
        return Self.link(FilePath("/proc/\(pid)/ns/\(kind)")) == own
    }

    private static func link(_ path: FilePath) -> String? {
        var buffer = [CChar](repeating: 0, count: 64)
        let count = path.withPlatformString { readlink($0, &buffer, buffer.count) }
        return count > 0 ? String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }
}
