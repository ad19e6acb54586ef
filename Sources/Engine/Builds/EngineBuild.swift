internal import Builder
internal import Containers
internal import Dockerfile
internal import Envfile
internal import Images
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// What `build` was asked beyond the Envfile.
public struct BuildCommand: Sendable {
    public var services: [String] = []
    public var skipsCache = false
    /// Whether registries are asked about bases that are here, and `bootstrap:` bases are made anew.
    public var pullsBases = false
    /// `ARG`s over those of the Envfile.
    public var arguments: [String: String] = [:]
    /// A stage, instead of that of the Envfile.
    public var target: String?
    /// Whether the container of a failed step is kept for a shell in it.
    public var debugs = false
    /// Whether steps are told that were in the cache.
    public var showsCached = true
    /// Seconds since 1970: with `skipsCache`, what was done from then on is taken from the cache all the same.
    public var acceptsSince: Int64?
    /// A command by which the user gets a shell in a step that failed; `nil` for `trice build --debug SERVICE`.
    public var debugCommand: String?
    /// What the flags that Docker's `build` has, too, say of every image.
    public var flags = BuildFlags()
    /// A build without an Envfile.
    public var file: FileBuild?

    /// A Dockerfile and a context.
    public struct FileBuild: Sendable {
        /// `nil` for the one in the context, `-` for what comes from standard input.
        public var dockerfile: String?
        /// `-` for what comes from standard input.
        public var context: String
        public var tags: [String]

        public init(dockerfile: String?, context: String, tags: [String]) {
            self.dockerfile = dockerfile
            self.context = context
            self.tags = tags
        }
    }

    public init() {}
}

/// An image that was built, with what was done for it.
public struct BuildReport: Sendable, Encodable {
    public struct Step: Sendable, Encodable {
        public var step: String
        public var isCached: Bool
        /// Why it was done.
        public var reason: String?
        public var milliseconds: Int64?
    }

    public var name: String
    public var id: String
    public var tags: [String]
    public var steps: [Step]
}

/// A step of a build that failed, with its container kept.
public struct FailedBuildStep: Error, Sendable, CustomStringConvertible {
    let error: BuildError
    let step: FailedStep
    let networks: BuildNetworks
    let watch: BuildWatch

    public var description: String { error.message }

    /// Runs a shell in it on this terminal.
    public func openShell() throws {
        _ = try step.openShell(.terminal)
    }

    public func discard() throws {
        try step.discard()
        try networks.close()
    }
}

