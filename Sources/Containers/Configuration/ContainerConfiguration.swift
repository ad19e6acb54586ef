package import OCI
package import SystemPackage

/// Everything that one container is to be, with nothing left to look up.
package struct ContainerConfiguration: Hashable, Sendable {
    /// The program and its arguments; never empty.
    package var arguments: [String]
    /// `NAME=value` each; `ContainerEnvironment.assemble` makes it.
    package var environment: [String]
    package var workingDirectory: String
    package var user: ResolvedUser
    package var hostname: String
    package var domainname: String?

    /// The mounted root file system.
    package var rootfs: FilePath
    package var isRootReadOnly = false
    /// In the order they are to be mounted.
    package var mounts: [ContainerMount] = []
    package var files = NameFiles()
    /// The size of /dev/shm in bytes.
    package var sharedMemorySize: UInt64 = 64 << 20
    /// Devices of the host that the container may use.
    package var devices: [ContainerDevice] = []
    /// Memory at /dev/shm that other containers see too: a directory of the host; `nil` for the container's own.
    package var sharedMemory: FilePath?
    /// Whether it has no /dev/shm at all.
    package var hasNoSharedMemory = false

    package var terminal: Terminal = .none
    package var namespaces = Namespaces()
    /// The cgroup below every hierarchy's root, such as `/trice/ENVIRONMENT/web-1`; `nil` leaves it to the runtime.
    package var cgroupPath: String?
    package var resources: RuntimeSpecification.Resources?
    package var sysctls: [String: String] = [:]
    /// The maps of a user namespace of its own; none for that of Trice.
    package var userMappings: [RuntimeSpecification.IDMapping] = []
    package var groupMappings: [RuntimeSpecification.IDMapping] = []
    /// The requested limits; a limit that the host does not allow is reduced to the host's hard limit.
    package var resourceLimits: [RuntimeSpecification.ResourceLimit] = []
    package var outOfMemoryScoreAdjustment: Int?

    package var capabilities: CapabilitySet = .standard
    /// All devices, nothing masked, no seccomp; the capabilities are to be given apart.
    package var isPrivileged = false
    package var forbidsNewPrivileges = false
    /// A profile of AppArmor.
    package var appArmorProfile: String?
    /// The label of SELinux for its processes.
    package var processLabel: String?
    /// Whether the paths of /proc and /sys that tell of the host are shown.
    package var showsSystemPaths = false
    package var seccomp: Seccomp = .unconfined

    package var initProgram: InitProgram?
    /// A number of signal(7).
    package var stopSignal: Int32 = 15
    package var annotations: [String: String] = [:]
    /// Programs of the host that the runtime runs.
    package var hooks: RuntimeSpecification.Hooks?

    package init(
        arguments: [String], environment: [String] = [], workingDirectory: String = "/",
        user: ResolvedUser = .root, hostname: String, rootfs: FilePath
    ) {
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.user = user
        self.hostname = hostname
        self.rootfs = rootfs
    }

    /// Whether the first process has a terminal.
    package enum Terminal: Hashable, Sendable {
        case none
        case allocated(height: UInt64, width: UInt64)
    }

    /// The source of a container's namespace.
    package enum Namespace: Hashable, Sendable {
        /// A new namespace.
        case own
        /// The host's.
        case host
        /// An existing one: a file of `/proc/PID/ns` or a bind mount of such.
        case path(FilePath)
    }

    /// The namespaces; the mount namespace is always new.
    package struct Namespaces: Hashable, Sendable {
        package var network: Namespace
        package var pid: Namespace
        package var ipc: Namespace
        package var uts: Namespace
        package var cgroup: Namespace

        package init(
            network: Namespace = .own, pid: Namespace = .own, ipc: Namespace = .own, uts: Namespace = .own,
            cgroup: Namespace = .own
        ) {
            self.network = network
            self.pid = pid
            self.ipc = ipc
            self.uts = uts
            self.cgroup = cgroup
        }
    }

    /// The filter of system calls.
    package enum Seccomp: Hashable, Sendable {
        case unconfined
        /// For the runtime to compile.
        case profile(RuntimeSpecification.Seccomp)
        /// A compiled filter in base64; only crun takes it.
        case compiled(String)
    }

    /// Files of the host that are mounted over those of the image.
    package struct NameFiles: Hashable, Sendable {
        package var hosts: FilePath?
        package var resolvConf: FilePath?
        package var hostname: FilePath?

        package init(hosts: FilePath? = nil, resolvConf: FilePath? = nil, hostname: FilePath? = nil) {
            self.hosts = hosts
            self.resolvConf = resolvConf
            self.hostname = hostname
        }
    }

    /// `trice-init` as the first process.
    package struct InitProgram: Hashable, Sendable {
        /// The program on the host.
        package var path: FilePath
        /// The number, inside the container, of the preserved descriptor that takes the exit record.
        package var recordDescriptor: Int32?

        package init(path: FilePath, recordDescriptor: Int32? = nil) {
            self.path = path
            self.recordDescriptor = recordDescriptor
        }
    }
}

/// A mount of the service.
package struct ContainerMount: Hashable, Sendable {
    /// What is mounted.
    package enum Kind: Hashable, Sendable {
        /// A file or directory of the host; `isRecursive` includes the mounts below it.
        case bind(source: FilePath, isRecursive: Bool)
        /// Memory; `size` in bytes.
        case tmpfs(size: UInt64?, mode: UInt32?)
    }

    package var kind: Kind
    /// An absolute path in the container.
    package var target: String
    package var isReadOnly: Bool
    /// Further options of mount(8), such as `nosuid` or `rslave`.
    package var options: [String]

    package init(_ kind: Kind, target: String, isReadOnly: Bool = false, options: [String] = []) {
        self.kind = kind
        self.target = target
        self.isReadOnly = isReadOnly
        self.options = options
    }
}
