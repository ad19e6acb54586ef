package import Planning

/// A plan as it is shown.
package struct PlanReport: Sendable, Encodable {
    /// The plan as text, one line for each resource.
    package var text: String { plan.description }
    /// Whether something is known to change.
    package var hasChanges: Bool { plan.hasChanges }
    let plan: Plan

    package init(plan: Plan) {
        self.plan = plan
    }

    private enum CodingKeys: String, CodingKey {
        case changes, notes
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(plan.rows, forKey: .changes)
        try container.encode(plan.notes, forKey: .notes)
    }
}
