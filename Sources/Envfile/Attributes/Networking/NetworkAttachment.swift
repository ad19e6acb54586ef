/// A service's membership in a network, in full: an entry of its `networks`.
public struct NetworkAttachment: Hashable, Sendable {
    /// The key under the top-level `networks:`.
    public var network: String
    /// Names besides the service's own, each once, in the order written.
    public var aliases: [String]
    public var ipv4Address: String?
    public var ipv6Address: String?
    public var linkLocalAddresses: [String]
    /// Six pairs of hexadecimal digits, as written.
    public var macAddress: String?
    public var driverOptions: [String: String]
    /// The network with the highest number is connected first; 0 when nothing is said.
    public var priority: Int
    /// The network with the highest number has the default gateway; 0 when nothing is said.
    public var gatewayPriority: Int
    /// The name of the link in the container; `nil` for `eth0`, `eth1`, ….
    public var interfaceName: String?
    /// Whether a mapping was written that says nothing, which Compose shows as one.
    public var isEmptyMapping = false

    public init(
        network: String, aliases: [String] = [], ipv4Address: String? = nil, ipv6Address: String? = nil,
        linkLocalAddresses: [String] = [], macAddress: String? = nil, driverOptions: [String: String] = [:],
        priority: Int = 0, gatewayPriority: Int = 0, interfaceName: String? = nil
    ) {
        self.network = network
        self.aliases = aliases
        self.ipv4Address = ipv4Address
        self.ipv6Address = ipv6Address
        self.linkLocalAddresses = linkLocalAddresses
        self.macAddress = macAddress
        self.driverOptions = driverOptions
        self.priority = priority
        self.gatewayPriority = gatewayPriority
        self.interfaceName = interfaceName
    }
}

extension NetworkAttachment {
    /// `networks` of a service: a list of keys, or a mapping of keys to what is special about the membership.
    static func decodedList(from cursor: Cursor) -> [Located<NetworkAttachment>] {
        if let entries = cursor.entries {
            return entries.map { entry in
                var endpoint = NetworkAttachment(network: entry.key.name)
                if !entry.value.node.isNull, table.decode(entry.value, into: &endpoint) {
                    endpoint.isEmptyMapping = endpoint == NetworkAttachment(network: entry.key.name)
                }
                return entry.located(endpoint)
            }
        }
        guard let items = cursor.items else {
            cursor.mismatch("a list or a mapping of networks")
            return []
        }
        var seen: Set<String> = []
        return items.compactMap { item in
            guard let name = item.string() else { return nil }
            if seen.insert(name).inserted { return item.located(NetworkAttachment(network: name)) }
            item.error("the network `\(name)` is listed twice")
            return nil
        }
    }

    private static let table = AttributeTable<NetworkAttachment, NetworkAttachment>([
        .init("aliases", decode: { $1.aliases = $0.stringsOnce() }, render: { .texts($0.aliases) }),
        .init(
            "driver_opts", .none(.notYet), decode: { $1.driverOptions = ScalarMapping.decoded(from: $0) },
            render: { .texts($0.driverOptions) }),
        .init(
            "gw_priority",
            decode: { $1.gatewayPriority = $0.integer("a priority", in: Int.min...Int.max) ?? 0 },
            render: { .count($0.gatewayPriority) }),
        .init(
            "interface_name", .none(.notYet), decode: { $1.interfaceName = interfaceName(from: $0) },
            render: { .text($0.interfaceName) }),
        .init(
            "ipv4_address", .none(.notYet),
            decode: { $1.ipv4Address = $0.ipAddress("an IPv4 address", where: IPAddressText.isIPv4) },
            render: { .text($0.ipv4Address) }),
        .init(
            "ipv6_address", .none(.notYet),
            decode: { $1.ipv6Address = $0.ipAddress("an IPv6 address", where: IPAddressText.isIPv6) },
            render: { .text($0.ipv6Address) }),
        .init(
            "link_local_ips", .none(.notYet),
            decode: { cursor, endpoint in
                endpoint.linkLocalAddresses = cursor.stringsOnce()
                for item in cursor.items ?? [] where item.stringValue != nil { _ = item.ipAddress() }
            }, render: { .texts($0.linkLocalAddresses) }),
        .init(
            "mac_address", .none(.notYet), decode: { $1.macAddress = $0.macAddress() }, render: { .text($0.macAddress) }
        ),
        .init(
            "priority", decode: { $1.priority = $0.integer("a priority", in: Int.min...Int.max) ?? 0 },
            render: { .count($0.priority) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    /// What the kernel takes for the name of a link: up to 15 bytes, neither blanks nor `/` nor `:`.
    private static func interfaceName(from cursor: Cursor) -> String? {
        guard let text = cursor.nonEmptyString() else { return nil }
        let isValid = text.utf8.allSatisfy {
            $0 > 0x20 && $0 != 0x7F && ![UInt8(ascii: "/"), UInt8(ascii: ":")].contains($0)
        }
        if !isValid || text.utf8.count > 15 || text == "." || text == ".." {
            cursor.unusable(
                "`\(text)` is no name of a network interface",
                expected: "up to 15 characters without blanks, `/` and `:`")
        }
        return text
    }

    /// `null` when nothing but the key was said.
    func rendered() -> Value {
        let value = Self.table.rendered(self)
        return value == .map([]) && !isEmptyMapping ? .null : value
    }
}

extension Cursor {
    /// A hardware address of six pairs of hexadecimal digits; an empty text counts as not written.
    func macAddress() -> String? {
        guard let text = nonEmptyString() else { return nil }
        let parts = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }
        let isValid = parts.count == 6 && parts.allSatisfy { $0.utf8.count == 2 && UInt8($0, radix: 16) != nil }
        if !isValid || text.contains("+") {
            unusable("`\(text)` is no MAC address", expected: "an address such as `02:42:ac:11:00:02`")
        }
        return text
    }
}
