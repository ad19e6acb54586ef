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
        let published: ClosedRange<UInt16>?
        let target: UInt16
        let transportProtocol: TransportProtocol

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

extension PortMapping.HostAddress {
    /// The host address of an entry without one.
    static func unspecified(in dialect: Dialect) -> PortMapping.HostAddress {
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
    var target: UInt16?
    var published: ClosedRange<UInt16>?
    var hostAddress: PortMapping.HostAddress?
    var transportProtocol: PortMapping.TransportProtocol?
    var autoCorrects: Bool?
    var details = PortMapping.Details(mode: nil, isProtocolGiven: false)

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
            .init("host_ip", decode: { $1.hostAddress = hostAddress(from: $0) }, render: { .text($0.hostAddressText) }),
            .init(
                "mode", .information, decode: { $1.details.mode = $0.choice(PortMapping.Mode.self) },
                render: { .text($0.details.mode?.rawValue) }),
            .init(
                "name", .information, decode: { $1.details.name = $0.nonEmptyString() },
                render: { .text($0.details.name) }),
            .init(
                "protocol", .partly(.notYet),
                decode: { cursor, port in
                    port.transportProtocol = cursor.choice(PortMapping.TransportProtocol.self)
                    port.details.isProtocolGiven = port.transportProtocol != nil
                },
                render: { $0.details.isProtocolGiven ? .string($0.transportProtocol.rawValue) : nil }),
            .init("published", decode: { $1.published = published(from: $0) }, render: { .text($0.publishedText) }),
            .init(
                "target", decode: { $1.target = $0.integer("a port", in: 1...65535).map { UInt16($0) } },
                render: { .integer(Int($0.target)) }),
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

    private static func hostAddress(from cursor: Cursor) -> PortMapping.HostAddress? {
        guard let text = cursor.nonEmptyString() else { return nil }
        if IPAddressText.isValid(text) { return .address(text) }
        cursor.error("`\(text)` is no IP address", expected: "an IPv4 or IPv6 address")
        return nil
    }

    private static func published(from cursor: Cursor) -> ClosedRange<UInt16>? {
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

    fileprivate var hostAddressText: String? {
        if case .address(let address) = hostAddress { return address }
        return nil
    }

    fileprivate var publishedText: String? {
        published.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
    }
}
