internal import Dockerfile
internal import OCI
internal import SystemPackage

/// A request with its parsed Dockerfile and with everything that its stages name.
struct LoadedBuild: Sendable {
    let number: Int
    let request: BuildRequest
    /// The main context; `nil` for one that is only a Dockerfile.
    let directory: FilePath?
    let tree: SourceTree
    /// Of additional contexts that are directories.
    let namedTrees: [String: SourceTree]
    let file: ParsedDockerfile
    let scope: GlobalScope
    var graph: StageGraph
    let target: Int
    /// The place of the Dockerfile, which distinguishes it in the cache's notes.
    let identity: String
}

/// A stage of one of the builds.
struct StageID: Hashable, Sendable {
    var build: Int
    var stage: Int
}

/// An image reference in its form in a file.
struct ImageKey: Hashable, Sendable {
    var text: String
    /// The base of a relative path in the text.
    var directory: FilePath?
}

/// The object of a name in `FROM`, `COPY --from` or a mount.
enum RootSource: Hashable, Sendable {
    case scratch
    case stage(StageID)
    case image(ImageKey)
    /// An additional context that is a directory.
    case directory(build: Int, name: String)
}

extension LoadedBuild {
    /// The base of a stage.
    func base(of stage: Int, in builds: BuildNumbers) throws(BuildError) -> RootSource {
        // A context with the stage's name replaces the whole stage.
        if let name = graph.vertices[stage].stage.name, let source = try context(named: name, in: builds) {
            return source
        }
        switch graph.vertices[stage].base {
        case .scratch: return .scratch
        case .stage(let index): return .stage(StageID(build: number, stage: index))
        case .image(let text): return try context(named: text, in: builds) ?? image(text)
        }
    }

    /// Whether a context replaces a stage, so that its instructions are ignored.
    func isReplaced(_ stage: Int) -> Bool {
        guard let name = graph.vertices[stage].stage.name else { return false }
        return contextName(for: name) != nil
    }

    /// Resolves a `from`.
    func source(of word: Word, in stage: Int, _ builds: BuildNumbers) throws(BuildError) -> RootSource {
        switch graph.source(word, of: stage) {
        case .stage(let index):
            if let source = try context(named: word.text, in: builds) { return source }
            return .stage(StageID(build: number, stage: index))
        case .image(let text):
            if text == "scratch" { return .scratch }
            return try context(named: text, in: builds) ?? image(text)
        }
    }

    private func image(_ text: String) -> RootSource {
        .image(ImageKey(text: text, directory: text.contains(":") ? directory : nil))
    }

    /// A context is found by its name, and an image with the tag `latest` also without it.
    private func contextName(for text: String) -> String? {
        let names = [text, text.hasSuffix(":latest") ? String(text.dropLast(7)) : text + ":latest"]
        return request.additionalContexts.keys.sorted().first { key in
            names.contains { $0.lowercased() == key.lowercased() }
        }
    }

    private func context(named text: String, in builds: BuildNumbers) throws(BuildError) -> RootSource? {
        guard let name = contextName(for: text), let source = request.additionalContexts[name] else { return nil }
        switch source {
        case .image(let text): return image(text)
        case .build(let other): return .stage(try builds.target(of: other, for: request.name))
        case .directory, .git, .web, .standardInput: return .directory(build: number, name: name)
        }
    }

    /// All dependencies of a stage besides its own context: its base first.
    func sources(of stage: Int, in builds: BuildNumbers) throws(BuildError) -> [RootSource] {
        var sources = [try base(of: stage, in: builds)]
        guard !isReplaced(stage) else { return sources }
        for instruction in instructions(of: stage) {
            for word in instruction.sourceWords {
                let source = try source(of: word, in: stage, builds)
                if !sources.contains(source) { sources.append(source) }
            }
        }
        return sources
    }

    /// Triggers of the base first.
    func instructions(of stage: Int) -> [Instruction] {
        graph.vertices[stage].triggers + graph.vertices[stage].stage.instructions
    }

    /// - Throws: `.platform` when the stage is to be made for a machine of another kind.
    func checkPlatform(of stage: Int, on host: Platform) throws(BuildError) {
        let vertex = graph.vertices[stage]
        guard let text = vertex.platform else { return }
        let parts = text.split(separator: "/").map(String.init)
        let wanted = Platform(
            architecture: parts.count > 1 ? parts[1] : parts.first ?? "", os: parts.count > 1 ? parts[0] : "linux",
            variant: parts.count > 2 ? parts[2] : nil)
        guard !wanted.isBuildable(on: host) else { return }
        let place = vertex.stage.location
        throw BuildError(
            .platform,
            "\(place.file):\(place.start.line): Could not begin the stage `\(title(of: stage))` for \(text): only \(host) can be built here."
        )
    }

    /// What messages call a stage.
    func title(of stage: Int) -> String { graph.vertices[stage].stage.title }
}

/// Where the targets of all builds are, by the builds' names.
struct BuildNumbers: Sendable {
    var targets: [String: StageID] = [:]

    func target(of name: String, for user: String) throws(BuildError) -> StageID {
        if let target = targets[name] { return target }
        let known = targets.keys.sorted().map { "`\($0)`" }.joined(separator: ", ")
        throw BuildError(
            .invalidRequest,
            "Could not build `\(user)`: it needs the image of `\(name)`, which is not built. There are \(known).")
    }
}

extension Instruction {
    /// Its `from` words.
    var sourceWords: [Word] {
        switch kind {
        case .copy(let copy): [copy.from].compactMap(\.self)
        case .run(let run): run.mounts.compactMap(\.from)
        default: []
        }
    }

    /// Whether it makes a layer.
    var makesLayer: Bool {
        switch kind {
        case .add, .copy, .run, .workdir: true
        default: false
        }
    }
}
