internal import Diagnostics
internal import Execution
internal import Synchronization
internal import Workspaces

internal import struct Vocabulary.OperationID

/// What each operation of a command took and which others it waited for.
struct Timings: Encodable {
    struct Row: Encodable, Equatable {
        /// Such as `container web-1`.
        var resource: String
        /// Such as `start`.
        var action: String
        /// Since the first operation began, in milliseconds.
        var begin: Int64
        /// In milliseconds.
        var duration: Int64
        /// Whether nothing could have been ready earlier than this and the others of its kind allow.
        var isCritical = false
        /// The resources and actions of the operations that it waited for.
        var after: [String]

        var end: Int64 { begin + duration }
    }

    private(set) var rows: [Row] = []

    /// What is known of an operation that has ended.
    struct Entry: Sendable {
        var id: OperationID
        var resource: String
        var action: String
        var began: ContinuousClock.Instant
        var duration: Duration
        var predecessors: [OperationID]
    }

    init(_ entries: [Entry]) {
        guard let first = entries.map(\.began).min() else { return }
        let sorted = entries.sorted { ($0.began, $0.id) < ($1.began, $1.id) }
        let names = Dictionary(sorted.map { ($0.id, "\($0.resource) \($0.action)") }) { $1 }
        var critical: Set<OperationID> = []
        var next = sorted.max { $0.began + $0.duration < $1.began + $1.duration }
        while let entry = next, critical.insert(entry.id).inserted {
            // An operation of an earlier phase is waited for by all of the next one.
            let direct = sorted.filter { entry.predecessors.contains($0.id) }
            let before = direct.isEmpty ? sorted.filter { $0.id.phase != entry.id.phase } : direct
            next = before.filter { $0.began + $0.duration <= entry.began }
                .max { $0.began + $0.duration < $1.began + $1.duration }
        }
        rows = sorted.map { entry in
            Row(
                resource: entry.resource, action: entry.action, begin: Int64((entry.began - first).milliseconds),
                duration: Int64(entry.duration.milliseconds), isCritical: critical.contains(entry.id),
                after: entry.predecessors.compactMap { names[$0] })
        }
    }

    /// From the first beginning to the last end.
    var total: Duration { .milliseconds(rows.map(\.end).max() ?? 0) }

    /// One line for each operation with a bar on a common time line; what all waited for is marked.
    func lines(style: Style, width: Int) -> [String] {
        guard let end = rows.map(\.end).max() else { return ["Nothing had to be done."] }
        let names = rows.map { "\($0.resource): \($0.action)".visibleInLine }
        let nameWidth = min(44, names.map(\.count).max() ?? 0)
        let room = max(10, width - nameWidth - 16)
        let scale = Double(room) / Double(max(1, end))
        let lines = zip(rows, names).map { row, name in
            let offset = Int(Double(row.begin) * scale)
            let length = max(1, Int(Double(row.duration) * scale))
            let bar =
                String(repeating: " ", count: min(offset, room - 1))
                + String(repeating: row.isCritical ? "━" : "─", count: min(length, max(1, room - offset)))
            let time = Format.elapsed(.milliseconds(row.duration))
            let text =
                "\(row.isCritical ? "*" : " ") \(String(name.prefix(nameWidth)).padding(to: nameWidth)) "
                + "\(String(repeating: " ", count: max(0, 9 - time.count)))\(time)  \(bar)"
            return row.isCritical ? style.bold(text) : text
        }
        return lines + ["* the critical path, \(Format.elapsed(total)) in all"]
    }
}

/// Passes everything on, and remembers what each operation took.
final class TimingSink: ProgressSink {
    private let base: any ProgressSink
    private let entries = Mutex<[Timings.Entry]>([])

    init(_ base: any ProgressSink) {
        self.base = base
    }

    var timings: Timings { Timings(entries.withLock { $0 }) }

    func receive(_ event: Event) {
        base.receive(event)
        switch event.phase {
        case .finished, .failed:
            let entry = Timings.Entry(
                id: event.operation, resource: event.resource, action: event.action, began: .now - event.elapsed,
                duration: event.elapsed, predecessors: event.predecessors)
            entries.withLock { $0.append(entry) }
        case .started, .progress, .output, .part, .reached, .address: break
        }
    }

    func note(_ text: String, isWarning: Bool) { base.note(text, isWarning: isWarning) }
    func tick() { base.tick() }
    func settle(_ services: [StatusReport.Service]) { base.settle(services) }
    func finish() { base.finish() }
}