extension Engine {
    /// Builds the images of a project, or of a Dockerfile alone.
    ///
    /// - Parameter project: `nil` with `command.file`.
    /// - Throws: `FailedBuildStep` with `command.debugs`; whoever gets it discards it.
    public func build(
        _ project: Project?, _ command: BuildCommand, sink: any EventSink
    ) async throws -> [BuildReport] {
        try project?.checkBuilds()
        let host = try host()
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
    public func buildGraph(_ project: Project?, _ command: BuildCommand, asDot: Bool, sink: any EventSink) async throws
        -> String
    {
        do {
            return try await withIdleBuilder(BuildBases(host: try host(), images: nil, sink: sink)) { builder in
                let graph = try await builder.graph(of: try requests(project, command))
                return asDot ? graph.dot() : graph.text()
            }
        } catch {
            throw command.file == nil ? located(error) : error
        }
    }

    /// Lends a builder to whoever only looks.
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

// MARK: - Requests

extension Engine {
    private func requests(_ project: Project?, _ command: BuildCommand) throws -> [BuildRequest] {
        var requests: [BuildRequest]
        if let file = command.file {
            requests = [try request(file)]
        } else if let project {
            let known = Set(project.serviceNames)
            if let unknown = command.services.first(where: { !known.contains($0) }) {
                throw EngineError(
                    .unknownService,
                    "There is no service `\(unknown)`. There are: \(project.serviceNames.joined(separator: ", ")).")
            }
            requests = try buildRequests(project, services: Set(command.services))
        } else {
            requests = []
        }
        for index in requests.indices {
            requests[index].arguments.merge(command.arguments) { $1 }
            if let target = command.target { requests[index].target = target }
            try command.flags.apply(to: &requests[index], self.request)
        }
        return requests
    }

    /// The requests of services; without names of all that have a `build:`. What they take from others comes along.
    func buildRequests(_ project: Project, services: Set<String> = []) throws -> [BuildRequest] {
        let mapping = BuildMapping(
            environment: project.environment, processEnvironment: request.processEnvironment)
        let built = project.environment.services.filter { $0.build != nil }
        var open = services.isEmpty ? built.map(\.name) : Array(services)
        var seen = Set(open)
        var found: [BuildRequest] = []
        while let name = open.popLast() {
            guard let service = built.first(where: { $0.name == name }), let build = service.build else { continue }
            let request = shown(try mapping.request(service, build))
            found.append(request)
            for case .build(let other) in request.additionalContexts.values where seen.insert(other).inserted {
                open.append(other)
            }
        }
        return found.sorted { $0.name < $1.name }
    }

    private func request(_ file: BuildCommand.FileBuild) throws -> BuildRequest {
        let directory = FilePath(request.workingDirectory)
        var context = file.context == "-" ? .standardInput : try ContextSource(file.context, relativeTo: directory)
        // A context from elsewhere has its Dockerfile in it.
        var isHere = false
        if case .directory(let path) = context {
            context = .directory(path.withoutDots)
            isHere = true
        }
        var dockerfile = DockerfileLocation.path("Dockerfile")
        if file.dockerfile == "-" {
            dockerfile = .standardInput
        } else if let path = file.dockerfile {
            dockerfile = .path(isHere ? directory.pushing(FilePath(path)).withoutDots.string : path)
        }
        let tags = try file.tags.map { try Reference($0).checkedTag($0).description }
        var made = BuildRequest(name: file.tags.first ?? "image", context: context, dockerfile: dockerfile)
        made.tags = tags
        return shown(made)
    }
}

extension Engine {
    /// The request with the Dockerfile's path from where the user is, for messages.
    private func shown(_ build: BuildRequest) -> BuildRequest {
        guard case .path(let path) = build.dockerfile, case .directory(let context) = build.context else {
            return build
        }
        var build = build
        var place = context.withoutDots.pushing(FilePath(path)).withoutDots
        _ = place.removePrefix(FilePath(request.workingDirectory))
        build.shownDockerfile = place.string
        return build
    }
}

extension FilePath {
    /// The same path without `.` between its parts.
    fileprivate var withoutDots: FilePath {
        FilePath(root: root, components.filter { $0.kind != .currentDirectory })
    }
}

// MARK: - The builder

extension Engine {
    func build(
        _ requests: [BuildRequest], _ command: BuildCommand, _ bases: BuildBases, _ sink: any EventSink
    ) async throws -> [BuildReport] {
        let host = bases.host
        try BuildLeftovers(host: host).remove()
        let networks = try BuildNetworks(host, sink: sink)
        let watch = BuildWatch(layout)
        let runner = try WatchedRunner(runner: stepRunner(host), watch: watch)
        let events = BuildEvents(sink, showsCached: command.showsCached)
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
            seccomp: try ContainerAssembly.seccomp(for: runtime, cache: layout.cache, host.facts))
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

extension BuildReport {
    fileprivate init(_ result: BuildResult) {
        name = result.name
        id = "\(result.image.id)"
        tags = result.tags.map { (try? Reference($0))?.familiar ?? $0 }
        steps = result.steps.map { report in
            switch report.outcome {
            case .cached: Step(step: "\(report.step)", isCached: true)
            case .executed(let reason, let elapsed):
                Step(
                    step: "\(report.step)", isCached: false, reason: "\(reason)",
                    milliseconds: elapsed.components.seconds * 1000
                        + elapsed.components.attoseconds / 1_000_000_000_000_000)
            }
        }
    }
}
