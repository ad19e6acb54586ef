internal import ArgumentParser
internal import Engine
internal import ImageCommands
internal import Workspaces

struct ImageSave: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "save",
        abstract: "Write images into one archive, to be carried elsewhere.",
        discussion: "The same images give the same bytes, wherever and whenever they are saved.")

    @OptionGroup var output: OutputOptions
    @Option(name: [.customShort("o"), .customLong("output")], help: "The file (default: standard output).")
    var path: String?
    @Option(
        help: "docker (what `docker load` reads), oci (a tar of an image layout) or directory (an image layout).",
        transform: Self.format)
    var format = ArchiveFormat.docker
    @Argument(help: "The images.", completion: .images) var names: [String]

    var globals: Globals { output.globals }

    private static func format(_ text: String) throws -> ArchiveFormat {
        if let format = ArchiveFormat(rawValue: text) { return format }
        throw ValidationError("There is no format `\(text)`; there are docker, oci and directory.")
    }

    func validate() throws {
        guard path == nil else { return }
        if format == .directory { throw ValidationError("A directory has to have a name: --output DIRECTORY.") }
        if ProcessEnvironment.isTerminal(1) {
            throw ValidationError("An archive is nothing for a terminal: use --output FILE, or a pipe.")
        }
    }

    func run() throws {
        try Engine(globals.request).saveImages(names, as: format, to: path)
    }
}

struct ImageLoad: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "load",
        abstract: "Bring the images of an archive, as `docker save`, podman, skopeo or `trice image save` wrote it.")

    @OptionGroup var output: OutputOptions
    @Option(name: [.short, .long], help: "The file.") var input: String

    var globals: Globals { output.globals }

    func run() throws {
        let engine = try Engine(globals.request)
        let sink = Progress.sink(for: globals)
        let names = try Progress.follow(sink) { try engine.loadImages(input, sink: sink) }
        if globals.json { return try Output.json(names) }
        for name in names { Output.print("loaded \(name)") }
    }
}

struct ImageImport: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "import", abstract: "Make an image of a root file system in a tar of any compression.")

    @OptionGroup var output: OutputOptions
    @Option(name: [.short, .long], help: "What it is, for `trice image history`.") var message: String?
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "Say how the image is run by an instruction of a Dockerfile, such as 'CMD [\"sh\"]' (repeatable).",
            valueName: "instruction"))
    var change: [String] = []
    @Argument(help: "The tar, or - for standard input.", completion: .file()) var path: String
    @Argument(help: "The name of the image.") var name: String

    var globals: Globals { output.globals }

    func run() throws {
        let row = try Engine(globals.request).importImage(path, as: name, message: message, changes: change)
        if globals.json { return try Output.json(row) }
        Output.print("\(row.name)  \(Format.shortDigest(row.id))  \(Format.bytes(row.size))")
    }
}
