internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// A place for this process among the control groups of the user's systemd: from a session of root's systemd, such as that of
/// sshd, the kernel lets no one move a process into the group of a container; cgroups(7), "Delegation", systemd.scope(5).
enum UserScope {
    /// Moves this process, with what it starts later, into a scope of its own where that is needed. Without systemd, or when
    /// it refuses, the process stays where it is: then only what wants a container's group fails, and says so.
    static func join(_ user: UInt32) {
        guard let before = group(), before.hasPrefix("/"), !before.contains("/user@\(user).service/"),
            let bus = UserBus.address(of: user)
        else { return }
        let properties = [
            "3", "PIDs", "au", "1", "\(getpid())", "Description", "s", "trice", "CollectMode", "s",
            "inactive-or-failed",
        ]
        let command = ChildProcess.Command(
            "busctl",
            [
                "--user", "--quiet", "call", "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                "org.freedesktop.systemd1.Manager", "StartTransientUnit", "ssa(sv)a(sa(sv))",
                "trice-command-\(getpid()).scope", "replace",
            ] + properties + ["0"],
            environment: ["PATH=\(EnvironmentVariables.current["PATH"] ?? "")", "\(UserBus.variable)=\(bus)"])
        let limits = ProcessOutput.Limits(timeout: .seconds(5))
        guard let output = try? ProcessOutput.of(command, limits: limits), output.status == .exited(0) else { return }
        // systemd answers before it has done it.
        for _ in 0..<200 where group() == before { usleep(1000) }
    }

    /// The group of this process in the hierarchy of version 2; `nil` where there is another hierarchy as well.
    private static func group() -> Substring? {
        guard let text = (try? Files.text("/proc/self/cgroup")) ?? nil else { return nil }
        let lines = text.split(separator: "\n")
        guard lines.count == 1, lines[0].hasPrefix("0::") else { return nil }
        return lines[0].dropFirst(3)
    }
}
