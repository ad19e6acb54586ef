internal import Dockerfile
internal import Images
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// Takes the steps of one stage that make layers from the cache, or does them.
struct StepSolver {
    /// An instruction that makes a layer.
    struct Planned: Sendable {
        var text: String
        var location: Location
    }

    private let session: BuildSession
    private let build: LoadedBuild
    private let title: String
    private let instructions: [Planned]
    private let baseName: String
    private let baseKey: OCI.Digest
    private let skipsCache: Bool
    /// From 0.
    private var number = 0
    private var trace: StageTrace
    /// Of the last build; read when something is not in the cache.
    private var lastTrace: StageTrace?
    private var hasReadTrace = false

    init(
        session: BuildSession, build: LoadedBuild, title: String, instructions: [Planned], base: String,
        baseKey: OCI.Digest
    ) {
        self.session = session
        self.build = build
        self.title = title
        self.instructions = instructions
        baseName = base
        self.baseKey = baseKey
        trace = StageTrace(base: baseKey.description)
        skipsCache =
            session.options.skipsCache || build.request.skipsCache || build.request.stagesWithoutCache.contains(title)
    }

    private var traceName: String { "\(StageTrace.notePrefix)\(build.identity) \(build.request.name) \(title)" }

    private var reference: StepReference {
        StepReference(
            build: build.request.name, stage: title, number: number + 1, count: instructions.count,
            text: instructions[number].text, location: instructions[number].location)
    }

    /// Passes over a step that has nothing to do.
    mutating func skip() { number += 1 }

    /// Stores the components of the stage, when they have changed.
    mutating func finish() throws(BuildError) {
        if !hasReadTrace { lastTrace = try StageTrace.read(traceName, from: session.host.records) }
        if lastTrace != trace { try trace.write(traceName, to: session.host.records) }
    }

    /// Stores the progress of the stage, with the rest from the last build.
    private func keepTrace() throws(BuildError) {
        guard !trace.steps.isEmpty else { return }
        var trace = trace
        let last = try StageTrace.read(traceName, from: session.host.records)
        trace.steps += last?.steps.dropFirst(trace.steps.count) ?? []
        try trace.write(traceName, to: session.host.records)
    }

    /// Adds the layer of a step to the stage.
    mutating func perform(_ operation: some StepOperation, _ state: inout StageState) async throws {
        let step = reference
        do {
            let (solver, begun) = (self, state)
            (self, state) = try await Cancellation.watching {
                var (solver, state) = (solver, begun)
                try await solver.solve(operation, step, &state)
                return (solver, state)
            }
        } catch {
            // The trace explains the next build; the thrown failure is more useful than a failure of storing it.
            try? keepTrace()
            throw failure(error, step)
        }
        number += 1
    }

    private mutating func solve(
        _ operation: some StepOperation, _ step: StepReference, _ state: inout StageState
    ) async throws {
        var operation = operation
        var quick: OCI.Digest?
        if let components = try await operation.quickComponents() {
            let key = try components.key()
            if let record = try session.find(key, freshOnly: skipsCache) { return try use(record, step, &state) }
            quick = key
        }
        let components = try await operation.components()
        let key = try components.key()
        if let record = try session.find(key, freshOnly: skipsCache) {
            if let quick { try session.save(record, alias: quick) }
            return try use(record, step, &state)
        }
        if session.options.dryRun {
            throw RebuildReason(reason: "\(step.text): \(try reason(components, key, state))")
        }
        let lock = try await StepLock.take(key, in: session.locks()) {
            // Builds of one call that share a stage need not speak of it.
            if !session.isAt(key) { session.emit(.waiting(step)) }
        }
        session.begin(key)
        // Another build may have finished the same step during the wait.
        let record: CacheRecord
        if let done = try session.find(key, freshOnly: skipsCache) {
            record = done
            try use(record, step, &state)
        } else if !skipsCache, let imported = try await session.importRecord(key, components, for: build) {
            record = imported
            try use(record, step, &state)
        } else {
            record = try await execute(operation, components, key, step, &state)
        }
        if let quick { try session.save(record, alias: quick) }
        withExtendedLifetime(lock) {}
    }

    private mutating func use(_ record: CacheRecord, _ step: StepReference, _ state: inout StageState) throws {
        try add(record, &state)
        session.emit(.cached(step))
        session.report(step, .cached)
    }

    private mutating func execute(
        _ operation: some StepOperation, _ components: StepComponents, _ key: OCI.Digest, _ step: StepReference,
        _ state: inout StageState
    ) async throws -> CacheRecord {
        let why = try reason(components, key, state)
        session.emit(.started(step, because: why))
        let clock = ContinuousClock()
        let start = clock.now
        let (session, images) = (session, session.host.images)
        let layer = try await operation.perform(output: { session.emit(.output(step, $0)) }) { upper in
            try images.adopt(upper, isDurable: false)
        }
        let record = try session.save(layer, components, key: key)
        let duration = clock.now - start
        session.writeSoon(after: duration)
        session.emit(.finished(step, duration))
        session.report(step, .executed(because: why, duration))
        try add(record, &state)
        state.rebuilt = step.text
        return record
    }

    private mutating func add(_ record: CacheRecord, _ state: inout StageState) throws {
        try state.root.add(record.layer, at: session.directory(of: record.layer))
        state.added.append(
            AddedLayer(name: record.layer, createdAt: record.createdAt, operation: record.operation))
        trace.steps.append(.init(text: instructions[number].text, key: record.contentKey))
    }

    private mutating func reason(
        _ components: StepComponents, _ key: OCI.Digest, _ state: StageState
    ) throws(BuildError) -> CacheMiss {
        if skipsCache { return .cacheDisabled }
        if !hasReadTrace { lastTrace = try StageTrace.read(traceName, from: session.host.records) }
        hasReadTrace = true
        let explainer = MissExplainer(
            records: session.host.records, trace: lastTrace, texts: instructions.map(\.text), baseName: baseName,
            baseKey: baseKey.description, argumentNames: Set(state.scope.arguments.map(\.name)))
        return try explainer.reason(for: components, key: key, number: number, rebuilt: state.rebuilt)
    }

    private func failure(_ error: any Error, _ step: StepReference) -> any Error {
        if error is CancellationError || Task.isCancelled { return CancellationError() }
        if error is RebuildReason { return error }
        guard var failure = error as? BuildError else {
            session.emit(.failed(step, message: "\(error)"))
            return error
        }
        if failure.code == .cancelled { return CancellationError() }
        // A step that is kept for a shell has directories of this build mounted, and uses its agents.
        if failure.failedStep?.isKept == true { failure.attachment = session }
        failure.message = "\(step.location.file):\(step.location.start.line): \(failure.message)"
        session.emit(.failed(step, message: failure.message))
        return failure
    }
}
