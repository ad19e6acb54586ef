internal import OCI
internal import SystemPackage

extension ContainerConfiguration {
    /// The kernel's file systems, then the name files, then the mounts of the service, then `trice-init`.
    ///
    /// A mount of the service replaces a standard mount with the same target.
    var allMounts: [RuntimeSpecification.Mount] {
        let asked = mounts.map(\.specification)
        let targets = Set(asked.map(\.destination))
        return (kernelMounts + nameMounts).filter { !targets.contains($0.destination) } + asked + initMounts
    }

    private var kernelMounts: [RuntimeSpecification.Mount] {
        let access = isPrivileged ? "rw" : "ro"
        return [
            .init(destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"]),
            .init(
                destination: "/dev", type: "tmpfs", source: "tmpfs",
                options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
            .init(
                destination: "/dev/pts", type: "devpts", source: "devpts",
                options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
            .init(
                destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", access]),
            .init(
                destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
                options: ["nosuid", "noexec", "nodev", "relatime", access]),
        ] + ipcMounts
    }

    /// Shared memory and message queues belong to the IPC namespace: with the host's namespace come the host's mounts.
    private var ipcMounts: [RuntimeSpecification.Mount] {
        if namespaces.ipc == .host {
            return ["/dev/shm", "/dev/mqueue"].map {
                .init(destination: $0, type: "bind", source: $0, options: ["rbind", "nosuid", "noexec", "nodev"])
            }
        }
        return [
            .init(
                destination: "/dev/shm", type: "tmpfs", source: "shm",
                options: ["nosuid", "noexec", "nodev", "mode=1777", "size=\(sharedMemorySize)"]),
            .init(
                destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"]),
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
            return .init(
                destination: target, type: "tmpfs", source: "tmpfs",
                options: ["nosuid", "nodev", access] + (options.contains("exec") ? [] : ["noexec"]) + limits + options)
        }
    }
}
