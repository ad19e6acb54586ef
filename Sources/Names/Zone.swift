package import Vocabulary

/// The names of one environment: who has which, at which addresses, and who can see them.
///
/// The part of `up` that knows the networks writes it down, and the supervisor answers from it.
package struct Zone: Hashable, Sendable, Codable {
    /// A container's place in a network.
    package struct Membership: Hashable, Sendable, Codable {
        /// The name of the network in the file.
        package var network: String
        package var addresses: [IPAddress]
        /// In small letters, without the network's own name.
        package var names: [String]

        package init(network: String, addresses: [IPAddress], names: [String]) {
            self.network = network
            self.addresses = addresses
            self.names = names
        }
    }

    /// A container, as one that asks and as one that is asked for.
    package struct Host: Hashable, Sendable, Codable {
        /// The network of the default route first.
        package var memberships: [Membership]
        /// The addresses of the host, as the container reaches it.
        package var gateways: [IPAddress]
        /// Addresses by name, for this container alone: `extra_hosts`.
        package var extraHosts: [String: [IPAddress]]
        /// Services or containers by name, for this container alone: `links`.
        package var links: [String: String]
        /// The servers for all other names; `nil` for the host's.
        package var servers: [IPAddress]?
        /// Whether questions about all other names leave the environment.
        package var forwards: Bool
        /// Whether the container has a server of its own at port 53, which needs the TCP port.
        package var servesNames: Bool
        /// Whether it is a container of another environment, of which only its record is known.
        package var isForeign: Bool

        package init(
            memberships: [Membership] = [], gateways: [IPAddress] = [], extraHosts: [String: [IPAddress]] = [:],
            links: [String: String] = [:], servers: [IPAddress]? = nil, forwards: Bool = true,
            servesNames: Bool = false, isForeign: Bool = false
        ) {
            self.memberships = memberships
            self.gateways = gateways
            self.extraHosts = extraHosts
            self.links = links
            self.servers = servers
            self.forwards = forwards
            self.servesNames = servesNames
            self.isForeign = isForeign
        }
    }

    /// Services of one other environment, and what they are called here.
    package struct Externals: Hashable, Sendable, Codable {
        /// The ID of the other environment.
        package var environment: String
        /// By the service of the other environment, in small letters.
        package var names: [String: [String]]

        package init(environment: String, names: [String: [String]]) {
            self.environment = environment
            self.names = names
        }
    }

    /// A network.
    package struct Network: Hashable, Sendable, Codable {
        /// The name outside of the file, such as `shop_default`.
        package var fullName: String
        package var ipv4Subnets: [IPv4Network]
        package var ipv6Subnets: [IPv6Network]
        /// The path of a file with the containers of all environments in the network, as `SharedNames`; there is one only
        /// while another environment uses the network.
        package var sharedNames: String?
        /// The services of one other environment that the network was joined for: of all containers of others, only theirs
        /// have names here; `nil` where all have.
        package var externals: Externals?

        package init(fullName: String, ipv4Subnets: [IPv4Network] = [], ipv6Subnets: [IPv6Network] = []) {
            self.fullName = fullName
            self.ipv4Subnets = ipv4Subnets
            self.ipv6Subnets = ipv6Subnets
        }

        func contains(_ address: IPAddress) -> Bool {
            switch address {
            case .v4(let address): ipv4Subnets.contains { $0.contains(address) }
            case .v6(let address): ipv6Subnets.contains { $0.contains(address) }
            }
        }
    }

    /// By container, such as `web-1`.
    package var hosts: [String: Host]
    /// By the key under `networks:`.
    package var networks: [String: Network]
    /// The id of the environment; `nil` in a file of an earlier Trice.
    package var environment: String?

    package init(hosts: [String: Host] = [:], networks: [String: Network] = [:]) {
        self.hosts = hosts
        self.networks = networks
    }

    /// The names by which a container reaches the host.
    package static let gatewayNames = ["host.docker.internal", "host.trice.internal"]
}
