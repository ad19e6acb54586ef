package import Vocabulary

/// A service's membership in a network, in full: an entry of its `networks`.
package struct NetworkAttachment: Hashable, Sendable {
    /// The key under the top-level `networks:`.
    package var network: NetworkName
    /// Names besides the service's own, each once, in the order written.
    package var aliases: [String]
    package var ipv4Address: String?
    package var ipv6Address: String?
    package var linkLocalAddresses: [String]
    /// As written, which `config` shows.
    package var macAddress: String?
    package var driverOptions: [String: String]
    /// The network with the highest number is connected first; 0 when nothing is said.
    package var priority: Int
    /// The network with the highest number has the default gateway; 0 when nothing is said.
    package var gatewayPriority: Int
    /// The name of the link in the container; `nil` for `eth0`, `eth1`, ….
    package var interfaceName: String?
    /// Whether a mapping was written that says nothing, which Compose shows as one.
    package var isEmptyMapping = false

    package init(
        network: NetworkName, aliases: [String] = [], ipv4Address: String? = nil, ipv6Address: String? = nil,
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
                var endpoint = NetworkAttachment(network: NetworkName(unchecked: entry.key.name))
                if !entry.value.node.isNull, table.decode(entry.value, into: &endpoint) {
                    endpoint.isEmptyMapping =
                        endpoint == NetworkAttachment(network: NetworkName(unchecked: entry.key.name))
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
            if seen.insert(name).inserted {
                return item.located(NetworkAttachment(network: NetworkName(unchecked: name)))
            }
            item.error("the network `\(name)` is listed twice")
            return nil
        }
    }

    private static let table = AttributeTable<NetworkAttachment, NetworkAttachment>([
        .init("aliases", decode: { $1.aliases = aliases(from: $0) }, render: { .texts($0.aliases) }).merged(
            .list(.text)),
        .init(
            "driver_opts", .partly(.foreign), decode: { $1.driverOptions = ScalarMapping.decoded(from: $0) },
            render: { .texts($0.driverOptions) }),
        .init(
            "gw_priority",
            decode: { $1.gatewayPriority = $0.integer("a priority", in: Int.min...Int.max) ?? 0 },
            render: { .count($0.gatewayPriority) }),
        .init(
            "interface_name", .network, decode: { $1.interfaceName = interfaceName(from: $0) },
            render: { .text($0.interfaceName) }),
        .init(
            "ipv4_address", .network,
            decode: { $1.ipv4Address = $0.ipAddress("an IPv4 address", where: { IPv4Address(parsing: $0) != nil }) },
            render: { .text($0.ipv4Address) }),
        .init(
            "ipv6_address", .network,
            decode: { $1.ipv6Address = $0.ipAddress("an IPv6 address", where: { IPv6Address(parsing: $0) != nil }) },
            render: { .text($0.ipv6Address) }),
        .init(
            "link_local_ips", .network,
            decode: { cursor, endpoint in
                endpoint.linkLocalAddresses = cursor.stringsOnce()
                for item in cursor.items ?? [] where item.stringValue != nil { _ = item.ipAddress() }
            }, render: { .texts($0.linkLocalAddresses) }
        ).merged(.list(.text)),
        .init(
            "mac_address", .network, decode: { $1.macAddress = $0.macAddress() }, render: { .text($0.macAddress) }),
        .init(
            "priority", decode: { $1.priority = $0.integer("a priority", in: Int.min...Int.max) ?? 0 },
            render: { .count($0.priority) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    /// Whether each part of a name is a label of a domain name; RFC 1035, section 2.3.4.
    static func canBeLookedUp(_ name: String) -> Bool {
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return name.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.count)
                    && label.allSatisfy {
                        $0.isAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
                    }
            }
    }

    private static func aliases(from cursor: Cursor) -> [String] {
        for item in cursor.items ?? [] {
            guard let text = item.stringValue else { continue }
            if !canBeLookedUp(text) {
                item.unusable(
                    "`\(text)` is no name that can be looked up",
                    expected: "letters, digits, `-` and `_`, at most 63 between two dots")
            }
        }
        return cursor.stringsOnce()
    }

    /// What the kernel takes for the name of a link: up to 15 bytes, neither blanks nor `/` nor `:`.
    private static func interfaceName(from cursor: Cursor) -> String? {
        guard let text = cursor.nonEmptyString() else { return nil }
        if !isInterfaceName(text) {
            cursor.unusable(
                "`\(text)` is no name of a network interface",
                expected: "up to 15 characters without blanks, `/` and `:`")
        }
        return text
    }

    static func isInterfaceName(_ text: String) -> Bool {
        let isValid = text.utf8.allSatisfy {
            $0 > 0x20 && $0 != 0x7F && ![UInt8(ascii: "/"), UInt8(ascii: ":")].contains($0)
        }
        return isValid && (1...15).contains(text.utf8.count) && text != "." && text != ".."
    }

    /// The name of the link in the container by either way; `nil` for `eth0`, `eth1`, ….
    package var ownInterfaceName: String? { interfaceName ?? EndpointOptions(driverOptions).interfaceName }

    /// `null` when nothing but the key was said.
    func rendered() -> Value {
        let value = Self.table.rendered(self)
        return value == .map([]) && !isEmptyMapping ? .null : value
    }
}

extension Cursor {
    /// The text of a hardware address, as written; an empty text counts as not written.
    func macAddress() -> String? {
        guard let text = nonEmptyString() else { return nil }
        if MACAddress(parsing: text) == nil {
            unusable(
                "`\(text)` is no MAC address", expected: "the address of a station, such as `02:42:ac:11:00:02`")
        }
        return text
    }
}
