package import Vocabulary

/// How far the making of a kernel object has come: its record is written before the object and says so.
package enum CreationState: String, Hashable, Sendable, Codable {
    case creating, created
}

/// A bridge of an environment.
package struct NetworkRecord: Hashable, Sendable, Codable {
    package var environmentID: EnvironmentID
    /// The key under `networks:`.
    package var name: NetworkName
    /// The bridge's interface name, at most 15 bytes; unique among the networks that are no one else's.
    package var bridge: String
    /// Overlaps no other record's, but for those of the same bridge.
    package var subnet: IPv4Network
    /// The group of all links of the environment.
    package var linkGroup: UInt32
    /// The configuration that it was made from, as JSON.
    package var configuration: String
    /// Whether its containers reach nothing beyond the bridge and nothing beyond it reaches them.
    package var isInternal: Bool
    package var state: CreationState
    /// The environment that made the bridge; `nil` for a network of the environment's own.
    package var ownerID: EnvironmentID?
    /// The key that the network has there.
    package var ownerNetwork: NetworkName?
    /// The other subnets that it has; they overlap no record's either.
    package var furtherSubnets: [IPv4Network]

    package init(
        environmentID: EnvironmentID, name: NetworkName, bridge: String, subnet: IPv4Network, linkGroup: UInt32,
        configuration: String, isInternal: Bool = false, state: CreationState = .creating,
        furtherSubnets: [IPv4Network] = []
    ) {
        self.environmentID = environmentID
        self.name = name
        self.bridge = bridge
        self.subnet = subnet
        self.linkGroup = linkGroup
        self.configuration = configuration
        self.isInternal = isInternal
        self.state = state
        self.furtherSubnets = furtherSubnets
    }

    /// All of its subnets, in the order in which addresses are taken from them.
    package var subnets: [IPv4Network] { [subnet] + furtherSubnets }
}

/// A container of an environment.
package struct ContainerRecord: Hashable, Sendable, Codable {
    package var environmentID: EnvironmentID
    package var service: ServiceName
    package var number: Int
    /// The id by which the OCI runtime knows it; unique on the machine.
    package var runtimeID: String
    /// The path of the OCI runtime that it was made with.
    package var runtime: String
    package var imageID: String
    /// The id of the image of the service where this one was baked from a container of it; `nil` for that image itself.
    package var baseImageID: String?
    /// The names of the directories of the image's layers: they stay as long as the container does.
    package var layers: [String]
    /// The fingerprint of the service that it was made for, as JSON.
    package var fingerprint: String
    /// The services that it depended on when it was made.
    package var dependencies: [ServiceName]
    /// Nanoseconds.
    package var stopGracePeriod: Int64
    /// Nanoseconds since 1970-01-01 00:00 UTC.
    package var createdAt: Int64
    package var state: CreationState
    /// What the last run ended with; `nil` when it has not been seen to end.
    package var exitCode: Int32?

    package init(
        environmentID: EnvironmentID, service: ServiceName, number: Int, runtimeID: String, runtime: String,
        imageID: String, layers: [String] = [], fingerprint: String,
        dependencies: [ServiceName] = [], stopGracePeriod: Int64 = 10_000_000_000, createdAt: Int64,
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
package struct AddressRecord: Hashable, Sendable, Codable {
    package var environmentID: EnvironmentID
    package var network: NetworkName
    package var service: ServiceName
    package var number: Int
    package var address: IPv4Address
    package var macAddress: MACAddress
    /// The network with the highest number becomes the first interface of the container.
    package var priority: Int
    /// The network with the highest number gets the default route, unless it is internal.
    package var gatewayPriority: Int
    package var settings: AddressSettings

    package init(
        environmentID: EnvironmentID, network: NetworkName, service: ServiceName, number: Int, address: IPv4Address,
        macAddress: MACAddress,
        priority: Int = 0, gatewayPriority: Int = 0, settings: AddressSettings = AddressSettings()
    ) {
        self.environmentID = environmentID
        self.network = network
        self.service = service
        self.number = number
        self.address = address
        self.macAddress = macAddress
        self.priority = priority
        self.gatewayPriority = gatewayPriority
        self.settings = settings
    }
}

/// What a container has in a network beside its IPv4 address; in the record as JSON.
package struct AddressSettings: Hashable, Sendable, Codable {
    /// `nil` for the one that follows from the IPv4 address.
    package var ipv6Address: IPv6Address?
    /// Further addresses of the link, without a route beyond it.
    package var linkLocalAddresses: [IPAddress]?
    /// The name of the link in the container; `nil` for `eth0`, `eth1`, ….
    package var interfaceName: String?
    /// Settings of the kernel for the link, by name with `IFNAME` in place of the link's.
    package var sysctls: [String: String]?

    package init(
        ipv6Address: IPv6Address? = nil, linkLocalAddresses: [IPAddress]? = nil, interfaceName: String? = nil,
        sysctls: [String: String]? = nil
    ) {
        self.ipv6Address = ipv6Address
        self.linkLocalAddresses = linkLocalAddresses
        self.interfaceName = interfaceName
        self.sysctls = sysctls
    }
}

/// What is wanted of the address that is claimed.
package struct AddressRequest: Hashable, Sendable {
    /// The only address that will do; `nil` for the lowest free one.
    package var address: IPv4Address?
    /// `nil` for one that follows from the address.
    package var macAddress: MACAddress?
    /// The part of the subnet for free addresses; `nil` for all of it.
    package var range: IPv4Network?
    /// The same for the other subnets of the network, in their order.
    package var furtherRanges: [IPv4Network?] = []
    /// What is no free address: the gateway's, and those that are kept for others.
    package var avoided: Set<IPv4Address>
    package var priority: Int
    package var gatewayPriority: Int
    package var settings: AddressSettings

    package init(
        address: IPv4Address? = nil, macAddress: MACAddress? = nil, range: IPv4Network? = nil,
        avoided: Set<IPv4Address> = [], priority: Int = 0, gatewayPriority: Int = 0,
        settings: AddressSettings = AddressSettings()
    ) {
        self.address = address
        self.macAddress = macAddress
        self.range = range
        self.avoided = avoided
        self.priority = priority
        self.gatewayPriority = gatewayPriority
        self.settings = settings
    }
}

/// A host port that a container holds.
package struct PublishedPortRecord: Hashable, Sendable, Codable {
    package var environmentID: EnvironmentID
    package var service: ServiceName
    package var number: Int
    package var hostAddress: HostAddress
    package var hostPort: Port
    /// The port in the container.
    package var target: Port
    package var transportProtocol: Transport

    package init(
        environmentID: EnvironmentID, service: ServiceName, number: Int, hostAddress: HostAddress, hostPort: Port,
        target: Port,
        transportProtocol: Transport
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
package struct RuntimeRecords: Hashable, Sendable {
    /// Sorted by name.
    package var networks: [NetworkRecord]
    /// Sorted by service and number.
    package var containers: [ContainerRecord]
    /// Sorted by service, number and network.
    package var addresses: [AddressRecord]
    /// Sorted by service, number, target and host port.
    package var publishedPorts: [PublishedPortRecord]
    package var linkGroup: UInt32?

    package init(
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
