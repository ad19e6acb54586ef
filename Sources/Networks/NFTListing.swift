internal import Netlink
internal import Vocabulary

/// The output of `nft -j list …`; libnftables-json(5).
struct NFTListing {
    /// The objects in order, each with its kind.
    private let objects: [(kind: String, value: JSONValue)]

    /// - Throws: `.unreadableRules`.
    init(_ json: [UInt8]) throws(NetworkError) {
        let root: JSONValue
        do {
            root = try JSONCoding.decode(JSONValue.self, from: json)
        } catch {
            throw NetworkError(.unreadableRules, "the output of nft is not JSON", cause: error)
        }
        guard case .list(let items)? = root["nftables"] else {
            throw NetworkError(.unreadableRules, "the output of nft is not a list of rules")
        }
        objects = items.flatMap { item in
            guard case .object(let members) = item else { return [(kind: String, value: JSONValue)]() }
            return members.map { (kind: $0.key, value: $0.value) }
        }
    }

    /// The names of Trice's tables.
    var environments: [String] {
        objects.compactMap { object in
            guard object.kind == "table", object.value["family"]?.text == "inet",
                let name = object.value["name"]?.text, name.hasPrefix(Ruleset.table(of: ""))
            else { return nil }
            return String(name.dropFirst(Ruleset.table(of: "").count))
        }
    }

    /// How many rules all chains have together.
    var ruleCount: Int { objects.count { $0.kind == "rule" } }

    var chains: [FilterChain] {
        objects.compactMap { object in
            guard object.kind == "chain", let family = object.value["family"]?.text,
                let table = object.value["table"]?.text, let name = object.value["name"]?.text
            else { return nil }
            return FilterChain(
                family: family, table: table, name: name, hook: object.value["hook"]?.text,
                policy: object.value["policy"]?.text)
        }
    }

    /// The bridges in the set of an environment.
    var bridges: [InterfaceName] {
        elements("set", Ruleset.bridgeSet).compactMap { element in
            // An invalid name was not written by Trice.
            element.text.flatMap { try? InterfaceName($0) }
        }
    }

    /// The published ports in the maps of an environment; other elements are left out.
    var ports: [PublishedPort] {
        Transport.allCases.flatMap { transport in
            [true, false].flatMap { isSingle in
                elements("map", Ruleset.map(transport, isSingle: isSingle)).compactMap {
                    Self.port(transport, $0)
                }
            }
        }.sorted()
    }

    /// The handles of rules that accept exactly by one of these bridges: `iifname|oifname BRIDGE [counter] accept`.
    func acceptHandles(for bridges: Set<String>) -> [Int] {
        objects.compactMap { object in
            guard object.kind == "rule", case .list(let expressions)? = object.value["expr"],
                let handle = object.value["handle"]?.number
            else { return nil }
            let essential = expressions.filter { $0["counter"] == nil }
            guard essential.count == 2, essential[1]["accept"] != nil, let match = essential[0]["match"],
                match["op"]?.text == "==", let bridge = match["right"]?.text, bridges.contains(bridge),
                let key = match["left"]?["meta"]?["key"]?.text, key == "iifname" || key == "oifname"
            else { return nil }
            return handle
        }
    }

    private func elements(_ kind: String, _ name: String) -> [JSONValue] {
        for object in objects where object.kind == kind && object.value["name"]?.text == name {
            if case .list(let elements)? = object.value["elem"] { return elements }
        }
        return []
    }

    private static func port(_ transport: Transport, _ element: JSONValue) -> PublishedPort? {
        guard case .list(let pair) = element, pair.count == 2,
            case .list(let target)? = pair[1]["concat"], target.count == 2,
            let containerAddress = target[0].address, let containerPort = target[1].port
        else { return nil }
        var hostAddress: IPv4Address?
        var key = pair[0]
        if case .list(let parts)? = key["concat"] {
            guard parts.count == 2, let address = parts[0].address else { return nil }
            hostAddress = address
            key = parts[1]
        }
        guard let hostPort = key.port else { return nil }
        return try? PublishedPort(
            transport, hostAddress: hostAddress, hostPort: hostPort, containerAddress: containerAddress,
            containerPort: containerPort)
    }
}

/// Any JSON value, as far as listings have them.
private enum JSONValue: Decodable {
    case text(String)
    case number(Int)
    case list([JSONValue])
    case object([String: JSONValue])
    /// `null`, `true`, `false` and numbers that are no `Int`.
    case other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode(Int.self) {
            self = .number(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else if let value = try? container.decode([String: JSONValue].self) {
            self = .object(value)
        } else {
            self = .other
        }
    }

    subscript(_ key: String) -> JSONValue? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    var text: String? {
        if case .text(let value) = self { value } else { nil }
    }

    var number: Int? {
        if case .number(let value) = self { value } else { nil }
    }

    var address: IPv4Address? { text.flatMap { IPv4Address(parsing: $0) } }

    var port: Port? { number.flatMap { Port(exactly: $0) } }
}
