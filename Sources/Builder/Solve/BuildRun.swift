internal import Dockerfile
internal import Images
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// One call of a builder.
struct BuildRun {
    let host: BuildHost
    let options: BuildOptions
    let emit: @Sendable (BuildEvent) -> Void

    func build(_ requests: [BuildRequest]) async throws -> [BuildResult] {
        let work = LazyWork(WorkArea(host.workDirectory))
        let agents = KeyAgents(work)
        var loader = BuildLoader(host: host, options: options, work: work, agents: agents)
        let builds = try await loader.load(requests)
        for build in builds { warn(build) }
        var solver = GraphSolver(builds, for: host.platform)
        try await loadImages(&solver)
        emit(.planned(try solver.graph()))
        let session = try BuildSession(
            host: host, options: options, solver: solver, imageRoots: try roots(of: solver), work: work, agents: agents,
            emit: emit)
        let stages: [StageID: StageState]
        do {
            stages = try await solve(try solver.nodes(), session)
        } catch {
            // The next build can use the finished steps; the thrown failure is more useful than a failure of the sync.
            // The sync may take long: after a Ctrl-C the next build does it.
            if !Task.isCancelled { try? session.sync() }
            for tree in loader.contexts { try? tree.saveCache() }
            throw error
        }
        try session.sync()
        for tree in loader.contexts { try tree.saveCache() }
        return try results(solver, stages, session)
    }

    private func warn(_ build: LoadedBuild) {
        let name = build.request.name
        for warning in build.file.warnings + build.graph.warnings { emit(.warning(build: name, .dockerfile(warning))) }
        for remark in build.request.remarks { emit(.warning(build: name, .text(remark))) }
        let unused = build.scope.arguments.unused(in: build.file).filter {
            !$0.hasPrefix("BUILDKIT_") && $0 != "SOURCE_DATE_EPOCH"
        }
        for argument in unused {
            let nearest = BuildArguments.nearest(to: argument, in: build.file).map { " Did you mean `\($0)`?" } ?? ""
            let text =
                "the build argument \(argument) is not used: no ARG of \(build.request.dockerfileName) declares it.\(nearest)"
            emit(.warning(build: name, .text(text)))
        }
    }

    // MARK: Images

    /// Gets all images that the stages need, several at a time; triggers of one may need others.
    private func loadImages(_ solver: inout GraphSolver) async throws {
        try solver.add([:])
        while true {
            let missing = solver.missing(try solver.nodes())
            if missing.isEmpty { return }
            let (host, options, emit) = (host, options, emit)
            let places = missing.keys.reduce(into: [:]) { $0[$1] = solver.place(naming: $1) }
            let found = try await withThrowingTaskGroup(of: (ImageKey, LocalImage).self) { group in
                for (key, pulls) in missing {
                    group.addTask(executorPreference: BlockingExecutor(label: "trice.base")) {
                        do {
                            return (key, try await Self.load(key, pulls: pulls || options.pullsBases, host, emit))
                        } catch let error as BuildError {
                            guard let place = places[key] else { throw error }
                            throw BuildError(error.code, "\(place): \(error.message)", cause: error.cause)
                        }
                    }
                }
                var found: [ImageKey: LocalImage] = [:]
                for try await (key, image) in group { found[key] = image }
                return found
            }
            try solver.add(found)
        }
    }

    private static func load(
        _ key: ImageKey, pulls: Bool, _ host: BuildHost, _ emit: @Sendable (BuildEvent) -> Void
    ) async throws -> LocalImage {
        emit(.baseStarted(key.text))
        let clock = ContinuousClock()
        let start = clock.now
        do {
            let image = try await host.bases.image(named: key.text, relativeTo: key.directory, pulls: pulls)
            emit(.baseFinished(key.text, clock.now - start))
            return image
        } catch let error as CancellationError {
            throw error
        } catch let due as RebuildReason {
            throw due
        } catch {
            let why = "\(error)"
            // Most failures name their object.
            let message = why.contains(key.text) ? why : "Could not have the image `\(key.text)`: \(why)"
            throw BuildError(.baseImage, message, cause: error)
        }
    }

    private func roots(of solver: GraphSolver) throws -> [ImageKey: StageRoot] {
        var roots: [ImageKey: StageRoot] = [:]
        for (key, image) in solver.images {
            roots[key] = try StageRoot(image, directories: host.images.view(image, key.text).layerDirectories)
        }
        return roots
    }

    // MARK: Stages

    /// Solves every stage as soon as its dependencies are complete.
    private func solve(_ nodes: [StageNode], _ session: BuildSession) async throws -> [StageID: StageState] {
        try await withThrowingTaskGroup(of: (StageID, StageState).self) { group in
            var finished: [StageID: StageState] = [:]
            var waiting = nodes
            func startReady() {
                waiting.removeAll { node in
                    guard node.dependencies.allSatisfy({ finished[$0] != nil }) else { return false }
                    let needed = finished.filter { node.dependencies.contains($0.key) }
                    group.addTask(executorPreference: BlockingExecutor(label: "trice.stage")) {
                        (node.id, try await StageSolver(session: session, node: node, finished: needed).solve())
                    }
                    return true
                }
            }
            startReady()
            while let (id, state) = try await group.next() {
                finished[id] = state
                startReady()
            }
            return finished
        }
    }

    // MARK: Results

    private func results(
        _ solver: GraphSolver, _ stages: [StageID: StageState], _ session: BuildSession
    ) throws -> [BuildResult] {
        var results: [BuildResult] = []
        let reports = session.reports
        for build in solver.builds {
            guard let image = stages[StageID(build: build.number, stage: build.target)]?.image else {
                throw BuildError(.baseImage, "Could not build `\(build.request.name)`: its target is missing.")
            }
            for tag in build.request.tags where try host.images.records.image(named: tag)?.id != image.id {
                if options.dryRun { throw RebuildReason(reason: "\(tag) is not what has been built") }
                try host.images.records.set(image, named: tag)
            }
            emit(.built(build: build.request.name, id: image.id))
            results.append(
                BuildResult(
                    name: build.request.name, image: image, tags: build.request.tags,
                    steps: reports.filter { $0.step.build == build.request.name }))
        }
        return results
    }
}
