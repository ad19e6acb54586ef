internal import ArgumentParser
internal import Engine
internal import Execution
internal import Sessions
internal import Synchronization
internal import Vocabulary
internal import Watching
internal import Workspaces

struct Watch: StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "watch", abstract: "Copy, rebuild or restart when files change, as `develop.watch` says.",
        discussion: """
            Brings the services up first and then watches until Ctrl-C; the services run on. Changes that come together are
            one batch. Each line says what was done and how long after the change. What cannot be done is told, and the
            watch goes on.
            """)

    @OptionGroup var common: GlobalOptions
    @Flag(help: "Bring nothing up first.") var noUp = false
    @Flag(inversion: .prefixedNo, help: "Remove the images of the project that a rebuild has replaced.")
    var prune = true
    @Flag(help: "Show no progress of builds and starts.") var quiet = false
    @Argument(help: "Services to watch (default: all that have `develop.watch`).", completion: .services) var services:
        [String] = []

    var globals: Globals {
        var globals = common.globals
        if quiet { globals.progress = .quiet }
        return globals
    }

    func run() throws {
        let engine = try Engine(globals.request)
        let project = try engine.project(selecting: services)
        let sink = Progress.sink(for: globals)
        project.show(warningsOn: sink)
        let selection = try WatchSelection(project, services: services)
        let options = UpOptions(services: [ServiceName](unchecked: services), builds: true)
        if globals.isDryRun {
            if !noUp {
                let plan = try Progress.follow(sink) { try await engine.plan(project, options) }
                Output.print(plan.text)
            }
            for line in WatchText.rules(selection) { Output.print(line) }
            return
        }
        let watcher = Watcher(
            engine: engine, project: project, selection: selection, globals: globals, prunes: prune)
        if noUp { throw ExitCode(try watcher.run()) }
        throw ExitCode(
            try watcher.run {
                _ = try await Progress.following(sink) { try await engine.up(project, options, sink: sink) }
            })
    }
}

/// Watches the files of a project that is up.
struct Watcher: Sendable {
    private let engine: Engine
    private let project: Project
    private let selection: WatchSelection
    private let prunes: Bool
    private let asJSON: Bool
    private let sink: any ProgressSink

    init(engine: Engine, project: Project, selection: WatchSelection, globals: Globals, prunes: Bool = true) {
        self.engine = engine
        self.project = project
        self.selection = selection
        self.prunes = prunes
        asJSON = globals.json
        // A table that is redrawn would cover the lines of the watch.
        var globals = globals
        if [nil, .auto, .tty].contains(globals.progress), !globals.json { globals.progress = .plain }
        sink = Progress.sink(for: globals)
    }

    /// Returns when a signal has asked for the end.
    ///
    /// - Parameter first: what comes before the watch.
    /// - Returns: the exit code.
    /// - Throws: `Interrupted` when the signal came before the watch.
    func run(after first: @escaping @Sendable () async throws -> Void = {}) throws -> Int32 {
        let phase = Phase()
        let engine = engine
        let target = EnvironmentTarget(id: project.id, project: project)
        let stop = SignalStop(timeout: 10) { phase.isWatch ? nil : Remains.text(engine, target) }
        do {
            try AsyncWork.run(stopping: stop) {
                try await first()
                phase.beginWatch()
                try await watch()
            }
        } catch let stopped as Interrupted where phase.isWatch {
            sink.note("The watch has ended; the services run on.", isWarning: false)
            return 128 + stopped.signal
        }
        return 0
    }

    /// Whether the watch has begun.
    private final class Phase: Sendable {
        private let hasBegun = Atomic(false)

        var isWatch: Bool { hasBegun.load(ordering: .relaxed) }

        func beginWatch() { hasBegun.store(true, ordering: .relaxed) }
    }

    /// A watch beside other work.
    struct Running {
        fileprivate let task: Task<Void, Never>

        /// Returns when it has ended.
        func stop() {
            let task = task
            task.cancel()
            // It throws nothing: what failed was told when it did.
            try? AsyncWork.run { await task.value }
        }
    }

    func start() -> Running {
        Running(
            task: Task {
                do {
                    try await watch()
                } catch is CancellationError {
                    return
                } catch {
                    sink.note("The watch has ended: \(error)", isWarning: true)
                }
            })
    }

    /// The first line of `--json`.
    private struct Ready: Encodable {
        var directories: Int
        var services: [String]
    }

    private func watch() async throws {
        for warning in selection.warnings { sink.note(warning, isWarning: true) }
        try await engine.watch(selection, project, prunes: prunes, sink: sink) { event in
            switch event {
            case .ready(let services, let directories):
                if asJSON { return Output.print(Output.jsonLine(Ready(directories: directories, services: services))) }
                if services.isEmpty {
                    return Output.print("watching nothing: every path is in a folder that is shared")
                }
                let folders = directories == 1 ? "1 directory" : "\(directories) directories"
                Output.print("watching \(folders) for \(services.joined(separator: ", "))")
            case .note(let text): sink.note(text, isWarning: false)
            case .worked(let row):
                if asJSON { return Output.print(Output.jsonLine(row)) }
                Output.print(WatchText.line(row))
            }
        }
    }
}
