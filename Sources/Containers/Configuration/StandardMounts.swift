internal import LinuxSystem
internal import OCI
internal import SystemPackage

extension ContainerConfiguration {
    /// The kernel's file systems, then the name files and the mounts of the service, then `trice-init`.
    ///
    /// A mount of the service replaces a standard mount with the same target. The mounts of the service are ordered by
    /// the depth of their targets, so that none hides one below it; a standard mount below one of them follows it.
    var allMounts: [RuntimeSpecification.Mount] {
        let asked = mounts.map { (target: Self.components($0.target), mount: $0.specification) }
        func isBelowAsked(_ target: [Substring]) -> Bool {
            asked.contains { $0.target.count < target.count && target.starts(with: $0.target) }
        }
        let standard = kernelMounts.map { (mount: $0, isFirst: true) } + nameMounts.map { (mount: $0, isFirst: false) }
        let kept = standard.compactMap { mount, isFirst -> (depth: Int, mount: RuntimeSpecification.Mount)? in
            let target = Self.components(mount.destination)
            if asked.contains(where: { $0.target == target }) { return nil }
            return (isFirst && !isBelowAsked(target) ? 0 : target.count, mount)
        }
        let all = (kept + asked.map { (depth: $0.target.count, mount: $0.mount) }).enumerated()
        return all.sorted { ($0.element.depth, $0.offset) < ($1.element.depth, $1.offset) }.map(\.element.mount)
            + initMounts
    }

    /// The names on the way to a target.
    private static func components(_ target: String) -> [Substring] {
        target.split(separator: "/").filter { $0 != "." }
    }

    private var kernelMounts: [RuntimeSpecification.Mount] {
        let access = isPrivileged ? "rw" : "ro"
        return [
            processMount,
            .init(
                destination: "/dev", type: "tmpfs", source: "tmpfs",
                options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
            .init(
                destination: "/dev/pts", type: "devpts", source: "devpts",
                options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
            systemMount(access),
            .init(
                destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
                options: ["nosuid", "noexec", "nodev", "relatime", access]),
        ] + ipcMounts + deviceMounts
    }

    /// The kernel lets a user without root mount no file system of processes that are the host's; the host's own shows them.
    private var processMount: RuntimeSpecification.Mount {
        let options = ["nosuid", "noexec", "nodev"]
        if OutsideHost.isAway, namespaces.pid == .host {
            return .init(destination: "/proc", type: "bind", source: "/proc", options: ["rbind", "rprivate"] + options)
        }
        return .init(destination: "/proc", type: "proc", source: "proc", options: options)
    }

    /// Devices with another path in the container: a user without root makes no nodes, and a runtime then takes the host's
    /// device of the same path.
    private var deviceMounts: [RuntimeSpecification.Mount] {
        guard OutsideHost.isAway else { return [] }
        return devices.compactMap { device in
            device.source.map { source in
                let access = device.access.contains("w") ? "rw" : "ro"
                return .init(
                    destination: device.node.path, type: "bind", source: source.string,
                    options: ["bind", "rprivate", "nosuid", "noexec", access])
            }
        }
    }

    /// A file system of devices is for the root of the network namespace, which the container's own root is not where it has a
    /// user namespace: it shows that of the host, as other rootless engines do.
    private func systemMount(_ access: String) -> RuntimeSpecification.Mount {
        let options = ["nosuid", "noexec", "nodev", access]
        return hasOwnUsers
            ? .init(destination: "/sys", type: "bind", source: "/sys", options: ["rbind", "rslave"] + options)
            : .init(destination: "/sys", type: "sysfs", source: "sysfs", options: options)
    }

    /// Shared memory and message queues belong to the IPC namespace. The kernel shows the queues of the namespace that
    /// mounts them; with the host's namespace comes the host's memory.
    private var ipcMounts: [RuntimeSpecification.Mount] {
        sharedMemoryMounts + queueMounts
    }

    private var queueMounts: [RuntimeSpecification.Mount] {
        let (target, options) = ("/dev/mqueue", ["nosuid", "noexec", "nodev"])
        guard OutsideHost.isAway, namespaces.ipc == .host else {
            return [.init(destination: target, type: "mqueue", source: "mqueue", options: options)]
        }
        // Nor does the kernel let a user without root mount the host's queues.
        guard Files.exists(FilePath(target)) else { return [] }
        return [.init(destination: target, type: "bind", source: target, options: ["rbind", "rprivate"] + options)]
    }

    private var sharedMemoryMounts: [RuntimeSpecification.Mount] {
        if hasNoSharedMemory { return [] }
        if let sharedMemory = namespaces.ipc == .host ? "/dev/shm" : sharedMemory {
            return [
                .init(
                    destination: "/dev/shm", type: "bind", source: sharedMemory.string,
                    options: ["bind", "rprivate", "nosuid", "noexec", "nodev"])
            ]
        }
        return [
            .init(
                destination: "/dev/shm", type: "tmpfs", source: "shm",
                options: ["nosuid", "noexec", "nodev", "mode=1777", "size=\(sharedMemorySize)"])
        ]
    }

    private var nameMounts: [RuntimeSpecification.Mount] {
        let pairs = [
            ("/etc/resolv.conf", files.resolvConf), ("/etc/hostname", files.hostname), ("/etc/hosts", files.hosts),
        ]
        return pairs.compactMap { target, source in
            source.map {
                .init(destination: target, type: "bind", source: $0.string, options: ["bind", "rprivate", "rw"])
            }
        }
    }

    private var initMounts: [RuntimeSpecification.Mount] {
        guard let initProgram else { return [] }
        return [
            .init(
                destination: Self.initTarget, type: "bind", source: initProgram.path.string,
                options: ["bind", "rprivate", "ro", "nosuid", "nodev"])
        ]
    }
}

extension ContainerMount {
    fileprivate var specification: RuntimeSpecification.Mount {
        let access = isReadOnly ? "ro" : "rw"
        switch kind {
        case .bind(let source, let isRecursive):
            let propagations = ["private", "rprivate", "shared", "rshared", "slave", "rslave"]
            let propagation = options.contains(where: propagations.contains) ? [] : ["rprivate"]
            return .init(
                destination: target, type: "bind", source: source.string,
                options: [isRecursive ? "rbind" : "bind", access] + propagation + options)
        case .tmpfs(let size, let mode):
            let limits = (size.map { ["size=\($0)"] } ?? []) + (mode.map { ["mode=" + String($0, radix: 8)] } ?? [])
            // What the options switch on is not switched off.
            func usual(_ names: String...) -> [String] {
                names.filter { !options.contains($0) }.map { "no" + $0 }
            }
            let further = options.filter { !["nosuid", "nodev", "noexec"].contains($0) }
            return .init(
                destination: target, type: "tmpfs", source: "tmpfs",
                options: usual("suid", "dev") + [access] + usual("exec") + limits + further)
        }
    }
}
