internal import ArgumentParser
internal import Engine
internal import ImageCommands
internal import Sessions
internal import Workspaces

struct Commit: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "commit",
        abstract: "Make an image of what a service's container is now.",
        discussion: """
            The container's own changes become one more layer on its image. Files in volumes and shared folders are not
            part of it. The container stands still for the moment that the copy takes, unless --no-pause is given.
            """)

    @OptionGroup var common: LongNameOptions
    @Argument(help: "The service.", completion: .services) var service: String
    @Argument(help: "The name of the image, such as team/app:try.") var name: String
    @Option(name: [.short, .long], help: "What changed, for `trice image history`.") var message: String?
    @Option(name: [.short, .long], help: "Who made it.") var author: String?
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "Change how the image is run by an instruction of a Dockerfile, such as 'CMD [\"sh\"]' (repeatable).",
            valueName: "instruction"))
    var change: [String] = []
    @Flag(inversion: .prefixedNo, help: "Let the container stand still meanwhile.") var pause = true
    @Flag(name: .customShort("p"), help: "Accepted for Compose users: it is the default.") var pausesToo = false
    @Option(help: ArgumentHelp("The container of this number.", valueName: "number")) var index: Int?

    var globals: Globals { common.globals }

    func run() throws {
        let engine = try Engine(globals.request)
        let sink = Progress.sink(for: globals)
        let identity = try engine.identity(sink: sink)
        let row = try engine.commit(
            CommitRequest(
                service: index.map { "\(service)-\($0)" } ?? service, name: name, message: message, author: author,
                pauses: pause, changes: change),
            identity,
            sink: sink)
        if globals.json { return try Output.json(row) }
        Output.print("\(row.name)  \(Format.shortDigest(row.id))  \(Format.bytes(row.size))")
    }
}
