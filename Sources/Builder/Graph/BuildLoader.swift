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
                failure.subject = failure.subject ?? Self.key(of: failure).map { .init(build: request.name, key: $0) }
                throw failure
            }
        }
        return builds
    }

    /// The key of a request that makes it fail while it is read.
    private static func key(of failure: BuildError) -> String? {
        switch failure.code {
        case .contextMissing, .contextTooLarge, .gitFailed, .downloadFailed: "context"
        // An error in a Dockerfile contains its own places.
        case .invalidDockerfile: failure.cause is DockerfileError ? nil : "dockerfile"
        case .unknownStage: "target"
        case .platform: "platforms"
        default: nil
        }
    }

    private mutating func load(_ request: BuildRequest, number: Int) async throws -> LoadedBuild {
        try checkPlatforms(request)
        let directory = try await place(of: request.context, for: request)
        try checkDirectory(directory, of: request)
        let source = try dockerfile(of: request, in: directory)
        let file: ParsedDockerfile
        let scope: GlobalScope
        let graph: StageGraph
        let target: Int
        do throws(DockerfileError) {
            file = try ParsedDockerfile(parsing: source)
            scope = try GlobalScope(file, arguments: arguments(of: request))
            graph = try StageGraph(file, scope: scope)
            target = try graph.target(named: request.target)
        } catch {
            let code: BuildError.Code = error.code == .unknownStage ? .unknownStage : .invalidDockerfile
            throw BuildError(code, "Could not build `\(request.name)`: \(error)", cause: error)
        }
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
            namedTrees: named, file: file, scope: scope, graph: graph, target: target,
            identity: "\(request.context) \(request.dockerfile)")
    }

    /// A context that is missing is no Dockerfile that is missing.
    private func checkDirectory(_ directory: FilePath, of request: BuildRequest) throws(BuildError) {
        let status = try attempting("open the context \(directory)") { () throws(SystemError) in
            try Files.status(directory, followingLinks: true)
        }
        guard status?.kind != .directory else { return }
        let why = status == nil ? "there is no such directory" : "it is no directory"
        throw BuildError(
            .contextMissing, "Could not build `\(request.name)`: its context is \(directory), and \(why).")
    }

    private func checkPlatforms(_ request: BuildRequest) throws(BuildError) {
        guard let foreign = request.platforms.first(where: { !$0.isBuildable(on: host.platform) }) else { return }
        throw BuildError(
            .platform,
            "Could not build `\(request.name)` for \(foreign): only images for \(host.platform) can be built here. Take the platform out of the list."
        )
    }

    private func arguments(of request: BuildRequest) -> BuildArguments {
        var values = request.arguments
        if let epoch = options.sourceDateEpoch, values["SOURCE_DATE_EPOCH"] == nil {
            values["SOURCE_DATE_EPOCH"] = String(epoch)
        }
        let platform = BuildPlatform(host.platform)
        return BuildArguments(
            values: values, buildPlatform: platform, targetPlatform: platform, targetStage: request.target)
    }
}

// MARK: - Files

extension BuildLoader {
    private func dockerfile(of request: BuildRequest, in directory: FilePath) throws(BuildError) -> DockerfileSource {
        let shown = request.dockerfileName
        switch request.dockerfile {
        case .inline(let text): return DockerfileSource(name: shown, text: text)
        case .standardInput:
            let bytes = try attempting("read the Dockerfile from standard input") { () throws(SystemError) in
                try StandardInput.bytes()
            }
            return DockerfileSource(name: shown, bytes: bytes)
        case .path(let path):
            let place = directory.pushing(FilePath(path))
            do throws(SystemError) {
                return DockerfileSource(name: shown, bytes: try Files.readRegular(place, limit: Self.maximumSize))
            } catch {
                let why: String
                switch error.errno {
                case .noSuchFileOrDirectory, .notDirectory:
                    why = "there is no \(shown). \(hint(in: place))"
                case .isDirectory: why = "\(shown) is a directory. \(Self.naming)"
                case .invalidArgument: why = "\(shown) is not a regular file. \(Self.naming)"
                case .fileTooLarge: why = "\(shown) is larger than 16 MiB. \(Self.naming)"
                default: why = "\(shown) cannot be read: \(error.errno)."
                }
                throw BuildError(.invalidDockerfile, "Could not build `\(request.name)`: \(why)", cause: error)
            }
        }
    }

    /// More bytes than this are no Dockerfile.
    private static let maximumSize = 16 << 20

    private static let naming = "Name the Dockerfile with `--file`, in an Envfile with `dockerfile:`."

    /// What may have been meant by a Dockerfile that is not there.
    private func hint(in place: FilePath) -> String {
        // A directory that cannot be read has no hint.
        let names = (try? Files.names(in: place.removingLastComponent())) ?? []
        let similar = names.filter { name in
            ["dockerfile", "containerfile"].contains { name.lowercased().contains($0) }
                && !name.hasSuffix(".dockerignore")
        }
        guard !similar.isEmpty else { return Self.naming }
        return "There is \(similar.prefix(5).map { "`\($0)`" }.joined(separator: ", ")). \(Self.naming)"
    }

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
