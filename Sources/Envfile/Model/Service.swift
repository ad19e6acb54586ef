/// One service of an environment, complete with defaults.
public struct Service: Hashable, Sendable {
    /// The key under `services:`, in the form `[a-zA-Z0-9._-]+`.
    public var name: String
    /// The image reference as written after interpolation, such as `bootstrap:busybox` or `nginx:1.25`.
    public var image: String
    public var entrypoint: CommandOverride
    public var command: CommandOverride
    /// Variables set on top of the image's own, already interpolated.
    public var environment: [String: String]
    /// The directory the process starts in; `nil` means the image's.
    public var workingDirectory: String?
    /// `USER[:GROUP]`, names or ids; `nil` means the image's.
    public var user: String?
    public var hostname: String
    public var labels: [String: String]
    /// What is mounted into the container, in the order written, at most one per target.
    public var mounts: [Mount]
    public var ports: [PortMapping]
    /// The networks that the service joins, by name, sorted; with the aliases it has there.
    public var networks: [NetworkAttachment]
    /// What must have happened before this service starts, sorted by service name.
    public var dependencies: [Dependency]
    /// A signal name with `SIG`, such as `SIGTERM`; `nil` means the image's, and then `SIGTERM`.
    public var stopSignal: String?
    /// How long a stop waits before `SIGKILL`.
    public var stopGracePeriod: Duration
    /// `tty: true`: the main process gets a pseudo-terminal.
    public var hasTerminal: Bool
    /// `read_only: true`: the root file system is mounted read-only.
    public var isReadOnly: Bool
    /// Whether PID 1 is a small init that reaps and forwards signals.
    public var usesInit: Bool
    public var profiles: [String]

    public init(
        name: String, image: String, entrypoint: CommandOverride = .image, command: CommandOverride = .image,
        environment: [String: String] = [:], workingDirectory: String? = nil, user: String? = nil,
        hostname: String? = nil, labels: [String: String] = [:], mounts: [Mount] = [], ports: [PortMapping] = [],
        networks: [NetworkAttachment] = [], dependencies: [Dependency] = [], stopSignal: String? = nil,
        stopGracePeriod: Duration = .seconds(10), hasTerminal: Bool = false, isReadOnly: Bool = false,
        usesInit: Bool = true, profiles: [String] = []
    ) {
        self.name = name
        self.image = image
        self.entrypoint = entrypoint
        self.command = command
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.user = user
        self.hostname = hostname ?? name
        self.labels = labels
        self.mounts = mounts
        self.ports = ports
        self.networks = networks
        self.dependencies = dependencies
        self.stopSignal = stopSignal
        self.stopGracePeriod = stopGracePeriod
        self.hasTerminal = hasTerminal
        self.isReadOnly = isReadOnly
        self.usesInit = usesInit
        self.profiles = profiles
    }
}

/// `command` or `entrypoint`: the image's own, or another in its place.
public enum CommandOverride: Hashable, Sendable {
    case image
    /// The words to use instead; an empty list clears the image's.
    case replaced([String])
}

/// A file system tree that appears in a container.
public struct Mount: Hashable, Sendable {
    public enum Source: Hashable, Sendable {
        /// An absolute host path. `createsSource` follows `create_host_path` (short form: `true`).
        case bind(path: String, createsSource: Bool)
        /// A named volume of the environment, by its key.
        case volume(name: String)
        /// A volume without a name: it lives exactly as long as its container.
        case anonymousVolume
        /// Memory; `size` in bytes, `nil` for the kernel's default; `mode` such as `0o1777`.
        case tmpfs(size: UInt64?, mode: UInt32?)
    }

    public var source: Source
    /// The absolute path in the container.
    public var target: String
    public var isReadOnly: Bool
    /// `subpath` of a volume, `nil` for its root.
    public var subpath: String?

    public init(source: Source, target: String, isReadOnly: Bool = false, subpath: String? = nil) {
        self.source = source
        self.target = target
        self.isReadOnly = isReadOnly
        self.subpath = subpath
    }
}

/// One published port; ranges have been expanded to one mapping per container port.
public struct PortMapping: Hashable, Sendable {
    public enum TransportProtocol: String, Hashable, Sendable, Codable, CaseIterable {
        case tcp, udp
    }

    public enum HostAddress: Hashable, Sendable {
        /// 127.0.0.1 and ::1.
        case loopback
        /// Every address, IPv4 and IPv6.
        case any
        /// One address, as written.
        case address(String)
    }

    public var hostAddress: HostAddress
    /// The host ports to choose from, lowest first; `nil` lets the engine pick a free one.
    public var published: ClosedRange<UInt16>?
    public var target: UInt16
    public var transportProtocol: TransportProtocol
    /// Whether a taken host port is replaced by the next free one instead of being an error.
    public var autoCorrects: Bool

    public init(
        hostAddress: HostAddress, published: ClosedRange<UInt16>?, target: UInt16,
        transportProtocol: TransportProtocol = .tcp, autoCorrects: Bool
    ) {
        self.hostAddress = hostAddress
        self.published = published
        self.target = target
        self.transportProtocol = transportProtocol
        self.autoCorrects = autoCorrects
    }
}

/// A service's membership in a network.
public struct NetworkAttachment: Hashable, Sendable {
    public var network: String
    /// Names besides the service's own, sorted.
    public var aliases: [String]

    public init(network: String, aliases: [String] = []) {
        self.network = network
        self.aliases = aliases
    }
}

/// An entry of `depends_on`.
public struct Dependency: Hashable, Sendable {
    public enum Condition: String, Hashable, Sendable, Codable, CaseIterable {
        case started = "service_started"
        case healthy = "service_healthy"
        case completedSuccessfully = "service_completed_successfully"
    }

    public var service: String
    public var condition: Condition
    /// `restart: true`: this service restarts when the other is recreated by `up`.
    public var restarts: Bool
    /// `required: false`: only a warning when the other is not there.
    public var isRequired: Bool

    public init(
        service: String, condition: Condition = .started, restarts: Bool = false, isRequired: Bool = true
    ) {
        self.service = service
        self.condition = condition
        self.restarts = restarts
        self.isRequired = isRequired
    }
}
