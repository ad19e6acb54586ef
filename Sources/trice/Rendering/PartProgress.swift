internal import Workspaces

/// The parts of one operation, such as the layers of an image, with how fast they go.
struct PartProgress {
    /// Bytes that had come at a moment.
    private struct Sample {
        var time: ContinuousClock.Instant
        var bytes: Int64
    }

    private var order: [String] = []
    private var parts: [String: Event.Part] = [:]
    /// Of the last seconds, oldest first.
    private var samples: [Sample] = []
    private static let window = Duration.seconds(3)
    private static let barWidth = 24

    var isEmpty: Bool { order.isEmpty }

    mutating func receive(_ part: Event.Part, at time: ContinuousClock.Instant) {
        if parts.updateValue(part, forKey: part.name) == nil { order.append(part.name) }
        if let last = samples.last, time - last.time < .milliseconds(100) { return }
        samples.append(Sample(time: time, bytes: completed))
        samples.removeAll { time - $0.time > Self.window }
    }

    private var completed: Int64 { parts.values.reduce(0) { $0 + $1.completed } }

    /// Bytes per second over the last seconds; `nil` before there are two looks at it.
    private var rate: Int64? {
        guard let first = samples.first, let last = samples.last, last.time > first.time else { return nil }
        let (seconds, attoseconds) = (last.time - first.time).components
        let elapsed = Double(seconds) + Double(attoseconds) / 1e18
        return Int64(Double(max(0, last.bytes - first.bytes)) / elapsed)
    }

    /// All parts in one text, such as `12.3 of 170.2 MB, 88.1 MB/s`.
    var summary: String {
        let totals = parts.values.compactMap(\.total)
        var text = Format.bytes(completed)
        if totals.count == parts.count { text += " of \(Format.bytes(totals.reduce(0, +)))" }
        if let rate { text += ", \(Format.bytes(rate))/s" }
        return text
    }

    /// One line for each part that is on its way.
    var lines: [String] {
        order.compactMap { parts[$0] }.filter { !$0.isDone }.map { part in
            let name = Format.shortDigest(part.name).padding(to: 14)
            guard let total = part.total, total > 0 else {
                return "\(name) \(part.doing) \(Format.bytes(part.completed))"
            }
            let filled = Int(Int64(Self.barWidth) * min(part.completed, total) / total)
            let bar =
                String(repeating: "━", count: filled) + String(repeating: "─", count: Self.barWidth - filled)
            return "\(name) \(bar) \(Format.bytes(part.completed)) of \(Format.bytes(total)) \(part.doing)"
        }
    }
}
