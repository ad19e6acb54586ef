internal import ArgumentParser
internal import Diagnostics
internal import Engine
internal import Execution
internal import ImageCommands
internal import Workspaces

struct SnapshotList: ParsableCommand, StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "list", abstract: "List the snapshots of the environment.",
        discussion:
            "SIZE is that of the files that were kept for it. Volumes and other snapshots may lie upon the same ones.",
        aliases: ["ls"])

    @OptionGroup var common: GlobalOptions
    @Flag(name: [.short, .long], help: "The snapshots of all environments on this machine.") var all = false
    @Flag(name: [.short, .long], help: "Print the names alone.") var quiet = false

    func run() throws {
        let engine = try Engine(globals.request)
        let identity = all ? nil : try engine.identity(sink: Progress.sink(for: globals))
        let reports = try engine.snapshots(of: identity)
        if globals.json { return try Output.json(reports) }
        if quiet { return reports.forEach { Output.print($0.name) } }
        guard !reports.isEmpty else { return Output.print("There are no snapshots.") }
        var table = Table(
            ["SNAPSHOT"] + (all ? ["ENVIRONMENT"] : []) + ["AGE", "SIZE", "CONTAINERS", "VOLUMES", "MESSAGE"])
        for report in reports {
            let name = report.isComplete ? report.name : "\(report.name) (half-written)"
            table.rows.append(
                [name] + (all ? ["\(report.environment)"] : []) + [
                    Format.age(seconds: report.ageSeconds), Format.bytes(report.size),
                    report.containers.isEmpty ? "-" : report.containers.joined(separator: ", "),
                    report.volumes.isEmpty ? "-" : report.volumes.joined(separator: ", "), report.message ?? "",
                ])
        }
        table.lines(style: Style(descriptor: 1)).forEach(Output.print)
    }
}

struct SnapshotDelete: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "delete", abstract: "Remove snapshots, and the space that nothing else needs.",
        aliases: ["rm", "remove"])

    @OptionGroup var common: GlobalOptions
    @Argument(help: "The snapshots.", completion: .snapshots) var names: [String]

    func run() throws {
        let engine = try Engine(globals.request)
        let sink = Progress.sink(for: globals)
        try engine.deleteSnapshots(names, try engine.identity(sink: sink), sink: sink)
        for name in names { Output.print("removed \(name)") }
    }
}

struct SnapshotDiff: ParsableCommand, StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "diff", abstract: "Show what has changed since a snapshot, or between two.",
        discussion: "Without a name since the newest one.")

    @OptionGroup var common: GlobalOptions
    @Flag(help: "With sizes, as `git diff --stat`.") var stat = false
    @Argument(help: "The older snapshot.", completion: .snapshots) var name: String?
    @Argument(help: "The newer one (default: the environment as it is now).", completion: .snapshots) var other: String?

    func run() throws {
        let engine = try Engine(globals.request)
        let identity = try engine.identity(sink: Progress.sink(for: globals))
        let parts = try engine.snapshotDifference(name, other, identity)
        if globals.json { return try Output.json(parts) }
        guard !parts.isEmpty else { return Output.print("There is no difference.") }
        let style = Style(descriptor: 1)
        for part in parts {
            Output.print(style.bold(part.part))
            if stat {
                let text = DifferenceReportText(style: style)
                text.lines(of: part.difference).forEach { Output.print($0) }
                continue
            }
            for path in part.difference.paths {
                let mark = ["added": "A", "removed": "D"][path.kind] ?? "M"
                Output.print("\(mark) \(path.path.visible)")
            }
        }
    }
}
