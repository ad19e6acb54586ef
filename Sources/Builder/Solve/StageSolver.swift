internal import Dockerfile
internal import Images
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// Runs the instructions of one stage.
struct StageSolver {
    let session: BuildSession
    let node: StageNode
    /// The stages that it needs.
    let finished: [StageID: StageState]

    private var build: LoadedBuild { session.builds[node.id.build] }
    private var title: String { build.title(of: node.id.stage) }
    private var baseName: String {
        let name = session.solver.shown(node.base)
        return if case .image = node.base { "the base image \(name)" } else { name }
    }
    private var isTarget: Bool { build.target == node.id.stage }

    func solve() async throws -> StageState {
        var state = try start()
        let replaced = build.isReplaced(node.id.stage)
        let instructions = replaced ? [] : build.instructions(of: node.id.stage)
        var steps = StepSolver(
            session: session, build: build, title: title,
            instructions: layerInstructions(instructions), base: baseName,
            baseKey: state.root.key)
        if case .directory(let number, let name) = node.base {
            try await copyContext(name, of: number, &state, &steps)
        }
        for instruction in instructions {
            try Task.checkCancellation()
            try await perform(instruction, &state, &steps)
        }
        try steps.finish()
        if isTarget { state.image = try image(of: state) }
        return state
    }

    private func layerInstructions(_ instructions: [Instruction]) -> [StepSolver.Planned] {
        var planned = instructions.filter(\.makesLayer).map { StepSolver.Planned(text: $0.text, location: $0.location) }
        if case .directory(_, let name) = node.base {
            let stage = build.graph.vertices[node.id.stage].stage
            planned.insert(StepSolver.Planned(text: "FROM \(name)", location: stage.location), at: 0)
        }
        return planned
    }

    // MARK: The beginning

    private func start() throws -> StageState {
        switch node.base {
        case .scratch, .directory: return try .scratch(session.host.platform, global: build.scope)
        case .image(let key):
            guard let image = session.solver.images[key], let root = session.imageRoots[key] else {
                throw BuildError(
                    .baseImage, "Could not build `\(build.request.name)`: the image `\(key.text)` is missing.")
            }
            return StageState(image, root: root, global: build.scope)
        case .stage(let id):
            guard let stage = finished[id] else {
                throw BuildError(.baseImage, "Could not build `\(build.request.name)`: a stage is missing.")
            }
            // What another build made is an image like any other.
            if id.build != node.id.build, let image = stage.image {
                return StageState(image, root: stage.root, global: build.scope)
            }
            return StageState(continuing: stage)
        }
    }

    /// A directory context in place of an image: its files are the root.
    private func copyContext(
        _ name: String, of number: Int, _ state: inout StageState, _ steps: inout StepSolver
    ) async throws {
        guard let tree = session.builds[number].namedTrees[name] else { return }
        let operation = CopyOperation(
            session: session, request: build.request, parent: state.root, text: "FROM \(name)",
            transfer: .init(sources: [.path(".")]),
            destination: "/",
            keepsParents: false, origin: .context(tree), variables: [])
        try await steps.perform(operation, &state)
    }

    private func image(of state: StageState) throws -> LocalImage {
        let assembly = ImageAssembly(
            state: state, labels: build.request.labels,
            epoch: build.scope.arguments.values["SOURCE_DATE_EPOCH"].flatMap { Int64($0) })
        return try assembly.image(
            named: "\(build.identity) \(build.request.name)", records: session.host.records, now: session.now)
    }

    // MARK: Instructions

