internal import Diagnostics
internal import Execution
internal import Synchronization
internal import Vocabulary
internal import Workspaces

/// Chooses how progress is shown.
enum Progress {
    static func sink(for globals: Globals) -> any ProgressSink {
        let usual: ProgressStyle = globals.json ? .json : ProcessEnvironment.isTerminal(2) ? .tty : .plain
        switch globals.progress ?? ProgressStyle.ofProcess ?? .auto {
        case .auto where usual == .json: return JSONProgress()
        case .auto where usual == .tty: return LiveProgress(style: Style(descriptor: 2))
        case .auto: return PlainProgress()
        case .tty: return LiveProgress(style: Style(descriptor: 2))
        case .plain: return PlainProgress()
        case .json: return JSONProgress()
        case .quiet: return QuietProgress()
        }
    }

    /// Runs `body` while the live table is redrawn ten times a second.
    static func follow<Result: Sendable>(
        _ sink: any ProgressSink, stopping: SignalStop? = nil,
        _ body: @escaping @Sendable () async throws -> Result
    ) throws -> Result {
        try AsyncWork.run(stopping: stopping) { try await following(sink, body) }
    }

    /// The same as a part of work that goes on.
    static func following<Result: Sendable>(
        _ sink: any ProgressSink, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        defer { sink.finish() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while true {
                    try await Task.sleep(for: .milliseconds(100))
                    sink.tick()
                }
            }
            defer { group.cancelAll() }
            return try await body()
        }
    }
}

/// A renderer of the event stream; all write to standard error, so that standard output keeps the result.
protocol ProgressSink: EventSink {
    /// Time has passed.
    func tick()
    /// How the services are now that all has been done.
    func settle(_ services: [StatusReport.Service])
}

extension ProgressSink {
    func settle(_ services: [StatusReport.Service]) {}
}

/// One line for each operation that has ended, and for a step of a build one when it begins, too.
struct PlainProgress: ProgressSink {
    func receive(_ event: Event) {
        switch event.phase {
        case .started:
            guard let step = event.step, let reason = step.reason else { return }
            Output.error("\(event.resource) \(TerminalText(step.instruction).line) (\(reason))")
        case .progress(let text): Output.error("\(event.resource): \(TerminalText(text).line)")
        case .output(let text, let program): Output.error("\(program) | \(TerminalText(text).line)")
        case .part(let part):
            guard part.isDone else { return }
            Output.error(
                "\(event.resource): \(Format.shortDigest(part.name)) \(part.doing)"
                    + (part.total.map { " (\(Format.bytes($0)))" } ?? ""))
        // The line of the end says the one, and `up` the other when all is done.
        case .reached, .address: break
        case .finished: finished(event)
        // Why is told at the end, once.
        case .failed:
            let what = event.step.map { $0.reason == nil ? " \(TerminalText($0.instruction).line)" : "" } ?? ""
            let action = event.step == nil ? "\(event.action) " : ""
            Output.error("\(event.resource)\(what): \(action)failed after \(Format.elapsed(event.elapsed))")
        }
    }

    private func finished(_ event: Event) {
        guard let step = event.step else {
            return Output.error("\(event.resource): \(event.action) done in \(Format.elapsed(event.elapsed))")
        }
        if step.isCached { return Output.error("\(event.resource) \(TerminalText(step.instruction).line): cached") }
        Output.error("\(event.resource): done in \(Format.elapsed(event.elapsed))")
    }

    func note(_ text: String, isWarning: Bool) {
        Output.error(isWarning ? "warning: \(text.visible)" : text.visible)
    }

    func tick() {}
    func finish() {}
}

/// One JSON object per event.
struct JSONProgress: ProgressSink {
    private struct Row: Encodable {
        /// The same for all events of one operation, and for no other's.
        var operation: String?
        var resource: String?
        var action: String?
        var instruction: String?
        var reason: String?
        var phase: String
        var text: String?
        var elapsedMilliseconds: Int64?
        var completed: Int?
        var total: Int?
        var part: String?
        var partBytes: Int64?
        var partTotal: Int64?
    }

    func receive(_ event: Event) {
        let (phase, text): (String, String?) =
            switch event.phase {
            case .started: ("started", nil)
            case .progress(let text): ("progress", text)
            case .output(let text, _): ("output", text)
            case .part(let part): ("part", part.doing)
            case .reached(let what): ("reached", what)
            case .address(let url): ("address", url)
            case .finished: ("finished", nil)
            case .failed(let message): ("failed", message)
            }
        var part: Event.Part?
        if case .part(let found) = event.phase { part = found }
        let milliseconds = Int64(event.elapsed.milliseconds)
        Output.error(
            Output.jsonLine(
                Row(
                    operation: "\(event.operation)", resource: event.resource, action: event.action,
                    instruction: event.step?.instruction,
                    reason: event.step?.reason, phase: phase, text: text,
                    elapsedMilliseconds: milliseconds, completed: event.completed, total: event.total,
                    part: part?.name, partBytes: part?.completed, partTotal: part?.total)))
    }

    func note(_ text: String, isWarning: Bool) {
        Output.error(Output.jsonLine(Row(phase: isWarning ? "warning" : "note", text: text)))
    }

    func tick() {}
    func finish() {}
}

/// Nothing but warnings.
struct QuietProgress: ProgressSink {
    func receive(_ event: Event) {}

    func note(_ text: String, isWarning: Bool) {
        if isWarning { Output.error("warning: \(text.visible)") }
    }

    func tick() {}
    func finish() {}
}
