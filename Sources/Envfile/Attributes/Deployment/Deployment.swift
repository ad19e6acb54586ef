/// `deploy`: the number of a service's containers, their resources and their restarts.
///
/// Settings for clusters (`mode: global`, placement, rolling updates, endpoints) are kept and have no effect.
package struct Deployment: Hashable, Sendable {
    /// `replicated`, `global` or another word as written; `nil` for `replicated`.
    package var mode: String?
    /// The number of containers; `nil` when the service's `scale` or 1 decides.
    package var replicas: Int?
    /// Labels of the service, not of its containers.
    package var labels: [String: String]
    package var update: DeploymentUpdate?
    package var rollback: DeploymentUpdate?
    package var limits: DeploymentResources?
    package var reservations: DeploymentResources?
    package var restartPolicy: DeploymentRestart?
    package var placement: DeploymentPlacement
    /// `vip`, `dnsrr` or another word as written.
    package var endpointMode: String?

    package init(
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

extension Deployment {
    /// `deploy`; an empty mapping counts as absent.
    static func decoded(from cursor: Cursor) -> Deployment? {
        if cursor.node.isNull { return nil }
        var deployment = Deployment()
        return table.decode(cursor, into: &deployment) ? deployment : nil
    }

    private static let table = AttributeTable<Deployment, Deployment>([
        .init(
            "endpoint_mode", .none(.swarm), decode: { $1.endpointMode = $0.word(among: ["vip", "dnsrr"]) },
            render: { .text($0.endpointMode) }),
        .init("labels", .none(.swarm), decode: { $1.labels = Labels.decoded(from: $0) }, render: { .texts($0.labels) })
            .merged(.keyValues),
        .init(
            "mode", .none(.swarm),
            decode: {
                $1.mode = $0.word(among: ["replicated", "global", "replicated-job", "global-job"])
            }, render: { .text($0.mode) }
        ).silent(for: "replicated"),
        .init(
            "placement", .none(.swarm), keys: .fields(DeploymentPlacement.keys),
            decode: { $1.placement = DeploymentPlacement.decoded(from: $0) ?? $1.placement },
            render: { $0.placement.rendered() }),
        .init(
            "replicas", .lifecycle,
            decode: { $1.replicas = $0.integer("a number of containers", in: 0...Int(Int32.max)) },
            render: { model in model.replicas.map { .integer($0) } }),
        .init(
            "resources", .parts, keys: .fields(resourcesTable.keys),
            decode: { resourcesTable.decode($0, into: &$1) }, render: { resourcesTable.rendered($0) }),
        .init(
            "restart_policy", .lifecycle, keys: .fields(DeploymentRestart.keys),
            decode: { $1.restartPolicy = DeploymentRestart.decoded(from: $0) }, render: { $0.restartPolicy?.rendered() }
        ),
        .init(
            "rollback_config", .none(.swarm), keys: .fields(DeploymentUpdate.keys),
            decode: { $1.rollback = DeploymentUpdate.decoded(from: $0) }, render: { $0.rollback?.rendered() }),
        .init(
            "update_config", .none(.swarm), keys: .fields(DeploymentUpdate.keys),
            decode: { $1.update = DeploymentUpdate.decoded(from: $0) }, render: { $0.update?.rendered() }),
    ])

    static var keys: [AttributeKey] { table.keys }

    private static let resourcesTable = AttributeTable<Deployment, Deployment>([
        .init(
            "limits", .container, keys: .fields(DeploymentResources.limitKeys),
            decode: { $1.limits = DeploymentResources.decodedLimits(from: $0) }, render: { $0.limits?.rendered() }),
        .init(
            "reservations", .parts, keys: .fields(DeploymentResources.reservationKeys),
            decode: { $1.reservations = DeploymentResources.decodedReservations(from: $0) },
            render: { $0.reservations?.rendered() }),
    ])

    /// Compose always shows `placement` and `resources`.
    func rendered() -> Value {
        Self.table.rendered(self)
    }
}
