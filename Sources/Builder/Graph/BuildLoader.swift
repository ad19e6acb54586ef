internal import Dockerfile
internal import Glibc
internal import Images
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// Reads contexts and Dockerfiles. A context that several builds share is looked at once.
struct BuildLoader {
    let host: BuildHost
    let options: BuildOptions
    /// For fetched files.
    let work: LazyWork
    let agents: KeyAgents
    private var places: [ContextSource: FilePath] = [:]
    private var trees: [TreeKey: SourceTree] = [:]

    private struct TreeKey: Hashable {
        var directory: FilePath
        var rules: String
    }

    init(host: BuildHost, options: BuildOptions, work: LazyWork, agents: KeyAgents) {
        self.host = host
        self.options = options
        self.work = work
        self.agents = agents
    }

    /// All trees of contexts whose caches may be kept.
    var contexts: [SourceTree] { Array(trees.values) }

    mutating func load(_ requests: [BuildRequest]) async throws -> [LoadedBuild] {
        var builds: [LoadedBuild] = []
        var names: Set<String> = []
        for request in requests {
            guard names.insert(request.name).inserted else {
                throw BuildError(.invalidRequest, "Could not build `\(request.name)`: two builds have this name.")
            }
            do {
                builds.append(try await load(request, number: builds.count))
            } catch var failure as BuildError {
                failure.subject =
                    failure.subject ?? BuildSource.key(of: failure).map { .init(build: request.name, key: $0) }
                throw failure
            }
        }
        return builds
    }

    private mutating func load(_ request: BuildRequest, number: Int) async throws -> LoadedBuild {
        try BuildSource.checkPlatforms(request, host.platform)
        let directory = try await place(of: request.context, for: request)
        let source = try BuildSource(
            request, in: directory, platform: host.platform, sourceDateEpoch: options.sourceDateEpoch)
        var named: [String: SourceTree] = [:]
        for (name, context) in request.additionalContexts {
            switch context {
            case .image, .build: continue
            case .directory, .git, .web, .standardInput:
                do {
                    let place = try await place(of: context, for: request)
                    named[name] = try tree(at: place, named: "the context `\(name)`", dockerfile: nil)
                } catch var failure as BuildError {
                    failure.subject = .init(build: request.name, key: "additional_contexts.\(name)")
                    throw failure
                }
            }
        }
        var dockerfile: String?
        if case .path(let path) = request.dockerfile { dockerfile = path }
        return LoadedBuild(
            number: number, request: request, directory: directory,
            tree: try tree(at: directory, named: "the context \(request.context)", dockerfile: dockerfile),
            namedTrees: named, file: source.file, scope: source.scope, graph: source.graph, target: source.target,
            identity: "\(request.context) \(request.dockerfile)")
    }
}

// MARK: - Files

extension BuildLoader {
    /// - Parameter dockerfile: its path in the context, for an ignore file of its own.
    private mutating func tree(
        at directory: FilePath, named name: String, dockerfile: String?
    ) throws(BuildError) -> SourceTree {
        let ignores = try ContextIgnoreFile(of: directory, dockerfile: dockerfile)
        let key = TreeKey(directory: directory, rules: ignores.text)
        if let known = trees[key] { return known }
        let made = try SourceTree(
            context: directory, named: name,
            ignoring: try IgnoreRules(dockerignore: ignores.text, name: ignores.path.string),
            cacheDirectory: host.statCacheDirectory)
        trees[key] = made
        return made
    }

    /// Where the files of a context are, once they are here.
    private mutating func place(of source: ContextSource, for request: BuildRequest) async throws -> FilePath {
        if let known = places[source] { return known }
        let place: FilePath
        switch source {
        case .directory(let path): place = path
        case .git(let reference):
            let repository = GitRepository(reference, environment: try agents.gitEnvironment(request))
            place = try repository.checkOut(repository.resolve(), into: work.directory().makeDirectory("context"))
        case .web(let address): place = try await download(address)
        case .standardInput:
            let file = try work.directory().makeDirectory("input").appending("context")
            try attempting("read the context from standard input") { () throws(SystemError) in
                try StandardInput.copy(to: file)
            }
            place = try context(from: file, named: "standard input")
        case .image, .build:
            throw BuildError(
                .invalidRequest,
                "Could not build `\(request.name)`: \(source) cannot be its context. Name it below `additional_contexts:`."
            )
        }
        places[source] = place
        return place
    }

    /// An archive is the context, anything else the Dockerfile of an empty one.
    private func download(_ address: String) async throws -> FilePath {
        let target = try work.directory().makeDirectory("download")
        return try context(from: await host.downloads.download(address, into: target).path, named: address)
    }

    private func context(from file: FilePath, named name: String) throws -> FilePath {
        let archive = TarFile(file, named: name)
        let context = try work.directory().makeDirectory("context")
        if try archive.isTar() {
            try archive.unpack(into: context, owner: nil, limits: ExtractionLimits())
        } else {
            try attempting("build from \(name)") { () throws(SystemError) in
                try Files.rename(file, to: context.appending("Dockerfile"))
            }
        }
        return context
    }
}

extension BuildPlatform {
    init(_ platform: Platform) {
        self.init(
            os: platform.os, architecture: platform.architecture, variant: platform.variant,
            osVersion: platform.osVersion)
    }
}
