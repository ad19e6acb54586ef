internal import Planning
internal import Workspaces

/// Baked images of a registry, where what they lie upon comes only during `up`.
extension EnvironmentControl {
    /// Brings the baked images that the lock names for bases that have come only now.
    func bringBaked(
        _ project: Project, _ options: UpOptions, _ images: ProjectImages, _ workspace: Workspace, _ plan: Plan,
        _ executor: EnvironmentExecutor, _ sink: any EventSink
    ) async throws {
        let tried = Set(plan.operations.compactMap(\.operation.bakedSource))
        let rest = try self.plan(project, options, images, workspace, due: nil, offersBaked: true)
        let isNew: (PlannedOperation) -> Bool = { planned in
            planned.operation.bakedSource.map { !tried.contains($0) } ?? false
        }
        guard rest.operations.contains(where: isNew) else { return }
        try await PlanExecutor(plan: rest, sink: sink).run(where: isNew) { try executor.perform($0, $1) }
    }
}

extension Planning.Operation {
    /// Where a baked image is brought from.
    fileprivate var bakedSource: String? {
        if case .bringBaked(_, let source) = self { source } else { nil }
    }
}
