package import SystemPackage

/// crun: containers in a few milliseconds.
package struct Crun: OCIRuntime {
    package let program: String
    package let root: FilePath
    private let cgroups: CgroupManager

    package init(program: String = "crun", root: FilePath, cgroups: CgroupManager) {
        self.program = program
        self.root = root
        self.cgroups = cgroups
    }

    package var globalArguments: [String] {
        let manager =
            switch cgroups {
            case .cgroupfs: "cgroupfs"
            case .systemd: "systemd"
            case .disabled: "disabled"
            }
        return ["--root", root.string, "--cgroup-manager", manager]
    }
}

/// runc, and any program with its command line (youki, runsc, kata-runtime).
package struct GenericRuntime: OCIRuntime {
    package let program: String
    package let root: FilePath
    private let usesSystemd: Bool

    package init(program: String, root: FilePath, usesSystemd: Bool = false) {
        self.program = program
        self.root = root
        self.usesSystemd = usesSystemd
    }

    package var globalArguments: [String] { ["--root", root.string] + (usesSystemd ? ["--systemd-cgroup"] : []) }
}

extension RuntimeFacts {
    /// The driver for this runtime on `host`.
    package func runtime(root: FilePath, on host: HostFacts) -> any OCIRuntime {
        let manager = host.cgroupManager(for: self)
        return switch kind {
        case .crun: Crun(program: path.string, root: root, cgroups: manager)
        case .generic: GenericRuntime(program: path.string, root: root, usesSystemd: manager == .systemd)
        }
    }
}
