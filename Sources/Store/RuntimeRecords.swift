/// How far the making of a kernel object has come: its record is written before the object and says so.
public enum CreationState: String, Hashable, Sendable, Codable {
    case creating, created
}

/// A bridge of an environment.
public struct NetworkRecord: Hashable, Sendable, Codable {
    public var environmentID: String
    /// The key under `networks:`.
    public var name: String
    /// The bridge's interface name, at most 15 bytes; unique on the machine.
    public var bridge: String
    /// Such as `10.5.3.0/24`; overlaps no other record's.
    public var subnet: String
    /// The group of all links of the environment.
    public var linkGroup: UInt32
    /// The configuration that it was made from, as JSON.
    public var configuration: String
    /// Whether its containers reach nothing beyond the bridge and nothing beyond it reaches them.
    public var isInternal: Bool
    public var state: CreationState

    public init(
        environmentID: String, name: String, bridge: String, subnet: String, linkGroup: UInt32,
        configuration: String, isInternal: Bool = false, state: CreationState = .creating
    ) {
        self.environmentID = environmentID
        self.name = name
        self.bridge = bridge
        self.subnet = subnet
        self.linkGroup = linkGroup
        self.configuration = configuration
        self.isInternal = isInternal
        self.state = state
    }
}

/// A container of an environment.
public struct ContainerRecord: Hashable, Sendable, Codable {
    public var environmentID: String
    public var service: String
    public var number: Int
    /// The id by which the OCI runtime knows it; unique on the machine.
    public var runtimeID: String
    /// The path of the OCI runtime that it was made with.
    public var runtime: String
    public var imageID: String
    /// The names of the directories of the image's layers: they stay as long as the container does.
    public var layers: [String]
    /// The fingerprint of the service that it was made for, as JSON.
    public var fingerprint: String
    /// The services that it depended on when it was made.
    public var dependencies: [String]
    /// Nanoseconds.
    public var stopGracePeriod: Int64
    /// Nanoseconds since 1970-01-01 00:00 UTC.
    public var createdAt: Int64
    public var state: CreationState
    /// What the last run ended with; `nil` when it has not been seen to end.
    public var exitCode: Int32?

    public init(
        environmentID: String, service: String, number: Int, runtimeID: String, runtime: String,
        imageID: String, layers: [String] = [], fingerprint: String,
        dependencies: [String] = [], stopGracePeriod: Int64 = 10_000_000_000, createdAt: Int64,
        state: CreationState = .creating, exitCode: Int32? = nil
    ) {
        self.environmentID = environmentID
        self.service = service
        self.number = number
        self.runtimeID = runtimeID
        self.runtime = runtime
        self.imageID = imageID
        self.layers = layers
        self.fingerprint = fingerprint
        self.dependencies = dependencies
        self.stopGracePeriod = stopGracePeriod
        self.createdAt = createdAt
        self.state = state
        self.exitCode = exitCode
    }
}

/// A container's address in a network.
public struct AddressRecord: Hashable, Sendable, Codable {
    public var environmentID: String
    public var network: String
    public var service: String
    public var number: Int
    /// Dotted decimal, without a prefix length.
    public var address: String
    /// Six bytes, such as `02:54:0a:05:03:02`.
    public var macAddress: String
    /// The network with the highest number becomes the first interface of the container.
    public var priority: Int
    /// The network with the highest number gets the default route, unless it is internal.
    public var gatewayPriority: Int

    public init(
        environmentID: String, network: String, service: String, number: Int, address: String, macAddress: String,
        priority: Int = 0, gatewayPriority: Int = 0
    ) {
        self.environmentID = environmentID
        self.network = network
        self.service = service
        self.number = number
        self.address = address
        self.macAddress = macAddress
        self.priority = priority
        self.gatewayPriority = gatewayPriority
    }
}

/// A host port that a container holds.
public struct PublishedPortRecord: Hashable, Sendable, Codable {
    public var environmentID: String
    public var service: String
    public var number: Int
    /// `loopback`, `any` or an address.
    public var hostAddress: String
    public var hostPort: UInt16
    /// The port in the container.
    public var target: UInt16
    /// `tcp` or `udp`.
    public var transportProtocol: String

    public init(
        environmentID: String, service: String, number: Int, hostAddress: String, hostPort: UInt16, target: UInt16,
        transportProtocol: String
    ) {
        self.environmentID = environmentID
        self.service = service
        self.number = number
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.target = target
        self.transportProtocol = transportProtocol
    }
}

/// All records of one environment, of one moment.
public struct RuntimeRecords: Hashable, Sendable {
    /// Sorted by name.
    public var networks: [NetworkRecord]
    /// Sorted by service and number.
    public var containers: [ContainerRecord]
    /// Sorted by service, number and network.
    public var addresses: [AddressRecord]
    /// Sorted by service, number, target and host port.
    public var publishedPorts: [PublishedPortRecord]
    public var linkGroup: UInt32?

    public init(
        networks: [NetworkRecord] = [], containers: [ContainerRecord] = [], addresses: [AddressRecord] = [],
        publishedPorts: [PublishedPortRecord] = [], linkGroup: UInt32? = nil
    ) {
        self.networks = networks
        self.containers = containers
        self.addresses = addresses
        self.publishedPorts = publishedPorts
        self.linkGroup = linkGroup
    }
}
