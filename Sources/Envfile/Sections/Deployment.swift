/// `deploy`: how many containers a service runs as, what they may use and when they start again.
///
/// What only a cluster can do (`mode: global`, placement, rolling updates, endpoints) is kept and means nothing here.
public struct Deployment: Hashable, Sendable {
    /// `replicated`, `global` or another word as written; `nil` for `replicated`.
    public var mode: String?
    /// How many containers run; `nil` when the service's `scale` or 1 decides.
    public var replicas: Int?
    /// Labels of the service, not of its containers.
    public var labels: [String: String]
    public var update: DeploymentUpdate?
    public var rollback: DeploymentUpdate?
    public var limits: DeploymentResources?
    public var reservations: DeploymentResources?
    public var restartPolicy: DeploymentRestart?
    public var placement: DeploymentPlacement
    /// `vip`, `dnsrr` or another word as written.
    public var endpointMode: String?

    public init(
        mode: String? = nil, replicas: Int? = nil, labels: [String: String] = [:], update: DeploymentUpdate? = nil,
        rollback: DeploymentUpdate? = nil, limits: DeploymentResources? = nil,
        reservations: DeploymentResources? = nil, restartPolicy: DeploymentRestart? = nil,
        placement: DeploymentPlacement = DeploymentPlacement(), endpointMode: String? = nil
    ) {
        self.mode = mode
        self.replicas = replicas
        self.labels = labels
        self.update = update
        self.rollback = rollback
        self.limits = limits
        self.reservations = reservations
        self.restartPolicy = restartPolicy
        self.placement = placement
        self.endpointMode = endpointMode
    }
}

/// Where a cluster may put containers: `placement`.
public struct DeploymentPlacement: Hashable, Sendable {
    public var constraints: [String]
    /// The node labels over which containers are spread, in order.
    public var spreads: [String]
    /// 0 for no limit.
    public var replicasPerNode: Int

    public init(constraints: [String] = [], spreads: [String] = [], replicasPerNode: Int = 0) {
        self.constraints = constraints
        self.spreads = spreads
        self.replicasPerNode = replicasPerNode
    }
}

extension Deployment {
    /// `deploy`; an empty one is none.
    static func decoded(from cursor: Cursor) -> Deployment? {
        if cursor.node.isNull { return nil }
        var deployment = Deployment()
        return table.decode(cursor, into: &deployment) ? deployment : nil
    }

    private static let table = AttributeTable<Deployment>([
        "endpoint_mode": { $1.endpointMode = $0.word(among: ["vip", "dnsrr"]) },
        "labels": { $1.labels = Labels.decoded(from: $0) },
        "mode": {
            $1.mode = $0.word(among: ["replicated", "global", "replicated-job", "global-job"])
        },
        "placement": { $1.placement = DeploymentPlacement.decoded(from: $0) ?? $1.placement },
        "replicas": { $1.replicas = $0.integer("a number of containers", in: 0...Int(Int32.max)) },
        "resources": { resourcesTable.decode($0, into: &$1) },
        "restart_policy": { $1.restartPolicy = DeploymentRestart.decoded(from: $0) },
        "rollback_config": { $1.rollback = DeploymentUpdate.decoded(from: $0) },
        "update_config": { $1.update = DeploymentUpdate.decoded(from: $0) },
    ])

    private static let resourcesTable = AttributeTable<Deployment>([
        "limits": { $1.limits = DeploymentResources.decodedLimits(from: $0) },
        "reservations": { $1.reservations = DeploymentResources.decodedReservations(from: $0) },
    ])

    /// Compose always shows `placement` and `resources`.
    func rendered() -> Value {
        .object([
            ("endpoint_mode", .text(endpointMode)), ("labels", .texts(labels)), ("mode", .text(mode)),
            ("placement", placement.rendered()), ("replicas", replicas.map { .integer($0) }),
            (
                "resources",
                .object([("limits", limits?.rendered()), ("reservations", reservations?.rendered())])
            ),
            ("restart_policy", restartPolicy?.rendered()), ("rollback_config", rollback?.rendered()),
            ("update_config", update?.rendered()),
        ])
    }
}

extension DeploymentPlacement {
    static func decoded(from cursor: Cursor) -> DeploymentPlacement? {
        var placement = DeploymentPlacement()
        return table.decode(cursor, into: &placement) ? placement : nil
    }

    private static let table = AttributeTable<DeploymentPlacement>([
        "constraints": { $1.constraints = ($0.strings() ?? []).map(\.value) },
        "max_replicas_per_node": { $1.replicasPerNode = $0.integer("a number of containers", in: 0...Int.max) ?? 0 },
        "preferences": { cursor, placement in
            for item in cursor.list() ?? [] { preferenceTable.decode(item, into: &placement) }
        },
    ])

    private static let preferenceTable = AttributeTable<DeploymentPlacement>([
        "spread": { cursor, placement in
            if let label = cursor.nonEmptyString() { placement.spreads.append(label) }
        }
    ])

    func rendered() -> Value {
        .object([
            ("constraints", .texts(constraints)), ("max_replicas_per_node", .count(replicasPerNode)),
            ("preferences", .items(spreads) { .object([("spread", .string($0))]) }),
        ])
    }
}
