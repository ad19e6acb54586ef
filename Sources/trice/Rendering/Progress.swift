internal import Engine
internal import Synchronization

/// Chooses how progress is shown.
enum Progress {
    static func sink(for globals: Globals) -> any ProgressSink {
        let style = globals.progress ?? (globals.json ? .json : ProcessEnvironment.isTerminal(2) ? .tty : .plain)
        switch style {
        case .tty: return LiveProgress(style: Style(descriptor: 2))
        case .plain: return PlainProgress()
        case .json: return JSONProgress()
        case .quiet: return QuietProgress()
        }
    }

    /// Runs `body` while the live table is redrawn ten times a second.
    static func follow<Result: Sendable>(
        _ sink: any ProgressSink, _ body: @escaping @Sendable () async throws -> Result
    ) throws -> Result {
        defer { sink.finish() }
        return try AsyncWork.run {
            try await withThrowingTaskGroup(of: Void.self) { group in
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
}

/// A renderer of the event stream; all write to standard error, so that standard output keeps the result.
protocol ProgressSink: EventSink {
    /// Time has passed.
    func tick()
}

/// One line for each operation that has ended.
struct PlainProgress: ProgressSink {
    func receive(_ event: Event) {
        switch event.phase {
        case .started: break
        case .progress(let text): Output.error("\(event.resource): \(text)")
        case .part(let part):
            guard part.isDone else { return }
            Output.error(
                "\(event.resource): \(Human.shortDigest(part.name)) \(part.doing)"
                    + (part.total.map { " (\(Human.bytes($0)))" } ?? ""))
        case .finished:
            Output.error("\(event.resource): \(event.action) done in \(Human.elapsed(event.elapsed))")
        case .failed(let message): Output.error("\(event.resource): \(event.action) failed: \(message)")
        }
    }

    func note(_ text: String, isWarning: Bool) {
        Output.error(isWarning ? "warning: \(text)" : text)
    }

    func tick() {}
    func finish() {}
}

/// One JSON object per event.
struct JSONProgress: ProgressSink {
    private struct Row: Encodable {
        var resource: String?
        var action: String?
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
            case .part(let part): ("part", part.doing)
            case .finished: ("finished", nil)
            case .failed(let message): ("failed", message)
            }
        var part: Event.Part?
        if case .part(let found) = event.phase { part = found }
        let parts = event.elapsed.components
        let milliseconds = parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000
        Output.error(
            Output.jsonLine(
                Row(
                    resource: event.resource, action: event.action, phase: phase, text: text,
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
        if isWarning { Output.error("warning: \(text)") }
    }

    func tick() {}
    func finish() {}
}
