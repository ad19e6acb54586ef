internal import ArgumentParser
internal import Diagnostics
internal import Engine
internal import ImageCommands
internal import Workspaces

struct ImageDiff: ParsableCommand, TriceCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "diff",
        abstract: "Show what differs between two images: configuration, packages and files.")

    @OptionGroup var output: OutputOptions
    @Flag(name: [.short, .long], help: "What changed inside text files, too.") var patch = false
    @Argument(help: "The older image.", completion: .images) var old: String
    @Argument(help: "The newer image.", completion: .images) var new: String

    var globals: Globals { output.globals }

    func run() throws {
        let report = try Engine(globals.request).difference(old, new)
        try DifferenceReportText.print(report, withPatch: patch, asJSON: globals.json)
    }
}

struct Diff: ParsableCommand, TriceCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "diff",
        abstract: "Show what a service's container has changed of its image.",
        discussion: "Files in volumes and shared folders are not part of it. `trice commit` makes an image of it.")

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("The Envfile (repeatable; default: the nearest one).", valueName: "file"),
        completion: .file())
    var file: [String] = []
    @Option(help: ArgumentHelp("Name the environment by hand.", valueName: "name")) var projectName: String?
    @OptionGroup var project: ProjectOptions
    @Flag(name: [.short, .long], help: "What changed inside text files, too.") var patch = false
    @Argument(help: "The service.", completion: .services) var service: String

    var globals: Globals {
        var globals = project.globals
        globals.files = file
        globals.projectName = projectName
        return globals
    }

    func run() throws {
        let engine = try Engine(globals.request)
        let identity = try engine.identity(sink: Progress.sink(for: globals))
        let report = try engine.difference(ofService: service, identity)
        try DifferenceReportText.print(report, withPatch: patch, asJSON: globals.json)
    }
}

struct ImageTree: ParsableCommand, TriceCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "tree", abstract: "Show the files of an image with their sizes.")

    @OptionGroup var output: OutputOptions
    @Option(name: [.customShort("L"), .long], help: "How many directories deep.") var level = 2
    @Flag(name: [.customShort("S"), .long], help: "The largest first.") var size = false
    @Argument(help: "The image.", completion: .images) var name: String

    var globals: Globals { output.globals }

    func validate() throws {
        if level < 0 { throw ValidationError("--level takes a number from 0 on.") }
    }

    func run() throws {
        let report = try Engine(globals.request).imageTree(name, depth: level, bySize: size)
        if globals.json { return try Output.json(report) }
        Output.print(report.lines.map { $0.visible }.joined(separator: "\n"))
    }
}
