package import Execution
internal import LinuxSystem
internal import Store
package import Workspaces

/// `clone` and `up --like`.
extension Engine {
    /// Gives a new environment what another one has.
    ///
    /// - Returns: the ID of the one that was copied.
    package func clone(_ request: CloneRequest, into project: Project, sink: any EventSink) async throws -> String {
        let source = try environments.environment(called: request.environment)
        let host = try context.host()
        // In one order, so that two commands never wait for each other.
        let ids = Set([source.id, project.id]).sorted()
        let first = try context.lock(Workspace(id: ids[0], host: host), sink)
        let second = ids.count > 1 ? try context.lock(Workspace(id: ids[1], host: host), sink) : nil
        for id in ids {
            try await environments.finishRestore(
                EnvironmentTarget(id: id, project: nil), Workspace(id: id, host: host), sink)
        }
        try await environments.clone(request, from: source, into: project, sink)
        _ = consume second
        _ = consume first
        return "\(source.id)"
    }

    /// Whether the environment of a project has containers or volumes already.
    package func hasContent(_ project: Project) throws -> Bool {
        try environments.hasContent(Workspace(id: project.id, host: try context.host()))
    }

    /// The directory of the environment that a clone is made of.
    package func directory(ofEnvironmentCalled name: String) throws -> String {
        try environments.environment(called: name).directory
    }

    /// Has every published port that is taken replaced by a free one, now and by later commands.
    package func correctPorts(of project: Project) throws -> Project {
        let workspace = Workspace(id: project.id, host: try context.host())
        try Files.createDirectory(workspace.stateDirectory, mode: 0o700)
        try Files.write([], to: context.layout.automaticPorts(of: project.id), mode: 0o600)
        var project = project
        project.correctPorts()
        return project
    }
}
