internal import ArgumentParser
internal import Engine
internal import Execution
internal import Workspaces

struct VolumeExport: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "export",
        abstract: "Write what is in a volume as a tar.",
        discussion:
            "Owners, modes, links and extended attributes are kept. A container that writes meanwhile is not held up.")

    @OptionGroup var output: OutputOptions
    @Option(name: [.customShort("o"), .customLong("output")], help: "The file (default: standard output).")
    var path = "-"
    @Argument(help: "The volume.", completion: .volumes) var name: String

    var globals: Globals { output.globals }

    func validate() throws {
        if path == "-", ProcessEnvironment.isTerminal(1) {
            throw ValidationError("An archive is nothing for a terminal: use --output FILE, or a pipe.")
        }
    }

    func run() throws {
        try Engine(globals.request).exportVolume(name, to: path)
    }
}

struct VolumeImport: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "import",
        abstract: "Fill a new or empty volume from a tar.")

    @OptionGroup var output: OutputOptions
    @Argument(help: "The volume; it is made where there is none.", completion: .volumes) var name: String
    @Argument(help: "The file; - is standard input.", completion: .file()) var path = "-"

    var globals: Globals { output.globals }

    func validate() throws {
        if path == "-", ProcessEnvironment.isTerminal(0) {
            throw ValidationError("An archive does not come from a terminal: name a FILE, or use a pipe.")
        }
    }

    func run() throws {
        try Engine(globals.request).importVolume(path, into: name, sink: Progress.sink(for: globals))
        Output.print("imported \(name)")
    }
}

struct VolumeClone: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "clone", abstract: "Make a volume with the content of another.")

    @OptionGroup var output: OutputOptions
    @Argument(help: "The volume.", completion: .volumes) var name: String
    @Argument(help: "The new one; an empty one may be there.") var other: String

    var globals: Globals { output.globals }

    func run() throws {
        try Engine(globals.request).cloneVolume(name, as: other, sink: Progress.sink(for: globals))
        Output.print("cloned \(name) as \(other)")
    }
}
