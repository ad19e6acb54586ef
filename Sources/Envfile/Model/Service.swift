/// One service of an environment, complete with defaults.
///
/// What applies has a plain name. Where the file may leave it out and `trice config` must tell whether it did, a
/// property that begins with `given` or `is…Given` says what was written.
public struct Service: Hashable, Sendable {
    /// The key under `services:`, in the form `[a-zA-Z0-9._-]+`.
    public var name: String
    /// The image reference as written after interpolation, such as `bootstrap:busybox` or `nginx:1.25`; for a service
    /// that is built and names none, `PROJECT-SERVICE`.
    public var image: String
    /// Whether `image:` was written.
    public var isImageGiven: Bool
    /// How the image is built; `nil` for one that comes from elsewhere.
    public var build: Build?
    public var entrypoint: CommandOverride
    public var command: CommandOverride
    /// Variables set on top of the image's own, already interpolated, those of `env_file` included.
    public var environment: [String: String]
    /// The directory the process starts in; `nil` means the image's.
    public var workingDirectory: String?
    /// `USER[:GROUP]`, names or ids; `nil` means the image's.
    public var user: String?
    /// Those of `label_file` included.
    public var labels: [String: String]
    public var annotations: [String: String]
    /// What is mounted into the container, in the order written, at most one per target.
    public var mounts: [Mount]
    public var ports: [PortMapping]
    /// `expose`, each as `PORT[-PORT][/PROTOCOL]`: documentation, since containers of one network reach every port.
    public var exposedPorts: [String]
    /// The networks that the service joins, by name, sorted; with what it is there. Empty with a `network_mode`.
    public var networks: [NetworkAttachment]
    /// What must have happened before this service starts, sorted by service name; with what `links`, `volumes_from`
    /// and shared namespaces imply.
    public var dependencies: [Dependency]
    /// A signal by name or number, as written; `nil` means the image's, and then `SIGTERM`.
    public var stopSignal: String?
    /// `stop_grace_period` as written.
    public var givenStopGracePeriod: Duration?
    /// `tty: true`: the main process gets a pseudo-terminal.
    public var hasTerminal: Bool
    /// `stdin_open: true`: the main process's standard input stays open.
    public var keepsInputOpen: Bool
    /// `read_only: true`: the root file system is mounted read-only.
    public var isReadOnly: Bool
    /// Whether PID 1 is a small init that reaps and forwards signals.
    public var usesInit: Bool
    /// Whether `init:` was written.
    public var isInitGiven: Bool
    public var profiles: [String]
    public var naming = ServiceNaming()
    public var lifecycle = ServiceLifecycle()
    public var limits = ServiceLimits()
    public var security = ServiceSecurity()
    public var namespaces = ServiceNamespaces()
    public var platform = ServicePlatform()
    public var storage = ServiceStorage()
    public var tools = TriceExtensions()

    public init(
        name: String, image: String, entrypoint: CommandOverride = .image, command: CommandOverride = .image,
        environment: [String: String] = [:], workingDirectory: String? = nil, user: String? = nil,
        hostname: String? = nil, labels: [String: String] = [:], mounts: [Mount] = [], ports: [PortMapping] = [],
        networks: [NetworkAttachment] = [], dependencies: [Dependency] = [], stopSignal: String? = nil,
        stopGracePeriod: Duration? = nil, hasTerminal: Bool = false, isReadOnly: Bool = false,
        usesInit: Bool = true, profiles: [String] = []
    ) {
        self.name = name
        self.image = image
        self.isImageGiven = true
        self.build = nil
        self.entrypoint = entrypoint
        self.command = command
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.user = user
        self.labels = labels
        self.annotations = [:]
        self.mounts = mounts
        self.ports = ports
        self.exposedPorts = []
        self.networks = networks
        self.dependencies = dependencies
        self.stopSignal = stopSignal
        self.givenStopGracePeriod = stopGracePeriod
        self.hasTerminal = hasTerminal
        self.keepsInputOpen = false
        self.isReadOnly = isReadOnly
        self.usesInit = usesInit
        self.isInitGiven = false
        self.profiles = profiles
        self.naming.hostname = hostname
    }
}

extension Service {
    /// The container's host name: the one given, else the service's name.
    public var hostname: String { naming.hostname ?? name }

    /// How long a stop waits before `SIGKILL`.
    public var stopGracePeriod: Duration { givenStopGracePeriod ?? .seconds(10) }
}

/// `command` or `entrypoint`: the image's own, or another in its place.
public enum CommandOverride: Hashable, Sendable {
    case image
    /// The words to use instead; an empty list clears the image's.
    case replaced([String])
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
