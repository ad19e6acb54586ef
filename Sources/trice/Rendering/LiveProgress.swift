internal import Diagnostics
internal import Execution
internal import Synchronization
internal import Workspaces

/// The table of what is being done, drawn anew in place on a terminal.
final class LiveProgress: ProgressSink {
    private struct State {
        var table = ProgressTable(at: .now)
        var drawnLines = 0
        var spin = 0
    }

    private let style: Style
    private let state = Mutex(State())

    init(style: Style) {
        self.style = style
    }

    func receive(_ event: Event) {
        state.withLock { state in
            if case .output(let text, let program) = event.phase {
                // The next tick draws the table again, below it.
                erase(&state)
                return Output.error("\(program) | \(TerminalText(text).line)")
            }
            if !state.table.receive(event, at: .now) { draw(&state) }
        }
    }

    func settle(_ services: [StatusReport.Service]) {
        state.withLock { $0.table.settle(services) }
    }

    func note(_ text: String, isWarning: Bool) {
        state.withLock { state in
            erase(&state)
            Output.error(isWarning ? "\(style.yellow("warning:")) \(text.visible)" : text.visible)
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
            let lines = state.table.finalLines(at: .now, style: style, width: ProcessEnvironment.terminalWidth)
            for line in lines { Output.error(line) }
            state.table = ProgressTable(at: .now)
        }
    }

    private func erase(_ state: inout State) {
        if state.drawnLines > 0 { Output.write("\u{1B}[\(state.drawnLines)A\u{1B}[J", to: 2) }
        state.drawnLines = 0
    }

    private func draw(_ state: inout State) {
        guard !state.table.isEmpty else { return }
        let lines = state.table.lines(
            at: .now, spin: state.spin, style: style, width: ProcessEnvironment.terminalWidth,
            height: ProcessEnvironment.terminalHeight)
        erase(&state)
        Output.write(lines.map { "\($0)\u{1B}[K\n" }.joined(), to: 2)
        state.drawnLines = lines.count
    }
}

extension String {
    /// The text with spaces up to `width` characters.
    func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
