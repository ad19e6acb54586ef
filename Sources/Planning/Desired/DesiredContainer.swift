package import Envfile
package import Vocabulary

/// One container as it should be: all that execution needs to know of it, and nothing of how a file says it.
///
/// The fingerprint of a container is derived from the coded form of this value, so an attribute takes part as soon as
/// it is a property here. It must say nothing where a file says nothing: a new property is optional, a flag that is
/// usually `false`, or a collection that is usually empty. Containers that an earlier version made then stay
/// unchanged. It enters here together with its effect, so that a container that was made without it is found changed.
package struct DesiredContainer: Hashable, Sendable, Codable {
    package var id: ContainerID
    /// The image's reference as the service gives it.
    package var image: String
    /// The image that it is made from in its place, which `bake` made: no attribute of the container.
    package var bakedImage: String?
    package var process: Process
    package var hostname: String
    package var isRootReadOnly: Bool
    /// In the order in which they are mounted, at most one for each target.
    package var mounts: [Mount]
    package var attachments: [Attachment]
    package var ports: [PublishedPort]
    package var labels: [String: String]
    /// The services whose volumes it has too.
    package var volumesFrom: [VolumeInheritance] = []
    /// Secrets and configs.
    package var files: [File] = []
    /// What its processes may do.
    package var security = Security()
    /// How much of the host it may use.
    package var limits = Limits()
    /// What it shares with the host and with other containers.
    package var namespaces = Namespaces()
    /// Given to the runtime.
    package var annotations: [String: String] = [:]
    /// The OCI runtime by name or path; `nil` for the host's choice.
    package var runtime: String?
    /// `nil` for the image's, and then `SIGTERM`.
    package var stopSignal: Signal?
    /// How long a stop waits before `SIGKILL`.
    package var stopGracePeriod: Duration
    /// How its health is found out, over what the image says; `nil` for the image's own check.
    package var healthCheck: HealthCheck?
    /// When it is ready, in place of a health check.
    package var readiness: ReadinessCheck?
    /// When it is started again after it has ended; `nil` for never.
    package var restart: RestartRule?
    /// Whether it is started again when it becomes unhealthy.
    package var restartsWhenUnhealthy = false
    /// How large its logs may grow; `nil` without a limit.
    package var logs: LogLimits?
    /// What runs to its end, each in a container of its own, before it starts.
    package var preStart: [DesiredContainer] = []
    /// Run inside when it has started.
    package var postStart: [LifecycleHook] = []
    /// Run inside when it is about to be stopped.
    package var preStop: [LifecycleHook] = []
    /// Run inside when it is about to stand still for a snapshot.
    package var preSnapshot: [LifecycleHook] = []
    /// The services that have to be up first: they order starts and stops and do not change the container.
    package var dependencies: [ServiceName]
    /// What `run` made it for; `nil` for a container of a service.
    package var oneOff: OneOff?
    /// What it is called and how it finds others; `nil` for what follows from its service.
    package var naming: Naming?
    /// Addresses by network that are kept for other containers: no attribute of this one.
    package var reservedAddresses: [NetworkName: [IPv4Address]]?
    /// The network namespace where it is not one of its own; `nil` for its own.
    package var networkSource: NetworkSource?

    package init(
        id: ContainerID, image: String, process: Process = Process(), hostname: String, isRootReadOnly: Bool = false,
        mounts: [Mount] = [], attachments: [Attachment] = [], ports: [PublishedPort] = [],
        labels: [String: String] = [:], stopSignal: Signal? = nil, stopGracePeriod: Duration = .seconds(10),
        dependencies: [ServiceName] = []
    ) {
        self.id = id
        self.image = image
        self.process = process
        self.hostname = hostname
        self.isRootReadOnly = isRootReadOnly
        self.mounts = mounts
        self.attachments = attachments
        self.ports = ports
        self.labels = labels
        self.stopSignal = stopSignal
        self.stopGracePeriod = stopGracePeriod
        self.dependencies = dependencies
    }
}

extension DesiredContainer {
    /// A container for one command, beside those of its service.
    package struct OneOff: Hashable, Sendable, Codable {
        /// Whether the user's streams are in place of its own.
        package var isInForeground: Bool
        /// The first size of its terminal; `nil` where the user has none.
        package var terminalSize: TerminalSize?
        /// Always `true`: the coded form of what says nothing is left out of the fingerprint.
        package var isOneOff = true

        package init(isInForeground: Bool, terminalSize: TerminalSize? = nil) {
            self.isInForeground = isInForeground
            self.terminalSize = terminalSize
        }
    }

