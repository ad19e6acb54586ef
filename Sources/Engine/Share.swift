package import Execution
internal import SystemPackage
package import Workspaces

/// `package`, `publish`, `snapshot export`, `snapshot import` and `init --from` of a package.
extension Engine {
    /// Writes an environment, or a snapshot of it, as one archive or as one artifact of a registry.
    package func pack(
        _ request: PackageRequest, _ identity: EnvironmentTarget, to target: PackageTarget, sink: any EventSink
    ) async throws -> PackageReport {
        let workspace = Workspace(id: identity.id, host: try context.host())
        let lock = try context.lock(workspace, sink)
        try await environments.finishRestore(identity, workspace, sink)
        let report = try await environments.pack(request, identity, to: target, sink)
        _ = consume lock
        return report
    }

    /// Takes the snapshot of an archive as one of this environment.
    ///
    /// - Parameter name: `nil` for the one that it has in the archive.
    package func importSnapshot(
        _ source: PackageSource, named name: String?, _ identity: EnvironmentTarget, sink: any EventSink
    ) async throws -> SnapshotReport {
        let workspace = Workspace(id: identity.id, host: try context.host())
        let lock = try context.lock(workspace, sink)
        try await environments.finishRestore(identity, workspace, sink)
        let report = try await environments.importSnapshot(source, named: name, identity, workspace, sink)
        _ = consume lock
        return report
    }

    /// Makes a project directory of a package, with its images and its snapshot.
    ///
    /// - Parameter directory: relative to the working directory.
    package func unpackProject(
        _ source: PackageSource, into directory: String, sink: any EventSink
    ) async throws -> UnpackedProject {
        let path = FilePath(context.request.workingDirectory).pushing(FilePath(directory)).lexicallyNormalized()
        return try await environments.unpackProject(source, into: path, sink)
    }

    /// Makes a project directory of a git repository.
    ///
    /// - Parameter directory: relative to the working directory.
    package func cloneProject(_ source: GitAddress, into directory: String) throws -> ClonedProject {
        let path = FilePath(context.request.workingDirectory).pushing(FilePath(directory)).lexicallyNormalized()
        return try environments.cloneProject(source, into: path)
    }
}
