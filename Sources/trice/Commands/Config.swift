internal import ArgumentParser
internal import Engine

struct Config: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Print the Envfile as Trice understands it: complete, resolved, in canonical form.")

    @OptionGroup var common: GlobalOptions
    @Option(help: ArgumentHelp("yaml or json.", valueName: "format")) var format: ConfigFormat?
    @Flag(help: "Print the names of the services only.") var services = false
    @Flag(help: "Print the images only.") var images = false
    @Flag(help: "Print the names of the volumes only.") var volumes = false

    enum ConfigFormat: String, ExpressibleByArgument, CaseIterable {
        case yaml, json
    }

    func run() throws {
        let project = try Engine(globals.request).project(selecting: [])
        project.show(warningsOn: Progress.sink(for: globals))
        if services { return project.serviceNames.forEach(Output.print) }
        if images { return project.imageNames.forEach(Output.print) }
        if volumes { return project.volumeNames.forEach(Output.print) }
        let format = format ?? (globals.json ? .json : .yaml)
        Output.write(format == .json ? project.canonicalJSON : project.canonicalYAML, to: 1)
    }
}

struct Validate: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check the Envfile and report every problem in it.")

    @OptionGroup var common: GlobalOptions

    func run() throws {
        let project = try Engine(globals.request).project(selecting: [])
        if globals.json { return try Output.json(project.warnings) }
        project.show(warningsOn: Progress.sink(for: globals))
        Output.print("\(project.file): valid, \(project.serviceNames.count) services")
    }
}
