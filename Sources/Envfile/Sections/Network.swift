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

    private static let table = AttributeTable<Network>([
        "attachable": { $1.isAttachable = $0.bool() ?? false },
        "driver": { $1.driver = $0.nonEmptyString() },
        "driver_opts": { $1.driverOptions = ScalarMapping.decoded(from: $0) },
        "enable_ipv4": { $1.usesIPv4 = $0.bool() },
        "enable_ipv6": { $1.usesIPv6 = $0.bool() ?? false },
        "external": { _, _ in },
        "internal": { $1.isInternal = $0.bool() ?? false },
        "ipam": { $1.addressing = NetworkAddressing.decoded(from: $0) ?? $1.addressing },
        "labels": { $1.labels = Labels.decoded(from: $0) },
        "name": { _, _ in },
    ])

    /// Compose always shows `ipam`.
    func rendered(project: String) -> Value {
        .object([
            ("attachable", .flag(isAttachable)), ("driver", .text(driver)), ("driver_opts", .texts(driverOptions)),
            ("enable_ipv4", usesIPv4.map { .bool($0) }), ("enable_ipv6", .flag(usesIPv6)),
            ("external", .flag(identity.isExternal)), ("internal", .flag(isInternal)), ("ipam", addressing.rendered()),
            ("labels", .texts(labels)), ("name", .string(identity.name(key: name, project: project))),
        ])
    }
}
