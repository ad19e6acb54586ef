internal import Building
internal import Execution
internal import ImageCommands
package import Workspaces

/// `down`.
extension Engine {
    package func down(_ identity: EnvironmentTarget, _ options: DownOptions, sink: any EventSink) async throws {
        let workspace = Workspace(id: identity.id, host: try context.host())
        let lock = try context.lock(workspace, sink)
        try BuildLeftovers(host: workspace.host).remove()
        try await environments.takeDown(options, workspace, sink)
        if let removal = options.removedImages {
            guard let project = identity.project else {
                throw EngineError(
                    .invalidProject,
                    "It is down, and no image was removed: only the Envfile tells them, and it cannot be read. Mend it "
                        + "and say `trice down --rmi \(removal.rawValue)` again.")
            }
            try images.removeImages(of: project, removal, workspace.host, sink)
        }
        _ = consume lock
    }
}
