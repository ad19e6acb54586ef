package import Envfile
package import Vocabulary

/// What of a network determines its bridge, and so what a changed network is recognised by. Labels are not part of it.
///
/// A value that equals the default is left out of the encoded form: a network made by an earlier Trice, which did not
/// know some attribute, is equal to one that does not use the attribute.
package struct NetworkConfiguration: Hashable, Sendable {
    /// Whether containers reach nothing beyond the bridge and nothing beyond it reaches them.
    package var isInternal: Bool
    /// The subnet that `ipam` names; `nil` for one that is free.
    package var subnet: IPv4Network?
    /// The host's address; `nil` for the first of the subnet.
    package var gateway: IPv4Address?
    /// The part of the subnet for containers that name no address; `nil` for all of it.
    package var range: IPv4Network?
    /// The addresses that no container gets, sorted.
    package var reserved: [IPv4Address] = []
    /// The pools of IPv4 after the first one, which is that of the values above.
    package var furtherPools: [Pool] = []
    /// Whether links have addresses of IPv4.
    package var usesIPv4 = true
    /// Whether its containers have addresses of IPv6.
    package var usesIPv6 = false
    /// The subnet of IPv6 that `ipam` names; `nil` for a unique local one.
    package var ipv6Subnet: IPv6Network?
    /// The address of the bridge; `nil` for the first of the subnet.
    package var ipv6Gateway: IPv6Address?
    /// The pools of IPv6 after the first one.
    package var furtherIPv6Pools: [IPv6Pool] = []
    /// `driver_opts`, those that have an effect.
    package var options = BridgeOptions()
    /// The link of the host that it is on in place of a bridge; `nil` for a bridge.
    package var parent: ParentOptions?
    /// The name given by hand; `nil` for `PROJECT_KEY`.
    package var fullName: String?
    /// The name by which the network of another environment is asked for; `nil` for one of the environment's own.
    package var externalName: String?
    /// The services of another environment that it was joined for: of all that is in it, only these have names here.
    package var externalServices: ExternalServiceNames?

    /// A range of IPv4 addresses of a network that has several.
    package struct Pool: Hashable, Sendable, Codable {
        /// The addresses of the pool.
        package var subnet: IPv4Network
        /// `nil` for the first of the subnet.
        package var gateway: IPv4Address?
        /// `nil` for all of the subnet.
        package var range: IPv4Network?
        /// Sorted.
        package var reserved: [IPv4Address]

        /// - Returns: `nil` for a pool without a subnet.
        init?(_ pool: NetworkAddressing.Pool) {
            guard let subnet = pool.subnet.flatMap({ IPv4Network(parsing: $0) }) else { return nil }
            self.subnet = subnet
            gateway = pool.gateway.flatMap { IPv4Address(parsing: $0) }
            range = pool.range.flatMap { IPv4Network(range: $0) }
            reserved = pool.reservedAddresses.values.compactMap { IPv4Address(parsing: $0) }.sorted()
        }
    }

    /// A range of IPv6 addresses of a network that has several.
    package struct IPv6Pool: Hashable, Sendable, Codable {
        /// The addresses of the pool.
        package var subnet: IPv6Network
        /// `nil` for the first of the subnet.
        package var gateway: IPv6Address?

        /// - Returns: `nil` for a pool without a subnet.
        init?(_ pool: NetworkAddressing.Pool) {
            guard let subnet = pool.subnet.flatMap({ IPv6Network(parsing: $0) }) else { return nil }
            self.subnet = subnet
            gateway = pool.gateway.flatMap { IPv6Address(parsing: $0) }
        }
    }

    /// Whether a network that was made from this one is as the other one wants it. One whose record has no name, as those
    /// of an earlier Trice, need not be made anew for it.
    package func serves(_ other: NetworkConfiguration) -> Bool {
        // What it is like is the other environment's.
        if externalName != nil || other.externalName != nil {
            return externalName == other.externalName && externalServices == other.externalServices
        }
        var named = self
        if fullName == nil { named.fullName = other.fullName }
        return named == other
    }

    package init(isInternal: Bool = false, subnet: IPv4Network? = nil) {
        self.isInternal = isInternal
        self.subnet = subnet
    }

    /// What the loader of an Envfile has accepted has the right form.
    package init(of network: Network) {
        let addressing = network.addressing
        self.init(isInternal: network.isInternal, subnet: addressing.ipv4Subnet)
        if let pool = addressing.ipv4Pool {
            gateway = pool.gateway.flatMap { IPv4Address(parsing: $0) }
            range = pool.range.flatMap { IPv4Network(range: $0) }
            reserved = pool.reservedAddresses.values.compactMap { IPv4Address(parsing: $0) }.sorted()
        }
        furtherPools = addressing.ipv4Pools.dropFirst().compactMap(Pool.init)
        usesIPv4 = network.usesIPv4 ?? true
        usesIPv6 = network.usesIPv6
        if usesIPv6, let pool = addressing.ipv6Pools.first {
            ipv6Subnet = pool.subnet.flatMap { IPv6Network(parsing: $0) }
            ipv6Gateway = pool.gateway.flatMap { IPv6Address(parsing: $0) }
            furtherIPv6Pools = addressing.ipv6Pools.dropFirst().compactMap(IPv6Pool.init)
        }
        options = BridgeOptions(network.driverOptions)
        parent = ParentOptions(network)
        fullName = network.identity.customName
        if network.identity.isExternal { externalName = network.identity.customName ?? network.name.rawValue }
        externalServices = network.externalServices
    }
}

