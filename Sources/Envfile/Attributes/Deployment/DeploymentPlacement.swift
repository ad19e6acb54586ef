/// `placement`: the nodes of a cluster on which containers may run.
package struct DeploymentPlacement: Hashable, Sendable {
    package var constraints: [String]
    /// The node labels over which containers are spread, in order.
    package var spreads: [String]
    /// 0 for no limit.
    package var replicasPerNode: Int

    package init(constraints: [String] = [], spreads: [String] = [], replicasPerNode: Int = 0) {
        self.constraints = constraints
        self.spreads = spreads
        self.replicasPerNode = replicasPerNode
    }
}

extension DeploymentPlacement {
    static func decoded(from cursor: Cursor) -> DeploymentPlacement? {
        var placement = DeploymentPlacement()
        return table.decode(cursor, into: &placement) ? placement : nil
    }

    private static let table = AttributeTable<DeploymentPlacement, DeploymentPlacement>([
        .init(
            "constraints", decode: { $1.constraints = ($0.strings() ?? []).map(\.value) },
            render: { .texts($0.constraints) }),
        .init(
            "max_replicas_per_node",
            decode: { $1.replicasPerNode = $0.integer("a number of containers", in: 0...Int.max) ?? 0 },
            render: { .count($0.replicasPerNode) }),
        .init(
            "preferences", keys: .entries(preferenceTable.keys),
            decode: { cursor, placement in
                for item in cursor.list() ?? [] { preferenceTable.decode(item, into: &placement) }
            }, render: { model in .items(model.spreads) { .object([("spread", .string($0))]) } }),
    ])

    static var keys: [AttributeKey] { table.keys }

    private static let preferenceTable = DecodingTable<DeploymentPlacement>([
        .init(
            "spread",
            decode: { cursor, placement in
                if let label = cursor.nonEmptyString() { placement.spreads.append(label) }
            })
    ])

    func rendered() -> Value {
        Self.table.rendered(self)
    }
}
