internal import Building
internal import Envfile
package import Execution
internal import ImageCommands
internal import Images
internal import LinuxSystem
internal import Planning
internal import Sessions
package import Vocabulary
package import Workspaces

/// What `run` is asked, beyond what the project says.
package struct RunRequest: Sendable {
    /// The service of the file.
    package var service: ServiceName
    /// How its container differs from those of the service.
    package var container: OneOffService.Options
    /// Whether the container goes when its command has ended.
    package var removes: Bool
    /// The streams of the user; `nil` where the command runs in the background.
    package var streams: ForegroundStreams?
    /// How the container and what it depends on are brought up.
    package var up: UpOptions

    package init(
        service: ServiceName, container: OneOffService.Options, removes: Bool, streams: ForegroundStreams?,
        up: UpOptions
    ) {
        self.service = service
        self.container = container
        self.removes = removes
        self.streams = streams
        self.up = up
    }
}

/// `run`.
extension Engine {
    /// Makes and starts a container for one command, with all that its service needs.
    ///
    /// - Returns: the project with the service of that container.
    /// - Throws: `RefusedCommand` for a command of the foreground that is not there or cannot be run.
    package func startOneOff(
        _ project: Project, _ request: RunRequest, sink: any EventSink
    ) async throws -> Project {
        let described = project.environment.described
        guard let service = described.first(where: { $0.name == request.service }) else {
            throw EngineError.unknownService(request.service.rawValue, known: described.map(\.name.rawValue))
        }
        if service.lifecycle.triggers?.manual == false {
            throw EngineError(
                .invalidProject,
                "The job `\(service.name)` is started by its schedule only. Remove `manual: false` from its `triggers` to run "
                    + "it by hand.")
        }
        try environments.checkIsFree(request.container.name, in: project)
        var project = project
        project.environment = OneOffService(of: service, request.container)
            .replacing(request.service, in: project.environment)
        var options = request.up
        options.services = [request.container.name]
        options.noRecreate = true
        options.followsDependencies = request.container.followsDependencies
        options.oneOff = OneOffStart(
            service: request.container.name, streams: request.streams, isRemoved: request.removes)
        // The end of what is in the foreground is the user's to judge, who sees it.
        options.waits = request.streams == nil
        options.judgesEnds = request.streams == nil
        do {
            _ = try await up(project, options, sink: sink)
        } catch {
            if request.streams != nil, let refused = try sessions.refusal(of: request.container.name, project.id) {
                throw refused
            }
            throw error
        }
        if let runs = try manualRuns(of: request, project) {
            try runs.begin(request.service.rawValue, in: request.container.name.rawValue)
        }
        return project
    }

    /// Where the run of a job is written down; `nil` for a service.
    private func manualRuns(of request: RunRequest, _ project: Project) throws -> ManualRuns? {
        guard project.environment.jobs.contains(where: { $0.name == request.service }) else { return nil }
        return ManualRuns(Workspace(id: project.id, host: try context.host()))
    }

    /// Stands for the command of a container that `run` has started in the foreground, until it ends.
    ///
    /// - Returns: its exit code.
    package func followOneOff(_ request: RunRequest, _ streams: ForegroundStreams, of project: Project) throws -> Int32
    {
        let code = try sessions.follow(request.container.name, of: project.id, streams)
        try manualRuns(of: request, project)?.end(
            request.service.rawValue, in: request.container.name.rawValue, code: code)
        return code
    }

    /// Stops the container that `run` has made in the foreground; removes it where that was asked for.
    package func finish(_ request: RunRequest, of project: Project, sink: any EventSink) async throws {
        let target = EnvironmentTarget(id: project.id, project: project)
        let change =
            request.removes
            ? LifecycleChange.remove(stopsFirst: true, removesVolumes: true) : .stop(timeout: .zero)
        try await self.change(change, of: [request.container.name.rawValue], target, sink: sink)
    }
}
