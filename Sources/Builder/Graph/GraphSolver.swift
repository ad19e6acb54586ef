internal import Dockerfile
internal import Images
internal import OCI

/// A stage that is needed.
struct StageNode: Sendable {
    let id: StageID
    let base: RootSource
    /// All sources of its files, the base first.
    let sources: [RootSource]
    /// The stages among them.
    let dependencies: [StageID]
}

/// Finds the stages that the targets need, and the images that those need.
struct GraphSolver {
    private(set) var builds: [LoadedBuild]
    let numbers: BuildNumbers
    private let platform: Platform
    private(set) var images: [ImageKey: LocalImage] = [:]
    /// Stages that have got the triggers of their base.
    private var triggered: Set<StageID> = []

    init(_ builds: [LoadedBuild], for platform: Platform) {
        self.builds = builds
        self.platform = platform
        var numbers = BuildNumbers()
        for build in builds { numbers.targets[build.request.name] = StageID(build: build.number, stage: build.target) }
        self.numbers = numbers
    }

    /// The needed stages; each one follows all that it needs.
    ///
    /// - Throws: `.cycle` when builds depend on each other.
    func nodes() throws(BuildError) -> [StageNode] {
        var walk = Walk(solver: self)
        for build in builds { try walk.visit(StageID(build: build.number, stage: build.target)) }
        return walk.nodes
    }

    private struct Walk {
        let solver: GraphSolver
        var nodes: [StageNode] = []
        var done: Set<StageID> = []
        var path: [StageID] = []

        mutating func visit(_ id: StageID) throws(BuildError) {
            if done.contains(id) { return }
            if let start = path.firstIndex(of: id) { throw cycle(Array(path[start...])) }
            path.append(id)
            let build = solver.builds[id.build]
            try build.checkPlatform(of: id.stage, on: solver.platform)
            let sources = try build.sources(of: id.stage, in: solver.numbers)
            let dependencies = sources.compactMap { source -> StageID? in
                if case .stage(let id) = source { id } else { nil }
            }
            for dependency in dependencies { try visit(dependency) }
            path.removeLast()
            done.insert(id)
            nodes.append(StageNode(id: id, base: sources[0], sources: sources, dependencies: dependencies))
        }

        private func cycle(_ path: [StageID]) -> BuildError {
            var names: [String] = []
            for id in path where names.last != solver.builds[id.build].request.name {
                names.append(solver.builds[id.build].request.name)
            }
            let chain = (names + [names[0]]).map { "`\($0)`" }.joined(separator: ", which needs ")
                .replacing(", which needs", with: " needs", maxReplacements: 1)
            var failure = BuildError(
                .cycle, "Could not build `\(names[0])`: \(chain). Take one of the contexts away.")
            failure.subject = .init(build: names[0], key: "additional_contexts")
            return failure
        }
    }

    /// Images that the nodes need and that are not here yet.
    func missing(_ nodes: [StageNode]) -> [ImageKey: Bool] {
        var missing: [ImageKey: Bool] = [:]
        for node in nodes {
            for case .image(let key) in node.sources where images[key] == nil {
                missing[key] = missing[key] == true || builds[node.id.build].request.pullsBases
            }
        }
        return missing
    }

    /// Adds images, and gives stages the triggers of their bases; these may need more images.
    mutating func add(_ found: [ImageKey: LocalImage]) throws(BuildError) {
        images.merge(found) { $1 }
        for node in try nodes() where !triggered.contains(node.id) {
            switch node.base {
            case .image(let key):
                guard let image = images[key] else { continue }
                triggered.insert(node.id)
                try add(image.configuration.config.onBuild, of: key.text, to: node.id)
            case .stage(let base) where base.build != node.id.build:
                triggered.insert(node.id)
                let texts = builds[base.build].triggerTexts(of: base.stage)
                try add(texts, of: builds[base.build].request.name, to: node.id)
            default: triggered.insert(node.id)
            }
        }
    }

    private mutating func add(_ triggers: [String], of image: String, to id: StageID) throws(BuildError) {
        guard !triggers.isEmpty, !builds[id.build].isReplaced(id.stage) else { return }
        do throws(DockerfileError) {
            try builds[id.build].graph.add(Instruction.triggers(triggers, of: image), to: id.stage)
        } catch {
            throw BuildError(
                .invalidDockerfile, "Could not build `\(builds[id.build].request.name)`: \(error)", cause: error)
        }
    }
}

extension LoadedBuild {
    fileprivate func triggerTexts(of stage: Int) -> [String] {
        instructions(of: stage).compactMap { instruction in
            if case .onbuild(let trigger) = instruction.kind { trigger.text } else { nil }
        }
    }
}

// MARK: - For people

extension GraphSolver {
    func graph() throws(BuildError) -> BuildGraph {
        var graph = BuildGraph()
        var positions: [StageID: Int] = [:]
        for node in try nodes() {
            let build = builds[node.id.build]
            positions[node.id] = graph.nodes.count
            graph.nodes.append(
                BuildGraph.Node(
                    build: build.request.name, stage: build.title(of: node.id.stage), base: shown(node.base),
                    images: node.sources.dropFirst().compactMap { source in
                        if case .stage = source { nil } else { shown(source) }
                    },
                    steps: build.isReplaced(node.id.stage) ? [] : build.instructions(of: node.id.stage).map(\.text),
                    layerCount: layerCount(node, build),
                    needs: node.dependencies.compactMap { positions[$0] },
                    isTarget: build.target == node.id.stage))
        }
        return graph
    }

    private func layerCount(_ node: StageNode, _ build: LoadedBuild) -> Int {
        let copied = if case .directory = node.base { 1 } else { 0 }
        if build.isReplaced(node.id.stage) { return copied }
        return copied + build.instructions(of: node.id.stage).count(where: \.makesLayer)
    }

    /// The place in a Dockerfile that names an image, such as `Dockerfile:3`; `nil` when no line names it.
    func place(naming key: ImageKey) -> String? {
        for build in builds {
            for (number, vertex) in build.graph.vertices.enumerated() {
                // An invalid base was reported before.
                let base = try? build.base(of: number, in: numbers)
                if base == .image(key) { return vertex.stage.location.line }
                for instruction in build.instructions(of: number) {
                    let sources = instruction.sourceWords.map { try? build.source(of: $0, in: number, numbers) }
                    if sources.contains(.image(key)) { return instruction.location.line }
                }
            }
        }
        return nil
    }

    /// What messages call a source.
    func shown(_ source: RootSource) -> String {
        switch source {
        case .scratch: return "scratch"
        case .stage(let id):
            let build = builds[id.build]
            return builds.count == 1
                ? "the stage `\(build.title(of: id.stage))`"
                : "the stage `\(build.title(of: id.stage))` of `\(build.request.name)`"
        case .image(let key): return key.text
        case .directory(_, let name): return "the context `\(name)`"
        }
    }
}

extension Location {
    /// Such as `Dockerfile:3`.
    var line: String { "\(file):\(start.line)" }
}
