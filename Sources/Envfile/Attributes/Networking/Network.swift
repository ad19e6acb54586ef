/// An entry of the top-level `networks`.
public struct Network: Hashable, Sendable {
    /// The key under `networks:`.
    public var name: String
    public var identity: ResourceIdentity
    /// `nil` for a bridge.
    public var driver: String?
    public var driverOptions: [String: String]
    public var addressing: NetworkAddressing
    /// Whether containers must not reach beyond the network.
    public var isInternal: Bool
    public var isAttachable: Bool
    /// `nil` for yes.
    public var usesIPv4: Bool?
    public var usesIPv6: Bool
    public var labels: [String: String]

    public init(
        name: String, identity: ResourceIdentity = ResourceIdentity(), driver: String? = nil,
        driverOptions: [String: String] = [:], addressing: NetworkAddressing = NetworkAddressing(),
        isInternal: Bool = false, isAttachable: Bool = false, usesIPv4: Bool? = nil, usesIPv6: Bool = false,
        labels: [String: String] = [:]
    ) {
        self.name = name
        self.identity = identity
        self.driver = driver
        self.driverOptions = driverOptions
        self.addressing = addressing
        self.isInternal = isInternal
        self.isAttachable = isAttachable
        self.usesIPv4 = usesIPv4
        self.usesIPv6 = usesIPv6
        self.labels = labels
    }
}

extension Network {
    /// An entry of `networks`; it may be empty. `nil` when it is no mapping.
    static func decoded(named name: String, from cursor: Cursor) -> Network? {
        var network = Network(name: name, identity: .decoded(from: cursor))
        if cursor.node.isNull { return network }
        guard table.decode(cursor, into: &network) else { return nil }
        network.identity.warnOfIgnored(in: cursor)
        return network
    }

    private static let table = AttributeTable<Network, Network>([
        .init(
            "attachable", .none(.swarm), decode: { $1.isAttachable = $0.bool() ?? false },
            render: { .flag($0.isAttachable) }),
        .init("driver", .information, decode: { $1.driver = $0.nonEmptyString() }, render: { .text($0.driver) }),
        .init(
            "driver_opts", .none(.notYet), decode: { $1.driverOptions = ScalarMapping.decoded(from: $0) },
            render: { .texts($0.driverOptions) }),
        .init(
            "enable_ipv4", .none(.notYet), decode: { $1.usesIPv4 = $0.bool() },
            render: { model in model.usesIPv4.map { .bool($0) } }),
        .init(
            "enable_ipv6", .none(.notYet), decode: { $1.usesIPv6 = $0.bool() ?? false }, render: { .flag($0.usesIPv6) }),
        .init(
            "external", .none(.notYet), keys: .fields(ResourceIdentity.keys), decode: { _, _ in },
            render: { .flag($0.identity.isExternal) }),
        .init("internal", decode: { $1.isInternal = $0.bool() ?? false }, render: { .flag($0.isInternal) }),
        .init(
            "ipam", .none(.notYet), keys: .fields(NetworkAddressing.keys),
            decode: { $1.addressing = NetworkAddressing.decoded(from: $0) ?? $1.addressing },
            render: { $0.addressing.rendered() }),
        .init("labels", .information, decode: { $1.labels = Labels.decoded(from: $0) }, render: { .texts($0.labels) }),
        .init(
            "name", .partly(.notYet), decode: { _, _ in },
            renderInContext: { model, context in .string(model.identity.name(key: model.name, project: context.project))
            }),
    ])

    static var keys: [AttributeKey] { table.keys }

    /// Compose always shows `ipam`.
    func rendered(project: String) -> Value {
        Self.table.rendered(self, in: RenderingContext(project: project))
    }
}
