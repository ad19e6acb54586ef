internal import LinuxSystem
package import OCI
internal import SystemPackage

extension ContainerConfiguration {
    /// The mount point of `trice-init`: `/dev` is always a tmpfs of the container.
    package static let initTarget = "/dev/trice-init"

    /// The runtime's view of this container on this host.
    ///
    /// - Throws: `invalidConfiguration` for what no runtime could run, before anything has been made.
    package func specification(on host: HostFacts) throws(ContainersError) -> RuntimeSpecification {
        try check()
        var annotations = annotations
        annotations["org.opencontainers.image.stopSignal"] = "\(stopSignal)"
        if case .compiled(let program) = seccomp, !isPrivileged {
            annotations["run.oci.seccomp_bpf_data"] = program
        }
        return RuntimeSpecification(
            process: process(on: host),
            root: .init(path: rootfs.string, readonly: isRootReadOnly),
            hostname: namespaces.uts == .own ? hostname : nil,
            domainname: namespaces.uts == .own ? domainname : nil,
            mounts: allMounts, annotations: annotations, linux: linux(on: host), hooks: hooks)
    }

    private func check() throws(ContainersError) {
        func refuse(_ why: String) -> ContainersError {
            ContainersError(.invalidConfiguration, "Could not describe container `\(hostname)`: \(why).")
        }
        guard let program = arguments.first, !program.isEmpty else { throw refuse("it has no command") }
        guard workingDirectory.hasPrefix("/") else {
            throw refuse("its working directory `\(workingDirectory)` is not absolute")
        }
        for mount in mounts where !mount.target.hasPrefix("/") || mount.target == "/" {
            throw refuse("the mount target `\(mount.target)` is not an absolute path below `/`")
        }
        for entry in environment where !entry.contains("=") || entry.hasPrefix("=") {
            throw refuse("the environment entry `\(entry)` does not have the form `NAME=value`")
        }
        // The kernel's limit; a NUL cannot reach a program's arguments.
        guard hostname.utf8.count <= 64 else { throw refuse("its host name is longer than 64 bytes") }
        for text in arguments + environment + [workingDirectory, hostname] where text.utf8.contains(0) {
            throw refuse("one of its texts contains a NUL character")
        }
    }

    private func process(on host: HostFacts) -> RuntimeSpecification.Process {
        let capabilities = capabilities.intersection(host.capabilities).names
        var consoleSize: RuntimeSpecification.ConsoleSize?
        if case .allocated(let height, let width) = terminal, height > 0, width > 0 {
            consoleSize = .init(height: height, width: width)
        }
        return .init(
            terminal: terminal != .none, consoleSize: consoleSize,
            user: .init(uid: user.uid, gid: user.gid, additionalGids: user.additionalGroups),
            args: initArguments + arguments, env: environment, cwd: workingDirectory,
            // None are inheritable or ambient: a program that is not root's gets them through its file only.
            capabilities: .init(
                bounding: capabilities, effective: capabilities, inheritable: [], permitted: capabilities, ambient: []),
            rlimits: resourceLimits.isEmpty ? nil : resourceLimits.map { host.clamped($0) },
            noNewPrivileges: forbidsNewPrivileges, oomScoreAdj: outOfMemoryScoreAdjustment,
            apparmorProfile: appArmorProfile, selinuxLabel: processLabel)
    }

    private var initArguments: [String] {
        guard let initProgram else { return [] }
        return [Self.initTarget] + (initProgram.recordDescriptor.map { ["-x", "\($0)"] } ?? []) + ["--"]
    }

    private func linux(on host: HostFacts) -> RuntimeSpecification.Linux {
        var resources = resources ?? .init()
        resources.devices =
            isPrivileged
            ? [.init(allow: true, access: "rwm")]
            : [.init(allow: false, access: "rwm")]
                + devices.map {
                    .init(
                        allow: true, type: $0.node.type, major: $0.node.major, minor: $0.node.minor, access: $0.access)
                }
                + (resources.devices ?? [])
        // The others are mounts; see `deviceMounts`.
        let nodes = devices.filter { !OutsideHost.isAway || $0.source == nil }.map(\.node)
        var profile: RuntimeSpecification.Seccomp?
        if case .profile(let given) = seccomp, !isPrivileged { profile = given }
        return .init(
            uidMappings: hasOwnUsers ? userMappings : nil, gidMappings: hasOwnUsers ? groupMappings : nil,
            namespaces: namespaceList, devices: nodes.isEmpty ? nil : nodes, resources: resources,
            cgroupsPath: cgroupPath.flatMap(host.cgroupsPath), seccomp: profile,
            sysctl: sysctls.isEmpty ? nil : sysctls,
            maskedPaths: hidesSystemPaths ? Self.maskedPaths : [],
            readonlyPaths: hidesSystemPaths ? Self.readOnlyPaths : [])
    }

    private var hidesSystemPaths: Bool { !isPrivileged && !showsSystemPaths }

    /// Whether it has a user namespace of its own.
    var hasOwnUsers: Bool { !userMappings.isEmpty }

    private var namespaceList: [RuntimeSpecification.Namespace] {
        var list = [RuntimeSpecification.Namespace(.mount)]
        if hasOwnUsers { list.append(.init(.user)) }
        let choices: [(RuntimeSpecification.Namespace.Kind, Namespace)] = [
            (.pid, namespaces.pid), (.network, namespaces.network), (.ipc, namespaces.ipc), (.uts, namespaces.uts),
            (.cgroup, namespaces.cgroup),
        ]
        for (kind, choice) in choices {
            switch choice {
            case .own: list.append(.init(kind))
            case .host: break
            case .path(let path): list.append(.init(kind, path: path.string))
            }
        }
        return list
    }

    /// Files that disclose too much about the host, or give access to its firmware.
    static let maskedPaths = [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap",
        "/sys/firmware",
    ]

    static let readOnlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
}
