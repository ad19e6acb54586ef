package import Vocabulary

/// `driver_opts` of a network that have an effect, under the names that Docker's users know.
package struct BridgeOptions: Hashable, Sendable, Codable {
    /// The largest packet in bytes; `nil` for the kernel's default.
    package var mtu: UInt32?
    /// The name of the bridge on the host; `nil` for one that Trice chooses.
    package var bridgeName: String?
    /// Whether containers reach the host and not each other; `nil` for no.
    package var isolatesContainers: Bool?
    /// Whether what leaves the host keeps the container's address; `nil` for no.
    package var keepsAddresses: Bool?
    /// What the host does between the network and the rest of the world; `nil` for `nat`.
    package var gatewayMode: GatewayMode?
    /// The same for IPv6.
    package var ipv6GatewayMode: GatewayMode?
    /// The address of the host that what leaves it has; `nil` for the one of the link that it leaves by.
    package var sourceAddress: IPv4Address?
    /// The beginning of the names of links in containers; `nil` for `eth`.
    package var interfacePrefix: String?
    /// Whether the host has no IPv4 address on the bridge; `nil` for no.
    package var inhibitsAddress: Bool?

    /// How packets pass between a network and what lies beyond the host.
    package enum GatewayMode: String, Hashable, Sendable, Codable, CaseIterable {
        /// Containers have the host's address outside, and are reached by published ports alone.
        case nat
        /// The same, and every port of a container is reached at its own address.
        case unprotected = "nat-unprotected"
        /// Containers keep their address, at which their published ports are reached.
        case routed
        /// Not even the host has an address on the bridge.
        case isolated
    }

    package init() {}

    /// Options that are not known, and values that the loader refuses, are left out.
    package init(_ options: [String: String]) {
        mtu = options[Self.mtuKey].flatMap { UInt32($0) }
        bridgeName = options[Self.bridgeNameKey]
        if Self.flag(options[Self.connectionKey]) == false { isolatesContainers = true }
        if Self.flag(options[Self.masqueradeKey]) == false { keepsAddresses = true }
        gatewayMode = options[Self.gatewayModeKey].flatMap { GatewayMode(rawValue: $0) }
        ipv6GatewayMode = options[Self.ipv6GatewayModeKey].flatMap { GatewayMode(rawValue: $0) }
        sourceAddress = options[Self.sourceAddressKey].flatMap { IPv4Address(parsing: $0) }
        interfacePrefix = options[Self.interfacePrefixKey]
        if Self.flag(options[Self.inhibitKey]) == true { inhibitsAddress = true }
    }

    static let mtuKey = "com.docker.network.driver.mtu"
    static let bridgeNameKey = "com.docker.network.bridge.name"
    static let connectionKey = "com.docker.network.bridge.enable_icc"
    static let masqueradeKey = "com.docker.network.bridge.enable_ip_masquerade"

    static let gatewayModeKey = "com.docker.network.bridge.gateway_mode_ipv4"
    static let ipv6GatewayModeKey = "com.docker.network.bridge.gateway_mode_ipv6"
    static let sourceAddressKey = "com.docker.network.host_ipv4"
    static let interfacePrefixKey = "com.docker.network.container_iface_prefix"
    static let inhibitKey = "com.docker.network.bridge.inhibit_ipv4"

    static let known: Set<String> = [
        mtuKey, bridgeNameKey, connectionKey, masqueradeKey, gatewayModeKey, ipv6GatewayModeKey, sourceAddressKey,
        interfacePrefixKey, inhibitKey,
    ]

    /// The words that Docker takes; `nil` for any other.
    static func flag(_ text: String?) -> Bool? {
        switch text?.lowercased() {
        case "true", "1", "t": true
        case "false", "0", "f": false
        default: nil
        }
    }
}
