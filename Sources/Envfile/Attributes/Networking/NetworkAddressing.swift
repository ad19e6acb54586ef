/// Which addresses a network has: `ipam`.
public struct NetworkAddressing: Hashable, Sendable {
    /// One range of addresses.
    public struct Pool: Hashable, Sendable {
        /// In CIDR notation, such as `172.20.0.0/16`; `nil` for one that is free.
        public var subnet: String?
        /// The part of the subnet that containers are given addresses from, in CIDR notation; `nil` for all of it.
        public var range: String?
        /// `nil` for the first address.
        public var gateway: String?
        /// Addresses by name that no container gets.
        public var reservedAddresses: [String: String]

        public init(
            subnet: String? = nil, range: String? = nil, gateway: String? = nil,
            reservedAddresses: [String: String] = [:]
        ) {
            self.subnet = subnet
            self.range = range
            self.gateway = gateway
            self.reservedAddresses = reservedAddresses
        }
    }

    public var driver: String?
    public var pools: [Pool]
    public var options: [String: String]

    public init(driver: String? = nil, pools: [Pool] = [], options: [String: String] = [:]) {
        self.driver = driver
        self.pools = pools
        self.options = options
    }
}

extension NetworkAddressing {
    static func decoded(from cursor: Cursor) -> NetworkAddressing? {
        var addressing = NetworkAddressing()
        return table.decode(cursor, into: &addressing) ? addressing : nil
    }

    private static let table = AttributeTable<NetworkAddressing, NetworkAddressing>([
        .init(
            "config", keys: .entries(Pool.keys), decode: { $1.pools = ($0.list() ?? []).compactMap(Pool.decoded) },
            render: { model in .items(model.pools) { $0.rendered() } }),
        .init("driver", decode: { $1.driver = $0.nonEmptyString() }, render: { .text($0.driver) }),
        .init("options", decode: { $1.options = ScalarMapping.decoded(from: $0) }, render: { .texts($0.options) }),
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
            "aux_addresses",
            decode: { cursor, pool in
                for entry in cursor.mapping() ?? [] { pool.reservedAddresses[entry.key.name] = entry.value.ipAddress() }
            }, render: { .texts($0.reservedAddresses) }),
        .init("gateway", decode: { $1.gateway = $0.ipAddress() }, render: { .text($0.gateway) }),
        .init("ip_range", decode: { $1.range = $0.addressRange() }, render: { .text($0.range) }),
        .init("subnet", decode: { $1.subnet = $0.addressRange() }, render: { .text($0.subnet) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    fileprivate func rendered() -> Value {
        Self.table.rendered(self)
    }
}

extension Cursor {
    /// An IP address of one family or of either; an empty text counts as not written.
    func ipAddress(
        _ expected: String = "an IPv4 or IPv6 address", where isValid: (String) -> Bool = IPAddressText.isValid
    ) -> String? {
        guard let text = nonEmptyString() else { return nil }
        if !isValid(text) { unusable("`\(text)` is not \(expected)", expected: expected) }
        return text
    }

    /// A range of addresses in CIDR notation; an empty text counts as not written.
    fileprivate func addressRange() -> String? {
        guard let text = nonEmptyString() else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 2, IPAddressText.isValid(parts[0]), let length = UInt8(parts[1]),
            length <= (IPAddressText.isIPv4(parts[0]) ? 32 : 128)
        {
            return text
        }
        let hint = IPAddressText.isIPv4(text) ? "add the length of the prefix: `\(text)/24`" : nil
        unusable("`\(text)` is no range of addresses", expected: "a range such as `172.20.0.0/16`", hint: hint)
        return text
    }
}
