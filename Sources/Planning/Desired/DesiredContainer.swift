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
    package var process: Process
    package var hostname: String
    package var isRootReadOnly: Bool
    /// In the order in which they are mounted, at most one for each target.
    package var mounts: [Mount]
    package var attachments: [Attachment]
    package var ports: [PublishedPort]
    package var labels: [String: String]
    /// `nil` for the image's, and then `SIGTERM`.
    package var stopSignal: Signal?
    /// How long a stop waits before `SIGKILL`.
    package var stopGracePeriod: Duration
    /// The services that have to be up first: they order starts and stops and do not change the container.
    package var dependencies: [String]

    package init(
        id: ContainerID, image: String, process: Process = Process(), hostname: String, isRootReadOnly: Bool = false,
        mounts: [Mount] = [], attachments: [Attachment] = [], ports: [PublishedPort] = [],
        labels: [String: String] = [:], stopSignal: Signal? = nil, stopGracePeriod: Duration = .seconds(10),
        dependencies: [String] = []
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
    /// The main process, over what the image says.
    package struct Process: Hashable, Sendable, Codable {
        /// `nil` for the image's; an empty list clears it.
        package var entrypoint: [String]?
        /// `nil` for the image's, unless the entrypoint is replaced; an empty list clears it.
        package var command: [String]?
        /// Added to the image's, by name.
        package var environment: [String: String]
        /// `nil` for the image's.
        package var workingDirectory: String?
        /// `USER[:GROUP]`, names or ids; `nil` for the image's.
        package var user: String?
        package var hasTerminal: Bool
        /// Whether PID 1 is a small init that reaps and forwards signals.
        package var usesInit: Bool

        package init(
            entrypoint: [String]? = nil, command: [String]? = nil, environment: [String: String] = [:],
            workingDirectory: String? = nil, user: String? = nil, hasTerminal: Bool = false, usesInit: Bool = false
        ) {
            self.entrypoint = entrypoint
            self.command = command
            self.environment = environment
            self.workingDirectory = workingDirectory
            self.user = user
            self.hasTerminal = hasTerminal
            self.usesInit = usesInit
        }
    }

    /// A file system tree that appears in the container.
    package struct Mount: Hashable, Sendable, Codable {
        package enum Source: Hashable, Sendable, Codable {
            /// An absolute path of the host.
            case bind(path: String, createsSource: Bool)
            /// A named volume of the environment.
            case volume(name: String)
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

        package init(source: Source, target: String, isReadOnly: Bool = false, subpath: String? = nil) {
            self.source = source
            self.target = target
            self.isReadOnly = isReadOnly
            self.subpath = subpath
        }
    }

    /// The membership in a network.
    package struct Attachment: Hashable, Sendable, Codable {
        package var network: String
        /// Names besides the service's own.
        package var aliases: [String]
        /// The network with the highest number is connected first; `nil` counts as 0.
        package var priority: Int?
        /// The network with the highest number has the default route; `nil` counts as 0.
        package var gatewayPriority: Int?

        package init(network: String, aliases: [String] = [], priority: Int? = nil, gatewayPriority: Int? = nil) {
            self.network = network
            self.aliases = aliases
            self.priority = priority
            self.gatewayPriority = gatewayPriority
        }
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

        /// The host ports to choose from, as numbers.
        package var hostNumbers: ClosedRange<UInt16>? {
            hostPorts.map { $0.lowerBound.rawValue...$0.upperBound.rawValue }
        }

        /// The container's port as a number.
        package var target: UInt16 { containerPort.rawValue }
    }

    /// The names of the volumes that it mounts.
    package var volumeNames: [String] {
        mounts.compactMap { mount in
            if case .volume(let name) = mount.source { name } else { nil }
        }
    }
}
