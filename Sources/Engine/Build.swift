package import Building
package import Workspaces

/// `build`.
extension Engine {
    /// Builds the images of a project, or of a Dockerfile alone.
    ///
    /// - Parameter project: `nil` with `command.file`.
    /// - Throws: `FailedBuildStep` with `command.debugs`; the caller that gets it discards it.
    package func build(
        _ project: Project?, _ command: BuildCommand, sink: any EventSink
    ) async throws -> [BuildReport] {
        try await builds.build(project, command, sink: sink)
    }

    /// Looks whether the contexts and Dockerfiles of a project that are on this machine can be built. Nothing is changed.
    package func checkBuildSources(_ project: Project) throws {
        try builds.checkSources(of: project)
    }

    /// What would be built, as text or in the language of Graphviz.
    package func buildGraph(
        _ project: Project?, _ command: BuildCommand, asDot: Bool, sink: any EventSink
    ) async throws -> String {
        try await builds.buildGraph(project, command, asDot: asDot, sink: sink)
    }

    /// Waits for the end of a build's process, and removes what it left if it was killed.
    ///
    /// To be called in the process that a build starts for this.
    package static func watchBuild(
        of process: Int32, stateDirectory: String, runDirectory: String, request: ProjectRequest
    ) throws -> Never {
        try ImageBuilds.watchBuild(
            of: process, stateDirectory: stateDirectory, runDirectory: runDirectory, request: request)
    }
}
