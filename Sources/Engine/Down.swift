internal import Building
internal import Envfile
internal import Execution
internal import ImageCommands
internal import Setup
package import Workspaces

/// `down`.
extension Engine {
    /// Stops and removes the environment. An environment that does not exist is no error.
    package func down(_ identity: EnvironmentTarget, _ options: DownOptions, sink: any EventSink) async throws {
        let workspace = Workspace(id: identity.id, host: try context.host())
        for place in try workspace.whereabouts(projectName: identity.project?.environment.name) {
            if case .supervised = place {
                throw EngineError(.noEnvironment, "Nothing was taken down: \(place.message)")
            }
            sink.note(place.message, isWarning: true)
        }
        let lock = try context.lock(workspace, sink)
        try await environments.finishRestore(identity, workspace, sink)
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
        if BootService(context.request).isEnabled(identity.id) {
            sink.note(
                "\(identity.id) comes up again when the machine starts. Change that with `trice boot disable`.",
                isWarning: false)
        }
        _ = consume lock
    }
}