    private func perform(
        _ instruction: Instruction, _ state: inout StageState, _ steps: inout StepSolver
    ) async throws {
        let step: Step
        do throws(DockerfileError) {
            step = try state.scope.expand(instruction)
        } catch {
            throw BuildError(.invalidDockerfile, "Could not build `\(build.request.name)`: \(error)", cause: error)
        }
        for warning in step.warnings {
            session.emit(.warning(build: build.request.name, .dockerfile(warning)))
        }
        let before = state
        state.configuration.apply(step, scope: state.scope)
        state.scope.apply(step)
        switch step.action {
        case .run(let run): try await steps.perform(try operation(run, instruction, before), &state)
        case .copy(let copy): try await steps.perform(try operation(copy, instruction, before), &state)
        case .add(let add): try await steps.perform(operation(add, instruction, before), &state)
        case .workdir:
            let path = state.workingDirectory
            // The root exists, and the history contains it.
            guard path != "/" else { return steps.skip() }
            try await steps.perform(
                WorkdirOperation(
                    session: session, parent: before.root, text: instruction.text, path: path,
                    user: before.configuration.image.user), &state)
        case .cmd: state.hasCommand = true
        default: break
        }
    }

    private func operation(
        _ run: Dockerfile.RunStep, _ instruction: Instruction, _ state: StageState
    ) throws -> RunOperation {
        var sources: [Word: RunOperation.Source] = [:]
        for word in instruction.sourceWords {
            let source = try build.source(of: word, in: node.id.stage, session.solver.numbers)
            let name = session.solver.shown(source)
            if case .directory(let number, let context) = source, let tree = session.builds[number].namedTrees[context]
            {
                sources[word] = .init(root: .tree(tree), name: name)
            } else {
                sources[word] = .init(root: .root(try root(of: source)), name: name)
            }
        }
        return RunOperation(
            session: session, build: build, parent: state.root, text: instruction.text, step: run,
            configuration: state.configuration.image, variables: state.scope.processEnvironment, sources: sources)
    }

    private func operation(
        _ copy: CopyStep, _ instruction: Instruction, _ state: StageState
    ) throws -> CopyOperation {
        var origin = CopyOperation.Origin.context(build.tree)
        if let from = copy.from {
            let source = try build.source(of: from, in: node.id.stage, session.solver.numbers)
            if case .directory(let number, let context) = source, let tree = session.builds[number].namedTrees[context]
            {
                origin = .context(tree)
            } else {
                origin = .root(try root(of: source), name: session.solver.shown(source))
            }
        }
        return transferOperation(copy.transfer, keepsParents: copy.keepsParents, origin, instruction, state)
    }

    private func operation(_ add: AddStep, _ instruction: Instruction, _ state: StageState) -> CopyOperation {
        var operation = transferOperation(
            add.transfer, keepsParents: false, .context(build.tree), instruction, state)
        operation.checksum = add.checksum
        operation.keepsGitDirectory = add.keepsGitDirectory
        operation.isAdd = true
        operation.unpacking = add.unpacks
        return operation
    }

    private func transferOperation(
        _ transfer: TransferStep, keepsParents: Bool, _ origin: CopyOperation.Origin, _ instruction: Instruction,
        _ state: StageState
    ) -> CopyOperation {
        CopyOperation(
            session: session, request: build.request, parent: state.root, text: instruction.text,
            transfer: .init(transfer),
            destination: CopyOptions.destination(transfer.destination, workingDirectory: state.workingDirectory),
            keepsParents: keepsParents, origin: origin,
            variables: state.scope.processEnvironment.filter { instruction.text.names($0.name) }.map {
                .init($0.name, $0.value)
            })
    }

    private func root(of source: RootSource) throws -> StageRoot {
        switch source {
        case .scratch: return try StageRoot()
        case .stage(let id): if let stage = finished[id] { return stage.root }
        case .image(let key): if let root = session.imageRoots[key] { return root }
        case .directory: break
        }
        throw BuildError(
            .baseImage, "Could not build `\(build.request.name)`: \(session.solver.shown(source)) is missing.")
    }
}

extension String {
    /// Whether the text uses a variable: `$NAME` or `${NAME…`.
    fileprivate func names(_ variable: String) -> Bool {
        for start in ["${", "$"] {
            var rest = self[...]
            while let range = rest.firstRange(of: start + variable) {
                rest = rest[range.upperBound...]
                guard let next = rest.unicodeScalars.first else { return true }
                if !(next.properties.isAlphabetic || next.properties.numericType != nil || next == "_") { return true }
            }
        }
        return false
    }
}
