internal import ArgumentParser
internal import Engine
internal import Execution
internal import Workspaces

/// `volume …`: the volumes of this host, whatever environment they are of.
struct VolumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "volume",
        abstract: "Show, move and remove the volumes on this machine.",
        discussion: """
            A volume is named as in `trice volume ls`: PROJECT_KEY, or the name of its own. In the directory of a project
            its key alone is enough.
            """,
        subcommands: [
            VolumeList.self, VolumeInspect.self, VolumeCreate.self, VolumeRemove.self, VolumePrune.self,
            VolumeExport.self, VolumeImport.self, VolumeClone.self, VolumeSeeds.self,
        ])
}

struct VolumeList: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "ls", abstract: "List the volumes on this machine.", aliases: ["list"])

    @OptionGroup var output: OutputOptions
    @Flag(name: [.short, .long], help: "Print the names alone.") var quiet = false

    var globals: Globals { output.globals }

    func run() throws {
        let reports = try Engine(globals.request).volumeReports()
        if globals.json { return try Output.json(reports) }
        if quiet { return reports.forEach { Output.print($0.name) } }
        guard !reports.isEmpty else { return Output.print("There are no volumes.") }
        var table = Table(["VOLUME", "ENVIRONMENT", "AGE", "USED BY"])
        for report in reports {
            table.rows.append([
                report.name, report.environment.map { "\($0)" } ?? "-", Format.age(seconds: report.ageSeconds),
                report.usedBy.isEmpty ? "-" : report.usedBy.joined(separator: ", "),
            ])
        }
        table.lines(style: Style(descriptor: 1)).forEach(Output.print)
    }
}

struct VolumeInspect: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "inspect", abstract: "Show all that is known of volumes, as JSON.")

    @OptionGroup var output: OutputOptions
    @Argument(help: "The volumes.", completion: .volumes) var names: [String]

    var globals: Globals { output.globals }

    func run() throws {
        try Output.json(try Engine(globals.request).inspectVolumes(names))
    }
}

struct VolumeCreate: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "create",
        abstract: "Make an empty volume.",
        discussion: "Environments use it by `external: true` and its name. Only `trice volume rm` removes it.")

    @OptionGroup var output: OutputOptions
    @Argument(help: "Its name.") var name: String

    var globals: Globals { output.globals }

    func run() throws {
        try Engine(globals.request).createVolume(name)
        Output.print(name)
    }
}

struct VolumeRemove: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "rm", abstract: "Remove volumes that no container uses, with all that is in them.",
        aliases: ["remove"])

    @OptionGroup var output: OutputOptions
    @Argument(help: "The volumes.", completion: .volumes) var names: [String]

    var globals: Globals { output.globals }

    func run() throws {
        try Engine(globals.request).removeVolumes(names, sink: Progress.sink(for: globals))
        for name in names { Output.print("removed \(name)") }
    }
}

struct VolumePrune: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "prune",
        abstract: "Remove the volumes that nothing needs.",
        discussion: """
            These are the volumes that no container uses and whose project directory is gone. With --all every volume that
            no container uses.
            """)

    @OptionGroup var output: OutputOptions
    @Flag(name: [.short, .long], help: "Every volume that no container uses.") var all = false
    @Flag(name: [.short, .long], help: "Do not ask.") var force = false

    var globals: Globals { output.globals }

    func run() throws {
        let engine = try Engine(globals.request)
        let unused = try engine.unusedVolumes(all: all)
        guard !unused.isEmpty else {
            if globals.json { return try Output.json(unused) }
            return Output.print("There is no volume to remove.")
        }
        if !force {
            let names = unused.map(\.name).joined(separator: ", ")
            guard ProcessEnvironment.isTerminal(0) else {
                throw ValidationError(
                    "This removes \(names) with all that is in them; add --force where there is no terminal to ask at.")
            }
            let answer = Terminal.ask("Remove \(names) with all that is in them? [y/N] ")
            guard answer?.lowercased().hasPrefix("y") == true else { return }
        }
        try engine.removeVolumes(unused.map(\.name), sink: Progress.sink(for: globals))
        if globals.json { return try Output.json(unused) }
        for report in unused { Output.print("removed \(report.name)") }
    }
}
