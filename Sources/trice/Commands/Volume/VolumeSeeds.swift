internal import ArgumentParser
internal import Engine
internal import Execution
internal import Workspaces

struct VolumeSeeds: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "seeds",
        abstract: "List the seeds that new volumes begin from.",
        discussion: """
            A seed is what the volumes of a service had when it was first healthy. The next environment with the same service
            begins from it. `trice prune` removes the seeds that were not used for 30 days, with --all every seed.
            """)

    @OptionGroup var output: OutputOptions

    var globals: Globals { output.globals }

    func run() throws {
        let reports = try Engine(globals.request).seedReports()
        if globals.json { return try Output.json(reports) }
        guard !reports.isEmpty else { return Output.print("There are no seeds.") }
        var table = Table(["SEED", "SERVICE", "IMAGE", "VOLUMES", "SIZE", "AGE", "LAST USED"])
        for report in reports {
            table.rows.append([
                String(report.digest.prefix(12)), report.service, report.image, report.volumes.joined(separator: ", "),
                Format.bytes(report.size), Format.age(seconds: report.ageSeconds),
                Format.age(seconds: report.unusedSeconds),
            ])
        }
        table.lines(style: Style(descriptor: 1)).forEach(Output.print)
    }
}
