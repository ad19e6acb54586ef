internal import Synchronization
internal import Workspaces

internal import struct Vocabulary.OperationID

/// A table of the operations on a terminal that is drawn anew in place while they run.
final class LiveProgress: ProgressSink {
    private struct Row {
        var resource: String
        var action: String
        var began: ContinuousClock.Instant
        var text: String
        var outcome: Event.Phase
        var elapsed: Duration
        var parts = PartProgress()
        var step: Event.Step?
        /// The last lines that the command of a step wrote.
        var output: [String] = []

        /// What stands first in its line.
        var name: String { step.map { "\(resource) \(TerminalText($0.instruction).line)" } ?? resource }

        /// What became of it, in words.
        var outcomeText: String {
            guard let step else { return action }
            return step.isCached ? "cached" : step.reason ?? ""
        }

        /// What it is at, in words.
        var doing: String {
            if let step { return step.reason ?? text }
            if !text.isEmpty { return "\(action): \(text)" }
            return parts.isEmpty ? action : "\(action): \(parts.summary)"
        }
    }

    private struct State {
        var order: [OperationID] = []
        var rows: [OperationID: Row] = [:]
        var drawnLines = 0
        var spin = 0
        var counted = (completed: 0, total: 0)
        let began = ContinuousClock.now
    }

    private let style: Style
    private let state = Mutex(State())
    /// How much of a running command's output is shown.
    private static let outputLines = 5
    private static let spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]

    init(style: Style) {
        self.style = style
    }

    func receive(_ event: Event) {
        state.withLock { state in
            if state.rows[event.operation] == nil {
                state.order.append(event.operation)
                state.rows[event.operation] = Row(
                    resource: event.resource, action: event.action, began: .now - event.elapsed, text: "",
                    outcome: .started, elapsed: event.elapsed)
            }
            state.counted = (event.completed, event.total)
            state.rows[event.operation]?.elapsed = event.elapsed
            state.rows[event.operation]?.outcome = event.phase
            state.rows[event.operation]?.step = event.step
            if case .progress(let text) = event.phase {
                let line = TerminalText(text).line
                state.rows[event.operation]?.text = line
                if event.step?.reason != nil {
                    state.rows[event.operation]?.output.append(line)
                    if state.rows[event.operation]?.output.count ?? 0 > Self.outputLines {
                        state.rows[event.operation]?.output.removeFirst()
                    }
                    // Lines of output come by the thousand: the next tick shows them.
                    return
                }
            }
            if case .part(let part) = event.phase {
                state.rows[event.operation]?.parts.receive(part, at: .now)
                // Parts come by the thousand: the next tick shows them.
                return
            }
            // The whole of it is told at the end.
            if case .failed(let message) = event.phase {
                state.rows[event.operation]?.text = event.step == nil ? TerminalText(message).line : "failed"
            }
            draw(&state)
        }
    }

    func note(_ text: String, isWarning: Bool) {
        state.withLock { state in
            erase(&state)
            Output.error(isWarning ? "\(style.yellow("warning:")) \(text)" : text)
            draw(&state)
        }
    }

    func tick() {
        state.withLock { state in
            state.spin += 1
            draw(&state)
        }
    }

    func finish() {
        state.withLock { state in
            erase(&state)
            for row in state.order.compactMap({ state.rows[$0] }) { Output.error(text(of: row, state, isLast: true)) }
            state.order = []
        }
    }

    private func erase(_ state: inout State) {
        if state.drawnLines > 0 { Output.write("\u{1B}[\(state.drawnLines)A\u{1B}[J", to: 2) }
        state.drawnLines = 0
    }

    private func draw(_ state: inout State) {
        guard !state.order.isEmpty else { return }
        let rows = state.order.compactMap { state.rows[$0] }
        let head =
            style.bold("trice") + " \(state.counted.completed)/\(state.counted.total) "
            + style.faint(Format.elapsed(.now - state.began))
        // More rows than fit would scroll and never be erased: the newest are what is happening.
        let height = ProcessEnvironment.terminalHeight
        let body = rows.suffix(height).flatMap { [text(of: $0, state)] + partLines(of: $0) }
        let lines = [head] + body.suffix(max(3, height - 3))
        erase(&state)
        Output.write(lines.map { "\($0)\u{1B}[K\n" }.joined(), to: 2)
        state.drawnLines = lines.count
    }

    private func partLines(of row: Row) -> [String] {
        switch row.outcome {
        case .finished, .failed: []
        case .started, .progress, .part:
            (row.output + row.parts.lines.prefix(8)).map {
                style.faint("     \($0.prefix(max(10, ProcessEnvironment.terminalWidth - 6)))")
            }
        }
    }

    private func text(of row: Row, _ state: State, isLast: Bool = false) -> String {
        let (mark, detail, elapsed): (String, String, Duration) =
            switch row.outcome {
            case .finished: (style.green("✔"), row.outcomeText, row.elapsed)
            case .failed: (style.red("✘"), row.text, row.elapsed)
            case .started, .progress, .part:
                isLast
                    ? (style.yellow("■"), "not finished", .now - row.began)
                    : (style.cyan(Self.spinner[state.spin % Self.spinner.count]), row.doing, .now - row.began)
            }
        let time = row.step?.isCached == true ? "" : Format.elapsed(elapsed)
        let width = ProcessEnvironment.terminalWidth
        let room = max(10, width - 4 - time.count - 2)
        // Of a long instruction so much that there is room for what becomes of it.
        let most = row.step == nil ? room : max(min(34, room), room - detail.count - 1)
        let name = row.name.count > most ? String(row.name.prefix(most - 1)) + "…" : row.name
        let padded = name.padding(to: min(34, room))
        let rest = String(detail.prefix(max(0, room - padded.count - 1))).padding(to: max(0, room - padded.count - 1))
        return " \(mark) \(padded) \(rest) \(style.faint(time))"
    }
}

extension String {
    /// The text with spaces up to `width` characters.
    func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
