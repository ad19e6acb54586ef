internal import Vocabulary

extension PortMapping {
    /// `ports`: a list of short strings, integers and long mappings.
    static func decodedList(from cursor: Cursor) -> [Located<PortMapping>] {
        var places: Set<Place> = []
        return (cursor.list() ?? []).flatMap { item in
            decoded(from: item).map(item.located).filter { places.insert(Place($0.value)).inserted }
        }
    }

    /// The identity of an entry, which must be unique in a list.
    private struct Place: Hashable {
        let address: HostAddress
        let published: PortRange?
        let target: Port
        let transportProtocol: Transport

        init(_ port: PortMapping) {
            address = port.hostAddress
            published = port.published
            target = port.target
            transportProtocol = port.transportProtocol
        }
    }

    private static func decoded(from cursor: Cursor) -> [PortMapping] {
        if cursor.entries != nil {
            return LongPort.decoded(from: cursor).map { [$0] } ?? []
        }
        guard let scalar = cursor.scalar, scalar.type == .string || scalar.type == .integer else {
            cursor.mismatch("a port such as \"8080:80\" or a mapping")
            return []
        }
        do throws(PortProblem) {
            let short = try ShortPort(scalar.text)
            return try short.mappings(
                unspecified: HostAddress.unspecified(in: cursor.context.dialect),
                autoCorrects: cursor.context.dialect == .trice)
        } catch {
            cursor.error(
                "`\(scalar.text)` is no port: \(error.message)", expected: "[HOST:][PUBLISHED:]TARGET[/PROTOCOL]",
                hint: error.hint)
            return []
        }
    }

    /// `expose`: the texts of a list, each once.
    static func exposed(from cursor: Cursor) -> [String] {
        var seen: Set<String> = []
        for item in cursor.list() ?? [] {
            guard let scalar = item.scalar, scalar.type == .string || scalar.type == .integer else {
                item.mismatch("a port such as \"3000\" or \"3000-3005/tcp\"")
                continue
            }
            do throws(PortProblem) {
                let (text, _) = try ShortPort.splitProtocol(scalar.text[...])
                _ = try ShortPort.range(text)
            } catch {
                item.unusable("`\(scalar.text)` is no port: \(error.message)")
            }
        }
        return (cursor.items ?? []).compactMap(\.scalar?.text).filter { seen.insert($0).inserted }
    }
}

extension HostAddress {
    /// The host address of an entry without one.
    static func unspecified(in dialect: Dialect) -> HostAddress {
        dialect == .trice ? .loopback : .any
    }
}

/// Why a string is no port.
struct PortProblem: Error, Equatable {
    var message: String
    var hint: String?
}

/// The long form of an entry of `ports`.
struct LongPort {
    var target: Port?
    var published: PortRange?
    var hostAddress: HostAddress?
    var transportProtocol: Transport?
    var autoCorrects: Bool?
    var details = PortMapping.Details()

    static func decoded(from cursor: Cursor) -> PortMapping? {
        var port = LongPort()
        table.decode(cursor, into: &port)
        guard let target = port.target else {
            if cursor.node["target"] == nil { cursor.error("\(cursor.path) has no `target`") }
            return nil
        }
        let dialect = cursor.context.dialect
        return PortMapping(
            hostAddress: port.hostAddress ?? .unspecified(in: dialect), published: port.published, target: target,
            transportProtocol: port.transportProtocol ?? .tcp,
            autoCorrects: port.autoCorrects ?? (dialect == .trice), details: port.details)
    }

    private static let table = AttributeTable<LongPort, PortMapping>(
        [
            .init(
                "app_protocol", .information, decode: { $1.details.appProtocol = $0.nonEmptyString() },
                render: { .text($0.details.appProtocol) }),
            .init(
                "host_ip",
                decode: { cursor, port in
                    port.hostAddress = hostAddress(from: cursor)
                    port.details.hostAddressText = cursor.stringValue
                }, render: { .text($0.details.hostAddressText) }),
            .init(
                "mode", .information, decode: { $1.details.mode = $0.choice(PortMapping.Mode.self) ?? .ingress },
                render: { .string($0.details.mode.rawValue) }),
            .init(
                "name", .information, decode: { $1.details.name = $0.nonEmptyString() },
                render: { .text($0.details.name) }),
            .init(
                "protocol",
                decode: { cursor, port in
                    port.transportProtocol = transport(from: cursor)
                    let name = port.transportProtocol?.rawValue
                    port.details.protocolText = cursor.stringValue == name ? nil : cursor.stringValue
                }, render: { .string($0.details.protocolText ?? $0.transportProtocol.rawValue) }),
            .init("published", decode: { $1.published = published(from: $0) }, render: { .text($0.publishedText) }),
            .init(
                "target", decode: { $1.target = $0.integer("a port", in: 1...65535).flatMap { Port(exactly: $0) } },
                render: { .integer(Int($0.target.rawValue)) }),
        ],
        extras: [
            .init(
                "auto_correct", decode: { $1.autoCorrects = $0.bool() },
                renderInContext: { port, context in
                    port.autoCorrects == (context.dialect == .trice) ? nil : .bool(port.autoCorrects)
                })
        ])

    static var keys: [AttributeKey] { table.keys }

    static func rendered(_ port: PortMapping, in context: RenderingContext) -> Value {
        table.rendered(port, in: context)
    }

    private static func hostAddress(from cursor: Cursor) -> HostAddress? {
        guard let text = cursor.nonEmptyString() else { return nil }
        if let address = IPAddress(parsing: text) { return .address(address) }
        cursor.error("`\(text)` is no IP address", expected: "an IPv4 or IPv6 address")
        return nil
    }

    /// The name in any case.
    private static func transport(from cursor: Cursor) -> Transport? {
        guard let text = cursor.stringValue, let transport = Transport(parsing: text) else {
            return cursor.choice(Transport.self)
        }
        return transport
    }

    private static func published(from cursor: Cursor) -> PortRange? {
        guard let scalar = cursor.scalar, scalar.type == .string || scalar.type == .integer else {
            cursor.mismatch("a port or a range such as \"8000-8010\"")
            return nil
        }
        if scalar.text.isEmpty || scalar.text == "0" { return nil }
        do throws(PortProblem) {
            return try ShortPort.range(scalar.text[...])
        } catch {
            cursor.error("`\(scalar.text)` is no port: \(error.message)")
            return nil
        }
    }
}

extension PortMapping {
    func rendered(_ context: RenderingContext) -> Value { LongPort.rendered(self, in: context) }

    fileprivate var publishedText: String? { published.map { "\($0)" } }
}
