internal import Diagnostics
internal import Images
internal import Planning
internal import Store
internal import Supervisor
internal import SupervisorProtocol
internal import Vocabulary
internal import Workspaces

/// The steps of `pre_start`.
extension ContainerOperations {
    /// Runs the container of a step to its end and removes it; what an earlier run of it has left goes first.
    ///
    /// - Parameters:
    ///   - number: the number of the step, from 1.
    ///   - service: the service that the step is of.
    /// - Throws: `EngineError.hookFailed` for a step that does not end with code 0; its container is kept.
    func runStep(
        _ container: DesiredContainer, number: Int, of service: ServiceName, _ image: () throws -> Image
    ) throws {
        let id = container.id
        if try workspace.record(of: id) != nil { try remove(id) }
        let image = try image()
        try create(container, from: image, keepsChanges: false)
        let step = "Step \(number) of `pre_start` of service \(service)"
        do {
            try start(container) { image }
        } catch {
            throw EngineError(
                .hookFailed, "\(step) could not be started: \(ErrorReport(of: error).message)", causes: [error])
        }
        let left = waitDeadline.map { max(.zero, $0 - ContinuousClock.now) }
        let result = try workspace.supervisor().expect("\(id)", .completed, within: left)
        if result.outcome == .met { return try remove(id) }
        let reason: String
        if result.outcome == .late {
            _ = try workspace.supervisor().stop([stopOrder(of: id, gracePeriod: container.stopGracePeriod)])
            reason = "did not end within the time of `--wait-timeout`, and was stopped"
        } else {
            // What it wrote is in the log once its end has been waited for.
            let status = try workspace.supervisor().wait(for: "\(id)")
            reason = "ended with \(status.code.map { "code \($0)" } ?? "an unknown code")"
        }
        let command = (container.process.command ?? []).joined(separator: " ").visibleInLine
        throw EngineError(
            .hookFailed,
            "\(step)\(command.isEmpty ? "" : ", `\(command)`,") \(reason). Its container \(id) is kept for a look until the "
                + "next `up` or `down`.\(try ServiceFailure(workspace: workspace, id: id).output())")
    }
}
