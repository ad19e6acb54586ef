internal import Builder
internal import Containers
internal import Dockerfile
internal import Envfile
internal import Execution
internal import Images
internal import LinuxSystem
internal import OCI
internal import SystemPackage
package import Workspaces

/// Builds images for services and for `build`.
package struct ImageBuilds: Sendable {
    let context: CommandContext

    package init(_ context: CommandContext) {
        self.context = context
    }

    var request: ProjectRequest { context.request }
    var layout: Layout { context.layout }

    /// Builds the images of a project, or of a Dockerfile alone.
    ///
    /// - Parameter project: `nil` with `command.file`.
    /// - Throws: `FailedBuildStep` with `command.debugs`; the caller discards it.
    package func build(
        _ project: Project?, _ command: BuildCommand, sink: any EventSink
    ) async throws -> [BuildReport] {
        try project?.checkBuilds()
        let host = try context.host()
        let images = try project.map { try ProjectImages($0, host: host) }
        let requests = try requests(project, command)
        guard !requests.isEmpty else {
            let what =
                command.services.isEmpty ? "no service has a" : "\(command.services.joined(separator: ", ")) has no"
            throw EngineError(
                .invalidProject,
                "There is nothing to build: \(what) `build:`. Give it one, or build a Dockerfile alone with "
                    + "`trice build -t NAME DIRECTORY`.")
        }
        let bases = BuildBases(host: host, images: images, sink: sink)
        let reports = try await build(requests, command, bases, sink)
        if let project, let images {
            try ProjectLock(project: project, images: images).update(bases.used.all, sink: sink)
        }
        return reports
    }

    /// What would be built, as text or in the language of Graphviz.
    package func buildGraph(_ project: Project?, _ command: BuildCommand, asDot: Bool, sink: any EventSink) async throws
        -> String
    {
        do {
            return try await withIdleBuilder(BuildBases(host: try context.host(), images: nil, sink: sink)) { builder in
                let graph = try await builder.graph(of: try requests(project, command))
                return asDot ? graph.dot() : graph.text()
            }
        } catch {
            throw command.file == nil ? located(error) : error
        }
    }

    /// Lends a builder to a caller that only looks.
    func withIdleBuilder<Result>(
        _ bases: BuildBases, _ body: (Builder) async throws -> Result
    ) async throws -> Result {
        let networks = try BuildNetworks(bases.host, sink: bases.sink)
        defer {
            // Nothing was made; a lock file that stays says nothing.
            try? networks.close()
        }
        let runner = try WatchedRunner(runner: stepRunner(bases.host), watch: BuildWatch(layout))
        return try await body(Builder(host: try buildHost(bases, networks, runner)))
    }
}

// MARK: - The builder

extension ImageBuilds {
    func build(
        _ requests: [BuildRequest], _ command: BuildCommand, _ bases: BuildBases, _ sink: any EventSink
    ) async throws -> [BuildReport] {
        let host = bases.host
        try BuildLeftovers(host: host).remove()
        let networks = try BuildNetworks(host, sink: sink)
        let watch = BuildWatch(layout)
        let runner = try WatchedRunner(runner: stepRunner(host), watch: watch)
        let events = BuildEvents(sink, showsCached: command.showsCached, showsDoubts: command.showsDoubts)
        var options = BuildOptions(
            skipsCache: command.skipsCache, pullsBases: command.pullsBases, keepsFailedStep: command.debugs)
        options.acceptsSince = command.acceptsSince
        let results: [BuildResult]
        do {
            results = try await Builder(host: try buildHost(bases, networks, runner)).build(requests, options: options)
            {
                events.receive($0)
            }
        } catch {
            if let failure = error as? BuildError, let step = failure.failedStep, step.isKept {
                throw FailedBuildStep(error: failure, step: step, networks: networks, watch: watch)
            }
            // The failure of the build says more than one of the clean-up.
            try? networks.close()
            let placed = command.file == nil ? located(error) : error
            throw explained(placed, command, failedBuild: events.failedBuild)
        }
        try networks.close()
        // A name that stood for something else in the content store stands for this now.
        for tag in results.flatMap(\.tags) { try host.images.store.remove(named: tag) }
        return results.map(BuildReport.init)
    }

    /// Adds to the failure of a command how to look at what it left.
    private func explained(_ error: any Error, _ command: BuildCommand, failedBuild: String?) -> any Error {
        guard var failure = error as? BuildError, failure.failedStep != nil else { return error }
        let shell = command.debugCommand ?? "trice build --debug" + (failedBuild.map { " \($0)" } ?? "")
        failure.message += "\n  For a shell in its container as it was then: \(shell)"
        return failure
    }

    func stepRunner(_ host: Host) throws -> StepRunner {
        let runtime = try host.chosenRuntime()
        return try StepRunner(
            directory: layout.builds, runtime: host.driver(for: runtime), host: host.facts,
            seccomp: try SeccompFilters().standard(for: runtime, on: host))
    }

    func buildHost(
        _ bases: BuildBases, _ networks: BuildNetworks, _ runner: WatchedRunner
    ) throws -> BuildHost {
        let host = bases.host
        let contexts = layout.builds.appending("contexts")
        try Files.createDirectory(contexts, mode: 0o700)
        return BuildHost(
            images: host.images.local, bases: bases,
            records: RecordedBuilds(durable: host.durable), executor: runner, downloads: BuildDownloads(host: host),
            network: { try networks.network($0) }, workDirectory: layout.buildWork,
            statCacheDirectory: contexts)
    }
}
