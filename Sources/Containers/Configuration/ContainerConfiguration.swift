public import OCI
public import SystemPackage

/// Everything that one container is to be, with nothing left to look up.
public struct ContainerConfiguration: Hashable, Sendable {
    /// The program and its arguments; never empty.
    public var arguments: [String]
    /// `NAME=value` each; `ContainerEnvironment.assemble` makes it.
    public var environment: [String]
    public var workingDirectory: String
    public var user: ResolvedUser
    public var hostname: String
    public var domainname: String?

    /// The mounted root file system.
    public var rootfs: FilePath
    public var isRootReadOnly = false
    /// In the order they are to be mounted.
    public var mounts: [ContainerMount] = []
    public var files = NameFiles()
    /// The size of /dev/shm in bytes.
    public var sharedMemorySize: UInt64 = 64 << 20
    /// Devices of the host that the container may use.
    public var devices: [RuntimeSpecification.Device] = []

    public var terminal: Terminal = .none
    public var namespaces = Namespaces()
    /// The cgroup below every hierarchy's root, such as `/trice/ENVIRONMENT/web-1`; `nil` leaves it to the runtime.
    public var cgroupPath: String?
    public var resources: RuntimeSpecification.Resources?
    public var sysctls: [String: String] = [:]
    /// The requested limits; a limit that the host does not allow is reduced to the host's hard limit.
    public var resourceLimits: [RuntimeSpecification.ResourceLimit] = []
    public var outOfMemoryScoreAdjustment: Int?

    public var capabilities: CapabilitySet = .standard
    /// All devices, nothing masked, no seccomp; the capabilities are to be given apart.
    public var isPrivileged = false
    public var forbidsNewPrivileges = false
    public var seccomp: Seccomp = .unconfined

    public var initProgram: InitProgram?
    /// A number of signal(7).
    public var stopSignal: Int32 = 15
    public var annotations: [String: String] = [:]

    public init(
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
    public enum Terminal: Hashable, Sendable {
        case none
        case allocated(height: UInt64, width: UInt64)
    }

    /// The source of a container's namespace.
    public enum Namespace: Hashable, Sendable {
        /// A new namespace.
        case own
        /// The host's.
        case host
        /// An existing one: a file of `/proc/PID/ns` or a bind mount of such.
        case path(FilePath)
    }

    /// The namespaces; the mount namespace is always new.
    public struct Namespaces: Hashable, Sendable {
        public var network: Namespace
        public var pid: Namespace
        public var ipc: Namespace
        public var uts: Namespace
        public var cgroup: Namespace

        public init(
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
    public enum Seccomp: Hashable, Sendable {
        case unconfined
        /// For the runtime to compile.
        case profile(RuntimeSpecification.Seccomp)
        /// A compiled filter in base64; only crun takes it.
        case compiled(String)
    }

    /// Files of the host that are mounted over those of the image.
    public struct NameFiles: Hashable, Sendable {
        public var hosts: FilePath?
        public var resolvConf: FilePath?
        public var hostname: FilePath?

        public init(hosts: FilePath? = nil, resolvConf: FilePath? = nil, hostname: FilePath? = nil) {
            self.hosts = hosts
            self.resolvConf = resolvConf
            self.hostname = hostname
        }
    }

    /// `trice-init` as the first process.
    public struct InitProgram: Hashable, Sendable {
        /// The program on the host.
        public var path: FilePath
        /// The number, inside the container, of the preserved descriptor that takes the exit record.
        public var recordDescriptor: Int32?

        public init(path: FilePath, recordDescriptor: Int32? = nil) {
            self.path = path
            self.recordDescriptor = recordDescriptor
        }
    }
}

/// A mount of the service.
public struct ContainerMount: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// A file or directory of the host; `isRecursive` includes the mounts below it.
        case bind(source: FilePath, isRecursive: Bool)
        /// Memory; `size` in bytes.
        case tmpfs(size: UInt64?, mode: UInt32?)
    }

    public var kind: Kind
    /// An absolute path in the container.
    public var target: String
    public var isReadOnly: Bool
    /// Further options of mount(8), such as `nosuid` or `rslave`.
    public var options: [String]

    public init(_ kind: Kind, target: String, isReadOnly: Bool = false, options: [String] = []) {
        self.kind = kind
        self.target = target
        self.isReadOnly = isReadOnly
        self.options = options
    }
}
