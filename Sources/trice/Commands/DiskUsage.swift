internal import ArgumentParser
internal import Engine
internal import ImageCommands
internal import Workspaces

struct DiskUsageCommand: ParsableCommand, TriceCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "du",
        abstract: "Show what uses the disk, and which command frees it.",
        discussion: """
            Each layer is counted once: by the images, else by containers and volumes, else by snapshots, seeds and the
            cache of builds.
            """)

    @OptionGroup var output: OutputOptions

    var globals: Globals { output.globals }

    func run() throws {
        let usage = try Engine(globals.request).diskUsage()
        if globals.json { return try Output.json(usage) }
        usage.lines.forEach(Output.print)
    }
}

struct Prune: ParsableCommand, TriceCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "prune",
        abstract: "Free the space of what nothing needs, on the whole machine.",
        discussion: """
            It removes volumes and snapshots of projects whose directory is gone, seeds that were not used for 30 days, what killed
            commands have left, and layers that nothing needs. With --all the images go too that no container was made from, all
            seeds, and the cache of builds.
            """)

    @OptionGroup var output: OutputOptions
    @Flag(name: [.short, .long], help: "Images, seeds and the cache of builds too.") var all = false
    @Flag(name: [.short, .long], help: "Do not ask.") var force = false

    var globals: Globals { output.globals }

    func run() throws {
        let engine = try Engine(globals.request)
        let before = try engine.diskUsage()
        if globals.isDryRun { return before.lines.forEach(Output.print) }
        if !force {
            guard ProcessEnvironment.isTerminal(0) else {
                throw ValidationError(
                    "This removes what `trice du` shows as free; add --force where there is no terminal to ask at.")
            }
            before.lines.forEach(Output.print)
            guard Terminal.ask("Remove what nothing needs? [y/N] ")?.lowercased().hasPrefix("y") == true else { return }
        }
        var request = DiskPruneRequest()
        request.all = all
        let (removed, report) = try engine.prune(request, sink: Progress.sink(for: globals))
        if globals.json { return try Output.json(PruneOutput(removed: removed, images: report)) }
        for line in removed { Output.print("removed \(line)") }
        Output.print("freed \(Format.bytes(max(0, before.size - (try engine.diskUsage().size))))")
    }
}

private struct PruneOutput: Encodable {
    var removed: [String]
    var images: PruneReport
}

extension DiskUsage {
    /// The table, with the sum below it.
    fileprivate var lines: [String] {
        let style = Style(descriptor: 1)
        var table = Table(["WHAT", "COUNT", "SIZE", "CAN BE FREED", "BY"])
        for row in rows {
            table.rows.append([
                row.kind, "\(row.count)", Format.bytes(row.size), row.command == nil ? "-" : Format.bytes(row.freeable),
                row.command ?? "",
            ])
        }
        table.rows.append(["all", "", Format.bytes(size), "", ""])
        return table.lines(style: style)
    }
}
