package import Vocabulary

/// One service of an environment, complete with defaults.
///
/// What applies has a plain name. Where the file may leave it out and `trice config` must tell whether it did, a
/// property that begins with `given` or `is…Given` says what was written.
package struct Service: Hashable, Sendable {
    /// The key under `services:` or `jobs:`.
    package var name: ServiceName
    /// The image reference as written after interpolation, such as `bootstrap:busybox` or `nginx:1.25`; for a service
    /// that is built and names none, `PROJECT-SERVICE`.
    package var image: String
    /// Whether `image:` was written.
    package var isImageGiven: Bool
    /// How the image is built; `nil` for one that comes from elsewhere.
    package var build: Build?
    package var entrypoint: CommandOverride
    package var command: CommandOverride
    /// Variables set on top of the image's own, already interpolated, those of `env_file` included.
    package var environment: [String: String]
    /// The names that `environment` has without a value while nothing gives them one, sorted: the container has none of
    /// them, whatever the image and `env_file` say.
    package var unsetVariables: [String] = []
    /// The directory the process starts in; `nil` means the image's.
    package var workingDirectory: String?
    /// `USER[:GROUP]`, names or ids; `nil` means the image's.
    package var user: String?
    /// Those of `label_file` included.
    package var labels: [String: String]
    package var annotations: [String: String]
    /// What is mounted into the container, in the order written, at most one per target.
    package var mounts: [Mount]
    package var ports: [PortMapping]
    /// `expose`, each as `PORT[-PORT][/PROTOCOL]`: documentation, since containers of one network reach every port.
    package var exposedPorts: [String]
    /// The networks that the service joins, by name, sorted; with what it is there. Empty with a `network_mode`.
    package var networks: [NetworkAttachment]
    /// What must have happened before this service starts, sorted by service name; with what `links`, `volumes_from`
    /// and shared namespaces imply.
    package var dependencies: [Dependency]
    /// A signal by name or number, as written; `nil` means the image's, and then `SIGTERM`.
    package var stopSignal: String?
    /// `stop_grace_period` as written.
    package var givenStopGracePeriod: Duration?
    /// `tty: true`: the main process gets a pseudo-terminal.
    package var hasTerminal: Bool
    /// `stdin_open: true`: the main process's standard input stays open.
    package var keepsInputOpen: Bool
    /// `read_only: true`: the root file system is mounted read-only.
    package var isReadOnly: Bool
    /// Whether PID 1 is a small init that reaps and forwards signals.
    package var usesInit: Bool
    /// Whether `init:` was written.
    package var isInitGiven: Bool
    package var profiles: [String]
    package var naming = ServiceNaming()
    package var lifecycle = ServiceLifecycle()
    package var limits = ServiceLimits()
    package var security = ServiceSecurity()
    package var namespaces = ServiceNamespaces()
    package var platform = ServicePlatform()
    package var storage = ServiceStorage()
    package var tools = TriceExtensions()

    package init(
        name: ServiceName, image: String, entrypoint: CommandOverride = .image, command: CommandOverride = .image,
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
    /// The container's host name: the one given, else the service's name, of which a label of a host name has room for
    /// 63 bytes (RFC 1035, and the kernel takes 64).
    package var hostname: String { naming.hostname ?? String(name.rawValue.prefix(63)) }

    /// The name of the container of a step of `pre_start`, counted from 1.
    package func stepName(_ number: Int) -> ServiceName {
        ServiceName(unchecked: "\(Self.stepPrefix(of: name))\(number)")
    }

    /// What the names of all of the steps of a service begin with.
    package static func stepPrefix(of service: ServiceName) -> String { "\(service.rawValue.prefix(100))-pre-start-" }

    /// What the names of all containers begin with that `run` makes of a service or job.
    package static func runPrefix(of service: ServiceName) -> String { "\(service.rawValue.prefix(100))-run-" }

    /// What must have happened before it starts, here and in other environments, sorted by service name.
    var allDependencies: [Dependency] {
        (dependencies + tools.externalDependencies).sorted { $0.service < $1.service }
    }

    /// How long a stop waits before `SIGKILL`.
    package var stopGracePeriod: Duration { givenStopGracePeriod ?? .seconds(10) }
}

/// `command` or `entrypoint`: the image's own, or another in its place.
package enum CommandOverride: Hashable, Sendable {
    case image
    /// The words to use instead; an empty list clears the image's.
    case replaced([String])
}

/// An entry of `depends_on`.
package struct Dependency: Hashable, Sendable {
    /// What a dependency has to reach before the service starts.
    package enum Condition: String, Hashable, Sendable, Codable, CaseIterable {
        case started = "service_started"
        case healthy = "service_healthy"
        case completedSuccessfully = "service_completed_successfully"
    }

    package var service: ServiceName
    package var condition: Condition
    /// `restart: true`: this service restarts when the other is recreated by `up`.
    package var restarts: Bool
    /// `required: false`: only a warning when the other is not there.
    package var isRequired: Bool

    package init(
        service: ServiceName, condition: Condition = .started, restarts: Bool = false, isRequired: Bool = true
    ) {
        self.service = service
        self.condition = condition
        self.restarts = restarts
        self.isRequired = isRequired
    }
}
