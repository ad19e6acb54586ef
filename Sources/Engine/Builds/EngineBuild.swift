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
    /// A build without an Envfile.
    public var file: FileBuild?

    /// A Dockerfile and a context.
    public struct FileBuild: Sendable {
        public var dockerfile: String?
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
            throw EngineError(
                .invalidProject,
                command.services.isEmpty
                    ? "No service has a `build:`." : "\(command.services.joined(separator: ", ")): no `build:` there.")
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
        let host = try host()
        let networks = try BuildNetworks(host, sink: sink)
        defer {
            // Nothing was made; a lock file that stays says nothing.
            try? networks.close()
        }
        do {
            let graph = try await Builder(
                host: try buildHost(BuildBases(host: host, images: nil, sink: sink), networks)
            ).graph(of: try requests(project, command))
            return asDot ? graph.dot() : graph.text()
        } catch {
            throw command.file == nil ? located(error) : error
        }
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
        }
        return requests
    }

    /// The requests of services; without names of all that have a `build:`. What they take from others comes along.
    func buildRequests(_ project: Project, services: Set<String> = []) throws -> [BuildRequest] {
        let mapping = BuildMapping(
            environment: project.environment, processEnvironment: request.processEnvironment)
        var wanted = services
        var found: [String: BuildRequest] = [:]
        for service in project.environment.services {
            guard let build = service.build else { continue }
            found[service.name] = try mapping.request(service, build)
        }
        if services.isEmpty { wanted = Set(found.keys) }
        var open = Array(wanted)
        while let name = open.popLast() {
            for case .build(let other)? in found[name]?.additionalContexts.values.map(Optional.some) ?? []
            where wanted.insert(other).inserted {
                open.append(other)
            }
        }
        return found.filter { wanted.contains($0.key) }.sorted { $0.key < $1.key }.map(\.value)
    }

    private func request(_ file: BuildCommand.FileBuild) throws -> BuildRequest {
        let directory = FilePath(request.workingDirectory)
        let context = try ContextSource(file.context, relativeTo: directory)
        var dockerfile = DockerfileLocation.path("Dockerfile")
        if let path = file.dockerfile { dockerfile = .path(directory.pushing(FilePath(path)).string) }
        let tags = try file.tags.map { try Reference($0).checkedTag($0).description }
        var made = BuildRequest(name: file.tags.first ?? "image", context: context, dockerfile: dockerfile)
        made.tags = tags
        return made
    }
}

// MARK: - The builder

extension Engine {
    func build(
        _ requests: [BuildRequest], _ command: BuildCommand, _ bases: BuildBases, _ sink: any EventSink
    ) async throws -> [BuildReport] {
        let host = bases.host
        let networks = try BuildNetworks(host, sink: sink)
        let events = BuildEvents(sink, showsCached: command.showsCached)
        let options = BuildOptions(
            skipsCache: command.skipsCache, pullsBases: command.pullsBases, keepsFailedStep: command.debugs)
        let results: [BuildResult]
        do {
            results = try await Builder(host: try buildHost(bases, networks)).build(requests, options: options) {
                events.receive($0)
            }
        } catch {
            if let failure = error as? BuildError, let step = failure.failedStep, step.isKept {
                throw FailedBuildStep(error: failure, step: step, networks: networks)
            }
            // The failure of the build says more than one of the clean-up.
            try? networks.close()
            throw command.file == nil ? located(error) : error
        }
        try networks.close()
        // A name that stood for something else in the content store stands for this now.
        for tag in results.flatMap(\.tags) { try host.images.store.remove(named: tag) }
        return results.map(BuildReport.init)
    }

    func buildHost(_ bases: BuildBases, _ networks: BuildNetworks) throws -> BuildHost {
        let host = bases.host
        let directory = layout.builds
        let contexts = directory.appending("contexts")
        try Files.createDirectory(contexts, mode: 0o700)
        let runtime = try host.chosenRuntime()
        let runner = try StepRunner(
            directory: directory, runtime: host.driver(for: runtime), host: host.facts,
            seccomp: try ContainerAssembly.seccomp(for: runtime, cache: layout.cache, host.facts))
        return BuildHost(
            images: host.images.local, bases: bases,
            records: RecordedBuilds(durable: host.durable), executor: runner, downloads: BuildDownloads(host: host),
            network: { try networks.network($0) }, workDirectory: directory.appending("work"),
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
