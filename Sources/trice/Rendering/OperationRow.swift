internal import Workspaces

/// One operation in the live table that is no container's, such as a step of a build.
struct OperationRow: ProgressRow {
    private let resource: String
    private let action: String
    private let began: ContinuousClock.Instant
    private var text = ""
    private var outcome = Event.Phase.started
    private var elapsed: Duration
    private var parts = PartProgress()
    private var step: Event.Step?
    let isHousekeeping: Bool
    /// The last lines that the command of a step wrote.
    private var output: [String] = []
    /// How much of a running command's output is shown.
    private static let outputLines = 5

    init(_ event: Event, at time: ContinuousClock.Instant) {
        resource = event.resource
        action = event.action
        began = time - event.elapsed
        elapsed = event.elapsed
        isHousekeeping = event.subject == .environment
    }

    var isStep: Bool { step != nil }
    var isCached: Bool { step?.isCached == true }
    var title: String { step.map { "\(resource) \(TerminalText($0.instruction).line)" } ?? resource }

    var isRunning: Bool {
        switch outcome {
        case .finished, .failed: false
        case .started, .progress, .output, .part, .reached, .address: true
        }
    }

    var hasFailed: Bool { if case .failed = outcome { true } else { false } }

    func elapsed(at time: ContinuousClock.Instant) -> Duration { isRunning ? time - began : elapsed }

    /// Parts and lines of output come by the thousand: the next tick shows them.
    mutating func receive(_ event: Event, at time: ContinuousClock.Instant) -> Bool {
        elapsed = event.elapsed
        outcome = event.phase
        step = event.step
        switch event.phase {
        case .progress(let text):
            self.text = TerminalText(text).line
            guard event.step?.reason != nil else { return false }
            output = (output + [self.text]).suffix(Self.outputLines)
            return true
        case .part(let part):
            parts.receive(part, at: time)
            return true
        // The whole of it is told at the end.
        case .failed(let message): text = event.step == nil ? TerminalText(message).line : "failed"
        case .started, .finished, .output, .reached, .address: break
        }
        return false
    }

    var detail: String {
        if hasFailed { return text }
        if !isRunning { return step.map { $0.isCached ? "cached" : $0.reason ?? "" } ?? Self.done[action] ?? action }
        if let step { return step.reason ?? text }
        if !text.isEmpty { return "\(action): \(text)" }
        return parts.isEmpty ? action : "\(action): \(parts.summary)"
    }

    /// What has been done after an operation that has a word of its own for that.
    private static let done = [
        "ensure": "ready", "create": "created", "remove": "removed", "pull": "pulled", "push": "pushed",
        "build": "built", "join": "joined", "leave": "left", "run": "done",
        "fill from a seed": "filled from a seed",
    ]

    var lines: [String] { isRunning ? output + parts.lines.prefix(8) : [] }
}
