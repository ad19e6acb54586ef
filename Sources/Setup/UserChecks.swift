internal import Glibc
internal import LinuxSystem
internal import Rootless
internal import SystemPackage

/// What a user without root needs of the host, each with the one command that mends it.
struct UserChecks {
    let programs: ProgramSearch
    let user: UInt32

    func all() -> [DoctorCheck] {
        [
            program("newuidmap", "uidmap", "the IDs of containers", .bad),
            wayOut(), ranges(), tun(),
        ] + settings()
    }

    private func wayOut() -> DoctorCheck {
        let pasta = program("pasta", "passt", "the way out for containers", .warning)
        guard pasta.outcome != .good, let other = programs.find("slirp4netns") else { return pasta }
        return DoctorCheck(
            "pasta", .good, "not installed; \(other) takes its place, and is slower", remedy: "sudo apt install passt")
    }

    private func program(_ name: String, _ package: String, _ use: String, _ grade: DoctorCheck.Outcome) -> DoctorCheck
    {
        if let path = programs.find(name) { return DoctorCheck(name, .good, path.string) }
        return DoctorCheck(name, grade, "not installed; needed for \(use)", remedy: "sudo apt install \(package)")
    }

    private func ranges() -> DoctorCheck {
        let isMissing = ["/etc/subuid", "/etc/subgid"].contains { (try? IdentityRange.ofUser(in: $0)) == nil }
        if isMissing {
            return DoctorCheck(
                "subordinate IDs", .bad, "no 65536 of them for this user in /etc/subuid and /etc/subgid",
                remedy: "sudo usermod \(IdentityRange.free.options) \"$USER\"")
        }
        if let line = IdentityRange.shared {
            let sharer = line.prefix { $0 != ":" }
            // usermod(8) takes no range from a user who is logged in.
            let free = IdentityRange.free
            return DoctorCheck(
                "subordinate IDs", .warning,
                "\(sharer) has the same ones, and so may signal and trace processes in containers of this user",
                remedy: "sudo sed -i 's/^\(line)$/\(sharer):\(free.first):\(free.count)/' /etc/subuid /etc/subgid")
        }
        return DoctorCheck("subordinate IDs", .good, "in /etc/subuid and /etc/subgid")
    }

    private func tun() -> DoctorCheck {
        access("/dev/net/tun", R_OK | W_OK) == 0
            ? DoctorCheck("/dev/net/tun", .good, "open to this user")
            : DoctorCheck(
                "/dev/net/tun", .warning, "missing or closed to this user; containers have no way out without it",
                remedy: "sudo modprobe tun; sudo chmod 666 /dev/net/tun")
    }

    /// The settings of the kernel that keep users from making namespaces; a setting that the kernel lacks keeps no user from it.
    private func settings() -> [DoctorCheck] {
        func value(_ name: String) -> Int? {
            let path = FilePath("/proc/sys/" + name.split(separator: ".").joined(separator: "/"))
            return ((try? Files.text(path)) ?? nil).flatMap { Int($0.prefix { $0.isNumber }) }
        }
        let wanted: [(name: String, isGood: (Int) -> Bool, value: Int)] = [
            ("kernel.unprivileged_userns_clone", { $0 != 0 }, 1),
            ("user.max_user_namespaces", { $0 > 0 }, 15000),
            ("kernel.apparmor_restrict_unprivileged_userns", { $0 == 0 }, 0),
        ]
        return wanted.compactMap { setting in
            guard let found = value(setting.name), !setting.isGood(found) else { return nil }
            return DoctorCheck(
                setting.name, .bad, "\(found): users may make no namespaces",
                remedy: "sudo sysctl -w \(setting.name)=\(setting.value)")
        }
    }
}
