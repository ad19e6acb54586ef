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
    /// The name, where root acts for another user.
    package let name: String?
    /// Whether root acts for another user.
    package let isBehindSudo: Bool

    /// - Throws: `EngineError` for an id in SUDO_UID that is no user of this host.
    package init(_ variables: [String: String]) throws(EngineError) {
        guard geteuid() == 0, let id = SudoCaller(variables)?.user else {
            (user, group, home) = (geteuid(), getegid(), variables["HOME"] ?? "/")
            isBehindSudo = false
            name = nil
            return
        }
        guard let entry = Self.entry(of: id, variables["PATH"]) else {
            throw EngineError(.settings, "SUDO_UID is \(id), and this host has no such user.")
        }
        (user, group, home, name) = (id, entry.group, entry.home, entry.name)
        isBehindSudo = true
    }

    /// Has this process, and what it starts, take the home directory and the name of who called sudo for its own: `~`,
    /// `${USER}`, settings and credentials are those of the user for whom root acts. Without sudo nothing changes.
    /// An id that this host does not know has no home.
    package static func actForCaller() {
        guard SudoCaller.current != nil, let caller = try? Caller(EnvironmentVariables.current) else { return }
        setenv("HOME", caller.home, 1)
        for variable in ["USER", "LOGNAME"] {
            if let name = caller.name { setenv(variable, name, 1) }
        }
        // A place of root's is not where the user's files are.
        for variable in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"] {
            guard let value = getenv(variable), Self.isOfRoot(FilePath(String(cString: value))) else { continue }
            unsetenv(variable)
        }
    }

    private static func isOfRoot(_ path: FilePath) -> Bool {
        // A missing directory has no owner.
        ((try? Files.status(path, followingLinks: true)) ?? nil)?.owner == 0
    }

    /// The line of passwd(5), from the file or from where else getent(1) finds it: getpwuid_r(3) loads modules for all but
    /// the file, which a program that is linked statically cannot do.
    private static func entry(of id: UInt32, _ path: String?) -> (name: String, group: UInt32, home: String)? {
        // Without the file, the others may know the user.
        let file = (try? Files.text("/etc/passwd")) ?? nil
        if let found = entry(of: id, in: file ?? "") { return found }
        guard let getent = ProgramSearch(path: path).find("getent"),
            let output = try? ProcessOutput.of(ChildProcess.Command(getent.string, ["passwd", "\(id)"])),
            output.status.isSuccess
        else { return nil }
        return entry(of: id, in: String(decoding: output.standardOutput, as: UTF8.self))
    }

    /// The name, the group and the home of a user in lines of passwd(5).
    static func entry(of id: UInt32, in text: String) -> (name: String, group: UInt32, home: String)? {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 6, UInt32(fields[2]) == id, let group = UInt32(fields[3]) else { continue }
            return (String(fields[0]), group, String(fields[5]))
        }
        return nil
    }
}