    /// The main process, over what the image says.
    package struct Process: Hashable, Sendable, Codable {
        /// `nil` for the image's; an empty list clears it.
        package var entrypoint: [String]?
        /// `nil` for the image's, unless the entrypoint is replaced; an empty list clears it.
        package var command: [String]?
        /// Added to the image's, by name.
        package var environment: [String: String]
        /// The names of the image's variables that the process does not get; `nil` for none.
        package var removedVariables: [String]?
        /// `nil` for the image's.
        package var workingDirectory: String?
        /// `USER[:GROUP]`, names or ids; `nil` for the image's.
        package var user: String?
        package var hasTerminal: Bool
        /// Whether reading from the standard input waits instead of coming to its end at once.
        package var keepsInputOpen = false
        /// Whether PID 1 is a small init that reaps and forwards signals.
        package var usesInit: Bool

        package init(
            entrypoint: [String]? = nil, command: [String]? = nil, environment: [String: String] = [:],
            removedVariables: [String]? = nil, workingDirectory: String? = nil, user: String? = nil,
            hasTerminal: Bool = false, usesInit: Bool = false
        ) {
            self.entrypoint = entrypoint
            self.command = command
            self.environment = environment
            self.removedVariables = removedVariables
            self.workingDirectory = workingDirectory
            self.user = user
            self.hasTerminal = hasTerminal
            self.usesInit = usesInit
        }
    }

    /// A file system tree that appears in the container.
    package struct Mount: Hashable, Sendable, Codable {
        /// What is mounted.
        package enum Source: Hashable, Sendable, Codable {
            /// An absolute path of the host.
            case bind(path: String, createsSource: Bool)
            /// A named volume of the environment.
            case volume(name: VolumeName)
            /// A volume that lives exactly as long as the container.
            case anonymous
            /// Memory; `size` in bytes, `nil` for the kernel's default.
            case memory(size: UInt64?, mode: UInt32?)
            /// What only other engines have; it is not mounted.
            case foreign(type: String, source: String?)
        }

        package var source: Source
        /// The absolute path in the container.
        package var target: String
        package var isReadOnly: Bool
        /// Below the root of a volume.
        package var subpath: String?
        /// Options of mount(8) for memory and binds, such as `exec`, `uid=1000` or `rslave`.
        package var options: [String] = []
        /// Whether mounts below a bound directory stay out.
        package var leavesOutMountsBelow = false
        /// Whether a new volume does not begin with what the image has at the target.
        package var skipsCopy = false
        /// Where the volume lies, unless it is one of the environment's own; `nil` for all else.
        package var volume: VolumeSource?
        /// Whose the files of a bind are inside; `nil` as on the host.
        package var identity: Identity?

        /// Which owners a bind mount shows.
        package enum Identity: Hashable, Sendable, Codable {
            /// The caller on the host is the container's user inside.
            case automatic
            case explicit(hostUser: UInt32, hostGroup: UInt32, user: UInt32, group: UInt32)
        }

        package init(source: Source, target: String, isReadOnly: Bool = false, subpath: String? = nil) {
            self.source = source
            self.target = target
            self.isReadOnly = isReadOnly
            self.subpath = subpath
        }
    }

    /// The membership in a network.
    package struct Attachment: Hashable, Sendable, Codable {
        package var network: NetworkName
        /// Names besides the service's own.
        package var aliases: [String]
        /// The network with the highest number is connected first; `nil` counts as 0.
        package var priority: Int?
        /// The network with the highest number has the default route; `nil` counts as 0.
        package var gatewayPriority: Int?
        /// `nil` for a free one.
        package var ipv4Address: IPv4Address?
        /// `nil` for the one that follows from the number of the IPv4 address.
        package var ipv6Address: IPv6Address?
        /// `nil` for one that follows from the address.
        package var macAddress: MACAddress?
        /// Further addresses, for the link's neighbours; `nil` for none.
        package var linkLocalAddresses: [IPAddress]?
        /// `nil` for `eth0`, `eth1`, ….
        package var interfaceName: String?
        /// Settings of the kernel for the link, by name with `IFNAME` in place of the link's; `nil` for none.
        package var sysctls: [String: String]?

        package init(network: NetworkName, aliases: [String] = [], priority: Int? = nil, gatewayPriority: Int? = nil) {
            self.network = network
            self.aliases = aliases
            self.priority = priority
            self.gatewayPriority = gatewayPriority
        }
    }

    /// Where the network of a container without a namespace of its own comes from.
    package enum NetworkSource: Hashable, Sendable, Codable {
        case host
        /// A container of the environment.
        case container(ContainerID)
        /// A container of any environment, by its name.
        case foreign(String)
    }

    /// A port of the container that ports of the host lead to.
    package struct PublishedPort: Hashable, Sendable, Codable {
        package var hostAddress: HostAddress
        /// The host ports to choose from, lowest first; `nil` for any free one.
        package var hostPorts: PortRange?
        package var containerPort: Port
        package var transport: Transport
        /// Whether a taken host port is replaced by the next free one instead of being an error.
        package var autoCorrects: Bool

        package init(
            hostAddress: HostAddress, hostPorts: PortRange?, containerPort: Port, transport: Transport = .tcp,
            autoCorrects: Bool = false
        ) {
            self.hostAddress = hostAddress
            self.hostPorts = hostPorts
            self.containerPort = containerPort
            self.transport = transport
            self.autoCorrects = autoCorrects
        }
    }

    /// The names of the volumes that it mounts.
    package var volumeNames: [VolumeName] {
        mounts.compactMap { mount in
            if case .volume(let name) = mount.source { name } else { nil }
        }
    }
}