extension IPv4Network {
    /// The subnet in which a range lies that may be written by an address inside of it, such as `10.1.2.3/28`.
    fileprivate init?(range text: String) {
        let parts = text.split(separator: "/").map(String.init)
        guard parts.count == 2, let address = IPv4Address(parsing: parts[0]), let length = Int(parts[1]) else {
            return nil
        }
        self.init(containing: address, prefixLength: length)
    }
}

extension NetworkConfiguration: Codable {
    private enum CodingKeys: CodingKey {
        case isInternal, subnet, gateway, range, reserved, usesIPv4, usesIPv6, ipv6Subnet, ipv6Gateway, options,
            fullName, externalName, parent, furtherPools, furtherIPv6Pools, externalServices
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func value<Value: Decodable>(_ key: CodingKeys) throws -> Value? {
            try container.decodeIfPresent(Value.self, forKey: key)
        }
        self.init(isInternal: try value(.isInternal) ?? false, subnet: try value(.subnet))
        gateway = try value(.gateway)
        range = try value(.range)
        reserved = try value(.reserved) ?? []
        furtherPools = try value(.furtherPools) ?? []
        usesIPv4 = try value(.usesIPv4) ?? true
        usesIPv6 = try value(.usesIPv6) ?? false
        ipv6Subnet = try value(.ipv6Subnet)
        ipv6Gateway = try value(.ipv6Gateway)
        furtherIPv6Pools = try value(.furtherIPv6Pools) ?? []
        options = try value(.options) ?? BridgeOptions()
        fullName = try value(.fullName)
        externalName = try value(.externalName)
        externalServices = try value(.externalServices)
        parent = try value(.parent)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if isInternal { try container.encode(true, forKey: .isInternal) }
        try container.encodeIfPresent(subnet, forKey: .subnet)
        try container.encodeIfPresent(gateway, forKey: .gateway)
        try container.encodeIfPresent(range, forKey: .range)
        if !reserved.isEmpty { try container.encode(reserved, forKey: .reserved) }
        if !furtherPools.isEmpty { try container.encode(furtherPools, forKey: .furtherPools) }
        if !usesIPv4 { try container.encode(false, forKey: .usesIPv4) }
        if usesIPv6 { try container.encode(true, forKey: .usesIPv6) }
        try container.encodeIfPresent(ipv6Subnet, forKey: .ipv6Subnet)
        try container.encodeIfPresent(ipv6Gateway, forKey: .ipv6Gateway)
        if !furtherIPv6Pools.isEmpty { try container.encode(furtherIPv6Pools, forKey: .furtherIPv6Pools) }
        if options != BridgeOptions() { try container.encode(options, forKey: .options) }
        try container.encodeIfPresent(fullName, forKey: .fullName)
        try container.encodeIfPresent(externalName, forKey: .externalName)
        try container.encodeIfPresent(externalServices, forKey: .externalServices)
        try container.encodeIfPresent(parent, forKey: .parent)
    }
}
