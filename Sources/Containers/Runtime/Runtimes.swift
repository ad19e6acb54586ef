public import SystemPackage

/// crun: containers in a few milliseconds.
public struct Crun: OCIRuntime {
    public let program: String
    public let root: FilePath
    private let cgroups: CgroupManager

    public init(program: String = "crun", root: FilePath, cgroups: CgroupManager) {
        self.program = program
        self.root = root
        self.cgroups = cgroups
    }

    public var globalArguments: [String] {
        let manager =
            switch cgroups {
            case .cgroupfs: "cgroupfs"
            case .disabled: "disabled"
            }
        return ["--root", root.string, "--cgroup-manager", manager]
    }
}

/// runc, and any program with its command line (youki, runsc, kata-runtime).
public struct GenericRuntime: OCIRuntime {
    public let program: String
    public let root: FilePath

    public init(program: String, root: FilePath) {
        self.program = program
        self.root = root
    }

    public var globalArguments: [String] { ["--root", root.string] }
}

extension RuntimeFacts {
    /// The driver for this runtime on `host`.
    public func runtime(root: FilePath, on host: HostFacts) -> any OCIRuntime {
        switch kind {
        case .crun: Crun(program: path.string, root: root, cgroups: host.cgroupManager(for: self))
        case .generic: GenericRuntime(program: path.string, root: root)
        }
    }
}
