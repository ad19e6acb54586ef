internal import Execution
internal import Workspaces

internal import struct Vocabulary.OperationID

/// The live table as a value: one row for each service, image, network, volume and step of a build.
struct ProgressTable {
    private enum Key: Hashable {
        case service(String)
        case operation(OperationID)
    }

    private var order: [Key] = []
    private var rows: [Key: any ProgressRow] = [:]
    private var counted = (completed: 0, total: 0)
    private let began: ContinuousClock.Instant
    private static let spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
    /// What serves the environment as a whole is shown once it takes as long as this.
    private static let patience = Duration.milliseconds(300)
    /// In characters.
    private static let nameWidths = 12...34

    init(at time: ContinuousClock.Instant) {
        began = time
    }

    var isEmpty: Bool { order.isEmpty }

    // MARK: - What happens

    /// - Returns: whether the next tick is soon enough to show it.
    mutating func receive(_ event: Event, at time: ContinuousClock.Instant) -> Bool {
        counted = (event.completed, event.total)
        let key: Key =
            if case .service(let name) = event.subject { .service(name) } else { .operation(event.operation) }
        if rows[key] == nil {
            order.append(key)
            rows[key] =
                switch key {
                case .service(let name): ServiceRow(name, at: time - event.elapsed)
                case .operation: OperationRow(event, at: time)
                }
        }
        return rows[key]?.receive(event, at: time) ?? true
    }

    mutating func settle(_ services: [StatusReport.Service]) {
        for (name, services) in Dictionary(grouping: services, by: \.service) {
            guard var row = rows[.service(name)] as? ServiceRow else { continue }
            row.settle(services)
            rows[.service(name)] = row
        }
    }

    // MARK: - As lines

    /// The head and the newest rows, as many as fit: more would scroll and never be erased.
    func lines(at time: ContinuousClock.Instant, spin: Int, style: Style, width: Int, height: Int) -> [String] {
        let head =
            style.bold("trice") + " \(counted.completed)/\(counted.total) " + style.faint(Format.elapsed(time - began))
        let shown = order.compactMap { rows[$0] }.filter {
            !$0.isHousekeeping || $0.hasFailed || ($0.isRunning && $0.elapsed(at: time) >= Self.patience)
        }
        let layout = Layout(
            time: time, running: style.cyan(Self.spinner[spin % Self.spinner.count]), isLast: false, style: style,
            width: width, nameWidth: Self.nameWidth(of: shown))
        let body = shown.suffix(height).flatMap { row in
            [layout.text(of: row)] + row.lines.map { style.faint("     \($0.prefix(max(10, width - 6)))") }
        }
        return [head] + body.suffix(max(3, height - 3))
    }

    /// What stays on the screen in the end.
    func finalLines(at time: ContinuousClock.Instant, style: Style, width: Int) -> [String] {
        let shown = order.compactMap { rows[$0] }.filter { !$0.isHousekeeping || $0.hasFailed || $0.isRunning }
        let layout = Layout(
            time: time, running: style.yellow("■"), isLast: true, style: style, width: width,
            nameWidth: Self.nameWidth(of: shown))
        return shown.map(layout.text)
    }

    private static func nameWidth(of rows: [any ProgressRow]) -> Int {
        min(nameWidths.upperBound, max(nameWidths.lowerBound, rows.map(\.title.count).max() ?? 0))
    }

    /// How one row becomes a line.
    private struct Layout {
        var time: ContinuousClock.Instant
        /// The mark of what has not ended.
        var running: String
        var isLast: Bool
        var style: Style
        /// In characters.
        var width: Int
        var nameWidth: Int

        func text(of row: any ProgressRow) -> String {
            let mark = row.hasFailed ? style.red("✘") : row.isRunning ? running : style.green("✔")
            let detail = row.isRunning && !row.hasFailed && isLast ? "not finished" : row.detail
            let elapsed = row.isCached ? "" : Format.elapsed(row.elapsed(at: time))
            let room = max(10, width - 4 - elapsed.count - 2)
            // Of a long instruction so much that there is room for what becomes of it.
            let most = row.isStep ? max(min(nameWidth, room), room - detail.count - 1) : room
            let title = row.title.count > most ? String(row.title.prefix(most - 1)) + "…" : row.title
            let padded = title.padding(to: min(nameWidth, room))
            let left = max(0, room - padded.count - 1)
            return " \(mark) \(padded) \(String(detail.prefix(left)).padding(to: left)) \(style.faint(elapsed))"
        }
    }
}

/// One row of the live table.
protocol ProgressRow {
    /// What stands first in its line.
    var title: String { get }
    /// What it is at, what became of it, or why it failed.
    var detail: String { get }
    /// What is shown below it.
    var lines: [String] { get }
    var isRunning: Bool { get }
    var hasFailed: Bool { get }
    /// Whether it serves the environment as a whole.
    var isHousekeeping: Bool { get }
    /// Whether it is a step of a build.
    var isStep: Bool { get }
    /// Whether it is a step whose result was there already.
    var isCached: Bool { get }

    func elapsed(at time: ContinuousClock.Instant) -> Duration

    /// - Returns: whether the next tick is soon enough to show it.
    mutating func receive(_ event: Event, at time: ContinuousClock.Instant) -> Bool
}
