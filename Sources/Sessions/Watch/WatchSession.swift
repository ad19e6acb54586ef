internal import Envfile
internal import LinuxSystem
internal import Watching
package import Workspaces

/// What happened after changes, or on the way.
package enum WatchEvent: Sendable {
    /// Files are watched from now on.
    case ready(services: [String], directories: Int)
    case worked(WatchRow)
    case note(String)
}

/// What was done in one service after a batch of changes.
package struct WatchRow: Encodable, Sendable, Hashable {
    /// 1 for the first batch; 0 for what is copied at the beginning.
    package var batch: Int
    package var service: String
    /// `rebuild`, `sync`, `restart` and `exec`, in the order in which they were done.
    package var actions: [String]
    /// The files that changed, by path.
    package var files: [String]
    /// The paths in the container that they were copied below.
    package var targets: [String]
    /// From the first change of the batch until all was done.
    package var milliseconds: Int
    /// Why not all was done.
    package var error: String?
}

/// What a watch does beyond copying.
package struct WatchEffects: Sendable {
    package var rebuild: @Sendable ([String]) async throws -> Void
    package var restart: @Sendable ([String]) async throws -> Void

    package init(
        rebuild: @escaping @Sendable ([String]) async throws -> Void,
        restart: @escaping @Sendable ([String]) async throws -> Void
    ) {
        self.rebuild = rebuild
        self.restart = restart
    }
}

extension ContainerSessions {
    /// Watches files until the task is cancelled.
    ///
    /// A batch that cannot be worked on is told, and the watch goes on.
    ///
    /// - Throws: `EngineError` when files cannot be watched.
    package func watch(
        _ selection: WatchSelection, _ identity: EnvironmentTarget, _ effects: WatchEffects,
        report: @escaping @Sendable (WatchEvent) -> Void
    ) async throws {
        let bell = try WatchBell()
        let (steps, continuation) = AsyncStream.makeStream(of: WatchLoop.Step.self)
        var worker = WatchWorker(
            rules: selection.rules, workspace: Workspace(id: identity.id, host: try host()), effects: effects,
            report: report)
        try await withTaskCancellationHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask(executorPreference: BlockingExecutor(label: "trice.watch")) {
                    defer { continuation.finish() }
                    do {
                        var loop = try WatchLoop.watching(selection.rules, bell)
                        continuation.yield(loop.ready)
                        while !Task.isCancelled {
                            for step in try loop.next() { continuation.yield(step) }
                        }
                    } catch let error as WatchError {
                        throw EngineError(.unsupportedHost, error.message)
                    }
                }
                for await step in steps {
                    await worker.work(on: step)
                    if case .batch = step { bell.finish() }
                }
                group.cancelAll()
                bell.wake()
                try await group.waitForAll()
            }
        } onCancel: {
            bell.wake()
        }
    }
}

/// Works on one batch after the other.
private struct WatchWorker {
    let rules: WatchRules
    let workspace: Workspace
    let effects: WatchEffects
    let report: @Sendable (WatchEvent) -> Void
    /// All files that were seen, where some are copied at the beginning.
    private var seen: Set<FileChange> = []

    init(
        rules: WatchRules, workspace: Workspace, effects: WatchEffects, report: @escaping @Sendable (WatchEvent) -> Void
    ) {
        self.rules = rules
        self.workspace = workspace
        self.effects = effects
        self.report = report
    }

    private var copiesAtStart: Bool { rules.rules.contains(where: \.watch.copiesAtStart) }

    mutating func work(on step: WatchLoop.Step) async {
        switch step {
        case .note(let text): report(.note(text))
        case .ready(let directories, let files):
            if copiesAtStart { seen = Set(files) }
            copyAll(to: nil)
            report(.ready(services: rules.services, directories: directories))
        case .batch(let batch):
            if copiesAtStart { seen.formUnion(batch.changes) }
            await work(on: batch)
        }
    }

    /// Copies what is copied at the beginning, to one service or to all.
    private func copyAll(to service: String?) {
        let begin = ContinuousClock.now
        for var work in rules.work(for: seen.sorted { $0.path < $1.path }) where service ?? work.service == work.service
        {
            work.copies = work.copies.filter { $0.rule.watch.copiesAtStart }
            guard !work.copies.isEmpty else { continue }
            work.files = work.copies.flatMap { copy in copy.paths.map { copy.rule.target(of: $0) ?? "" } }
            var row = WatchRow(work, batch: 0)
            row.attempt("sync") { try ContainerSync(workspace: workspace, service: work.service).copy(work.copies) }
            row.end(since: begin)
            report(.worked(row))
        }
    }

    private func work(on batch: WatchLoop.Batch) async {
        let works = rules.work(for: batch.changes)
        var rows = works.map { WatchRow($0, batch: batch.number) }
        let rebuilt = works.indices.filter { works[$0].rebuilds }
        await attempt("rebuild", rebuilt, works, &rows, effects.rebuild)
        for index in works.indices where rows[index].error == nil && !works[index].copies.isEmpty {
            let sync = ContainerSync(workspace: workspace, service: works[index].service)
            rows[index].attempt("sync") { try sync.copy(works[index].copies) }
        }
        let restarted = works.indices.filter { works[$0].restarts && rows[$0].error == nil }
        await attempt("restart", restarted, works, &rows, effects.restart)
        for index in works.indices where rows[index].error == nil && !works[index].hooks.isEmpty {
            let sync = ContainerSync(workspace: workspace, service: works[index].service)
            rows[index].attempt("exec") { try sync.run(works[index].hooks) }
        }
        for var row in rows {
            row.end(since: batch.first)
            report(.worked(row))
        }
        // A new container has what the image has.
        for index in rebuilt where rows[index].error == nil { copyAll(to: works[index].service) }
    }

    private func attempt(
        _ action: String, _ indices: [Int], _ works: [ServiceWork], _ rows: inout [WatchRow],
        _ body: ([String]) async throws -> Void
    ) async {
        guard !indices.isEmpty else { return }
        var failure: String?
        do {
            try await body(indices.map { works[$0].service })
        } catch {
            failure = WatchRow.text(of: error)
        }
        for index in indices {
            rows[index].actions.append(action)
            rows[index].error = failure
        }
    }
}

extension WatchRow {
    fileprivate init(_ work: ServiceWork, batch: Int) {
        self.init(
            batch: batch, service: work.service, actions: [], files: work.files,
            targets: Set(work.copies.compactMap(\.rule.watch.target)).sorted(), milliseconds: 0)
    }

    fileprivate mutating func attempt(_ action: String, _ body: () throws -> Void) {
        actions.append(action)
        do {
            try body()
        } catch {
            self.error = Self.text(of: error)
        }
    }

    fileprivate mutating func end(since begin: ContinuousClock.Instant) {
        milliseconds = Int(begin.duration(to: .now) / .milliseconds(1))
    }

    /// The error with its causes, in one text.
    fileprivate static func text(of error: any Error) -> String {
        guard let error = error as? EngineError, !error.causes.isEmpty else { return "\(error)" }
        return ([error.message] + error.causes.map { "\($0)" }).joined(separator: " ")
    }
}
