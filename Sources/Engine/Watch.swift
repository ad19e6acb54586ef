internal import Execution
internal import ImageCommands
package import Sessions
internal import Vocabulary
package import Workspaces

/// `watch`.
extension Engine {
    /// Watches files until the task is cancelled; the services are left as they are then.
    ///
    /// - Parameters:
    ///   - prunes: whether a rebuild removes the images of this project that it has replaced.
    ///   - report: told what happens; called from several threads.
    package func watch(
        _ selection: WatchSelection, _ project: Project, prunes: Bool, sink: any EventSink,
        report: @escaping @Sendable (WatchEvent) -> Void
    ) async throws {
        let engine = self
        let target = EnvironmentTarget(id: project.id, project: project)
        let effects = WatchEffects { services in
            let services = [ServiceName](unchecked: services)
            var options = UpOptions(services: services, builds: true)
            options.followsDependencies = false
            let former = prunes ? try engine.images.builtLayers(of: services, in: project) : []
            _ = try await engine.up(project, options, sink: sink)
            try engine.images.prune(replaced: former)
        } restart: { services in
            try await engine.change(
                .restart(timeout: nil, followsDependencies: false), of: services, target, sink: sink)
        }
        try await sessions.watch(selection, target, effects, report: report)
    }
}
