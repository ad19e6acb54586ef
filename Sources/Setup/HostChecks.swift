internal import Containers
internal import LinuxSystem
internal import Networks
internal import SystemPackage
package import Workspaces

/// `trice doctor`: asks the host for everything that `up` needs.
package struct HostChecks: Sendable {
    private let context: CommandContext

    package init(_ context: CommandContext) {
        self.context = context
    }

    private var request: ProjectRequest { context.request }
    private var settings: Settings { context.settings }
    /// What a remedy begins with that only root may do.
    private var sudo: String { request.userID == 0 ? "" : "sudo " }
    private var programs: ProgramSearch { ProgramSearch(path: request.processEnvironment["PATH"]) }

    /// Makes all checks, in the order of their importance. Nothing is changed.
    package func run() throws -> [DoctorCheck] {
        var checks = [privilege(), kernel()]
        let host: HostFacts
        do {
            host = try HostFacts.observe(ofUser: request.userID == 0 ? nil : request.userID)
        } catch {
            return checks + [DoctorCheck("host", .bad, error.message)]
        }
        checks += try runtimes(host)
        checks += [
            host.hasSeccomp
                ? DoctorCheck("seccomp", .good, "the kernel takes filters")
                : DoctorCheck("seccomp", .warning, "the kernel has no seccomp filters; containers run without"),
            program("nft", "nftables", "published ports and masquerade"),
            program("mmdebstrap", "mmdebstrap", "bootstrap:debian images", isOptional: true),
            program("busybox", "busybox-static", "bootstrap:busybox images", isOptional: true),
            program("cp", "coreutils", "filling empty volumes"),
            overlay(), initProgram(), forwarding(),
        ]
        checks += shells()
        if request.userID != 0 { checks += UserChecks(programs: programs, user: request.userID).all() }
        return checks
    }

    private func privilege() -> DoctorCheck {
        request.userID == 0
            ? DoctorCheck("privilege", .good, "running as root")
            : DoctorCheck("privilege", .good, "running as user \(request.userID), in namespaces of this user")
    }

    private func kernel() -> DoctorCheck {
        // Without /proc nothing else would work either.
        let release = (try? Files.text("/proc/sys/kernel/osrelease"))??.prefix { $0 != "\n" } ?? "unknown"
        let parts = release.split(separator: ".").prefix(2).compactMap { Int($0.prefix { $0.isNumber }) }
        let isRecent = parts.count == 2 && (parts[0], parts[1]) >= (5, 15)
        return DoctorCheck(
            "kernel", isRecent ? .good : .warning, "Linux \(release)",
            remedy: isRecent ? nil : "Trice is tested on 6.1 and later")
    }

    private func runtimes(_ host: HostFacts) throws -> [DoctorCheck] {
        let wanted = request.runtime ?? settings.runtime
        var checks: [DoctorCheck] = []
        var found: [RuntimeFacts] = []
        for name in wanted.map({ [$0] }) ?? ["crun", "runc"] {
            if let facts = try RuntimeFacts.observe(name, in: programs, cache: nil) { found.append(facts) }
        }
        guard let first = found.first else {
            return [
                DoctorCheck(
                    "OCI runtime", .bad, "\(wanted ?? "neither crun nor runc") is not installed",
                    remedy: "\(sudo)apt install \(wanted ?? "crun")")
            ]
        }
        for facts in found {
            checks.append(
                DoctorCheck(
                    "OCI runtime", .good,
                    "\(facts.path) \(facts.version)\(facts == first ? ", used for new containers" : "")"))
        }
        switch host.cgroupManager(for: first) {
        case .cgroupfs: checks.append(DoctorCheck("cgroups", .good, "\(host.cgroups)"))
        case .systemd:
            let controllers = host.userManager?.controllers.joined(separator: ", ") ?? ""
            checks.append(DoctorCheck("cgroups", .good, "\(host.cgroups), by the user's systemd: \(controllers)"))
        case .disabled(let reason):
            let remedy =
                request.userID != 0 && host.cgroups == .v2
                ? "sudo apt install dbus-user-session; sudo loginctl enable-linger \"$USER\"" : nil
            checks.append(DoctorCheck("cgroups", .warning, reason, remedy: remedy))
        }
        return checks
    }

    private func program(_ name: String, _ package: String, _ use: String, isOptional: Bool = false) -> DoctorCheck {
        if let path = programs.find(name) { return DoctorCheck(name, .good, path.string) }
        return DoctorCheck(
            name, isOptional ? .warning : .bad, "not installed; needed for \(use)",
            remedy: "\(sudo)apt install \(package)")
    }

    private func shells() -> [DoctorCheck] {
        [
            program("sshd", "openssh-server", "ssh, scp and rsync into containers", isOptional: true),
            program("ssh-keygen", "openssh-client", "ssh, scp and rsync into containers", isOptional: true),
        ]
    }

    private func overlay() -> DoctorCheck {
        // Unreadable means that nothing is known of it.
        let isKnown = ((try? Files.text("/proc/filesystems")) ?? nil)?.contains("overlay") == true
        return isKnown
            ? DoctorCheck("overlayfs", .good, "available")
            : DoctorCheck("overlayfs", .warning, "not loaded yet", remedy: "\(sudo)modprobe overlay")
    }

    private func initProgram() -> DoctorCheck {
        do {
            return DoctorCheck("trice-init", .good, try Installation().initProgram().string)
        } catch {
            return DoctorCheck("trice-init", .bad, ErrorReport(of: error).message)
        }
    }

    private func forwarding() -> DoctorCheck {
        // What cannot be read is off as far as we know.
        let isOn = (try? IPForwarding.isOn()) ?? false
        return DoctorCheck(
            "IPv4 forwarding", .good, isOn ? "on" : "off; `up` switches it on and the last `down` off again")
    }
}
