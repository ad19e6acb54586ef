package import Vocabulary

/// Which addresses a network has: `ipam`.
package struct NetworkAddressing: Hashable, Sendable {
    /// One range of addresses.
    package struct Pool: Hashable, Sendable {
        /// In CIDR notation, such as `172.20.0.0/16`; `nil` for one that is free.
        package var subnet: String?
        /// The part of the subnet that containers are given addresses from, in CIDR notation; `nil` for all of it.
        package var range: String?
        /// `nil` for the first address.
        package var gateway: String?
        /// Addresses by name that no container gets.
        package var reservedAddresses: [String: String]

        package init(
            subnet: String? = nil, range: String? = nil, gateway: String? = nil,
            reservedAddresses: [String: String] = [:]
        ) {
            self.subnet = subnet
            self.range = range
            self.gateway = gateway
            self.reservedAddresses = reservedAddresses
        }
    }

    package var driver: String?
    package var pools: [Pool]
    package var options: [String: String]

    package init(driver: String? = nil, pools: [Pool] = [], options: [String: String] = [:]) {
        self.driver = driver
        self.pools = pools
        self.options = options
    }

    /// The first IPv4 subnet that a pool names; `nil` for one that is free.
    package var ipv4Subnet: IPv4Network? { ipv4Pool?.subnet.flatMap { IPv4Network(parsing: $0) } }

    /// The first pool of IPv4.
    package var ipv4Pool: Pool? { ipv4Pools.first }

    /// The pools of IPv4: those whose addresses are of that family, or that name none.
    package var ipv4Pools: [Pool] { pools.filter { !$0.isOfIPv6 } }

    /// All pools of IPv6, in the order of the file.
    package var ipv6Pools: [Pool] { pools.filter(\.isOfIPv6) }
}

extension NetworkAddressing.Pool {
    /// Whether its addresses are of IPv6.
    package var isOfIPv6: Bool { [subnet, range, gateway].contains { $0?.contains(":") == true } }
}

extension NetworkAddressing {
    static func decoded(from cursor: Cursor) -> NetworkAddressing? {
        var addressing = NetworkAddressing()
        return table.decode(cursor, into: &addressing) ? addressing : nil
    }

    private static let table = AttributeTable<NetworkAddressing, NetworkAddressing>([
        .init(
            "config", .parts, keys: .entries(Pool.keys),
            decode: { $1.pools = ($0.list() ?? []).compactMap(Pool.decoded) },
            render: { model in .items(model.pools) { $0.rendered() } }
        ).merged(.subnets),
        .init("driver", .information, decode: { $1.driver = $0.nonEmptyString() }, render: { .text($0.driver) }),
        .init(
            "options", .none(.foreign), decode: { $1.options = ScalarMapping.decoded(from: $0) },
            render: { .texts($0.options) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    func rendered() -> Value {
        Self.table.rendered(self)
    }
}

extension NetworkAddressing.Pool {
    fileprivate static func decoded(from cursor: Cursor) -> Self? {
        var pool = Self()
        return table.decode(cursor, into: &pool) ? pool : nil
    }

    private static let table = AttributeTable<Self, Self>([
        .init(
            "aux_addresses", .network,
            decode: { cursor, pool in
                for entry in cursor.mapping() ?? [] { pool.reservedAddresses[entry.key.name] = entry.value.ipAddress() }
            }, render: { .texts($0.reservedAddresses) }),
        .init("gateway", .network, decode: { $1.gateway = $0.ipAddress() }, render: { .text($0.gateway) }),
        .init("ip_range", .network, decode: { $1.range = $0.addressRange() }, render: { .text($0.range) }),
        .init("subnet", .network, decode: { $1.subnet = $0.subnet() }, render: { .text($0.subnet) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    fileprivate func rendered() -> Value {
        Self.table.rendered(self)
    }
}

extension Cursor {
    /// The text of an IP address of one family or of either, as written; an empty text counts as not written.
    func ipAddress(
        _ expected: String = "an IPv4 or IPv6 address",
        where isValid: (String) -> Bool = { IPAddress(parsing: $0) != nil }
    ) -> String? {
        guard let text = nonEmptyString() else { return nil }
        if !isValid(text) { unusable("`\(text)` is not \(expected)", expected: expected) }
        return text
    }

    /// The text of the range of a whole network; a network of IPv4 has room for a bridge and a container.
    fileprivate func subnet() -> String? {
        guard let text = addressRange(), let slash = text.firstIndex(of: "/") else { return nil }
        guard let address = IPv4Address(parsing: String(text[..<slash])),
            let length = Int(text[text.index(after: slash)...])
        else { return text }
        let whole = IPv4Network(containing: address, prefixLength: length)
        if whole.address != address {
            unusable(
                "`\(text)` is an address inside a subnet", expected: "the subnet itself", hint: "write `\(whole)`")
        } else if (0..<8).contains(length) || (30...32).contains(length) {
            unusable("`\(text)` has a prefix length outside 8 to 29", expected: "a subnet such as `172.20.0.0/24`")
        }
        return text
    }

    /// The text of a range of addresses in CIDR notation; an empty text counts as not written.
    fileprivate func addressRange() -> String? {
        guard let text = nonEmptyString() else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 2, let address = IPAddress(parsing: parts[0]), let length = UInt8(parts[1]),
            length <= address.bitCount
        {
            return text
        }
        let hint = IPv4Address(parsing: text).map { "add the length of the prefix: `\($0)/24`" }
        unusable("`\(text)` is no range of addresses", expected: "a range such as `172.20.0.0/16`", hint: hint)
        return text
    }
}
