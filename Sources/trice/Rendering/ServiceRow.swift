internal import Execution
internal import Workspaces

internal import struct Vocabulary.OperationID

/// One service in the live table: what its containers have come to, and what is being done to them.
struct ServiceRow: ProgressRow {
    /// What containers of the service have come to, and which.
    private struct Stage {
        var name: String
        var containers: Set<String>
    }

    private var stages: [Stage] = []
    private var containers: Set<String> = []
    private var running: [OperationID: (action: String, text: String)] = [:]
    private var order: [OperationID] = []
    private var urls: [String] = []
    private var failure: String?
    let title: String
    private let began: ContinuousClock.Instant
    private var ended: ContinuousClock.Instant

    init(_ name: String, at time: ContinuousClock.Instant) {
        title = name
        began = time
        ended = time
    }

    var isRunning: Bool { !running.isEmpty }
    var hasFailed: Bool { failure != nil }
    var isHousekeeping: Bool { false }
    var isStep: Bool { false }
    var isCached: Bool { false }
    var lines: [String] { [] }

    func elapsed(at time: ContinuousClock.Instant) -> Duration { (isRunning ? time : ended) - began }

    // MARK: - What happens

    mutating func receive(_ event: Event, at time: ContinuousClock.Instant) -> Bool {
        ended = time
        containers.insert(event.resource)
        switch event.phase {
        case .started:
            running[event.operation] = (event.action, "")
            order.append(event.operation)
        case .progress(let text): running[event.operation]?.text = TerminalText(text).line
        case .part, .output: break
        case .address(let url): if !urls.contains(url) { urls.append(url) }
        case .reached(let stage): reach(stage, event.resource)
        case .finished:
            end(event)
            if let stage = Self.words[event.action]?.done { reach(stage, event.resource) }
            if event.action == "remove" {
                urls = []
                stages.removeAll { $0.name != "removed" }
            }
        case .failed(let message):
            end(event)
            failure = TerminalText(message).line
        }
        return false
    }

    /// All has been done, and this is how they are.
    mutating func settle(_ services: [StatusReport.Service]) {
        for service in services {
            let stage = service.health ?? (service.state == "exited" && service.exitCode == 0 ? "completed" : nil)
            let resource = "container \(service.container)"
            if let stage, containers.contains(resource) { reach(stage, resource) }
            for url in service.urls where !urls.contains(url) { urls.append(url) }
        }
    }

    private mutating func end(_ event: Event) {
        running[event.operation] = nil
        order.removeAll { $0 == event.operation }
    }

    private mutating func reach(_ name: String, _ container: String) {
        if let index = stages.firstIndex(where: { $0.name == name }) {
            stages[index].containers.insert(container)
        } else {
            stages.append(Stage(name: name, containers: [container]))
        }
    }

    // MARK: - As text

    /// Such as `created → started → healthy  http://localhost:8080`; of several containers with how many of them.
    var detail: String {
        if let failure { return failure }
        var parts = stages.map { stage in
            let count = stage.containers.count
            return count == containers.count ? stage.name : "\(stage.name) \(count) of \(containers.count)"
        }
        if let operation = order.first.flatMap({ running[$0] }) {
            let doing = Self.words[operation.action]?.doing ?? operation.action
            parts.append(operation.text.isEmpty ? doing : "\(doing): \(operation.text)")
        }
        return ([parts.joined(separator: " → ")] + urls).joined(separator: "  ")
    }

    /// What an operation does, and what has been done after it. A wait says itself what was reached.
    private static let words: [String: (doing: String, done: String?)] = [
        "create": ("creating", "created"), "start": ("starting", "started"), "wait for": ("waiting", nil),
        "run": ("running a step", nil), "stop": ("stopping", "stopped"), "remove": ("removing", "removed"),
        "pause": ("pausing", "paused"), "resume": ("resuming", "resumed"), "signal": ("signalling", "signalled"),
    ]
}

extension StatusReport.Service {
    /// Where its open TCP ports answer; none while it does not run.
    var urls: [String] {
        state == "running" ? ports.filter { $0.transportProtocol == "tcp" && $0.isOpen }.map(\.url) : []
    }
}
