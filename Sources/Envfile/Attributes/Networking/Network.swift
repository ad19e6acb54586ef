package import Vocabulary

/// An entry of the top-level `networks`.
package struct Network: Hashable, Sendable {
    /// The key under `networks:`.
    package var name: NetworkName
    package var identity: ResourceIdentity
    /// `nil` for a bridge.
    package var driver: String?
    package var driverOptions: [String: String]
    package var addressing: NetworkAddressing
    /// Whether containers must not reach beyond the network.
    package var isInternal: Bool
    package var isAttachable: Bool
    /// `nil` for yes.
    package var usesIPv4: Bool?
    package var usesIPv6: Bool
    package var labels: [String: String]
    /// Whether no file has it and a `network_mode` names it.
    package var isOfMode = false
    /// The services of another environment that it was joined for; `nil` for a network that a file has.
    package var externalServices: ExternalServiceNames?

    package init(
        name: NetworkName, identity: ResourceIdentity = ResourceIdentity(), driver: String? = nil,
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
    /// The network that a `network_mode` names: `bridge` is one of the environment's own, and all else is another one's.
    init(ofMode name: NetworkName) {
        self.init(name: name, identity: ResourceIdentity(isExternal: name != "bridge"))
        isOfMode = true
    }

    /// An entry of `networks`; it may be empty. `nil` when it is no mapping.
    static func decoded(named name: NetworkName, from cursor: Cursor) -> Network? {
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
        .init("driver", .network, decode: { $1.driver = $0.nonEmptyString() }, render: { .text($0.driver) }),
        .init(
            "driver_opts", .partly(.foreign), decode: { $1.driverOptions = ScalarMapping.decoded(from: $0) },
            render: { .texts($0.driverOptions) }),
        .init(
            "enable_ipv4", .network, decode: { $1.usesIPv4 = $0.bool() },
            render: { model in model.usesIPv4.map { .bool($0) } }),
        .init(
            "enable_ipv6", .network, decode: { $1.usesIPv6 = $0.bool() ?? false }, render: { .flag($0.usesIPv6) }),
        .init(
            "external", .network, keys: .fields(ResourceIdentity.keys), decode: { _, _ in },
            render: { .flag($0.identity.isExternal) }),
        .init("internal", decode: { $1.isInternal = $0.bool() ?? false }, render: { .flag($0.isInternal) }),
        .init(
            "ipam", .parts, keys: .fields(NetworkAddressing.keys),
            decode: { $1.addressing = NetworkAddressing.decoded(from: $0) ?? $1.addressing },
            render: { $0.addressing.rendered() }),
        .init("labels", .information, decode: { $1.labels = Labels.decoded(from: $0) }, render: { .texts($0.labels) })
            .merged(.keyValues),
        .init(
            "name", .network, decode: { _, _ in },
            renderInContext: { model, context in
                .string(model.identity.name(key: model.name.rawValue, project: context.project))
            }),
    ])

    static var keys: [AttributeKey] { table.keys }

    /// Compose always shows `ipam`.
    func rendered(project: String) -> Value {
        Self.table.rendered(self, in: RenderingContext(project: project))
    }
}
