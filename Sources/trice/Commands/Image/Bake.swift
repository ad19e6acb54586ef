internal import ArgumentParser
internal import Engine
internal import ImageCommands
internal import Vocabulary
internal import Workspaces

struct Bake: StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "bake",
        abstract: "Make images of services with what their steps of `provision` have done.",
        discussion: """
            The next container of the service begins with such an image and runs none of these steps, also on another
            machine: `trice push --baked REPOSITORY` sends it to a registry and names it in Envfile.lock, `trice image save`
            and `load` carry it in a file. It is found by its name, which follows from the service's image and from all that decides whether a step has changed.
            Steps with `run: always` run there, too. What steps wrote to volumes is not in the image.
            """)

    @OptionGroup var common: GlobalOptions
    @Argument(help: "Services (default: all with steps).", completion: .services) var services: [String] = []

    func run() throws {
        let engine = try Engine(globals.request)
        let project = try engine.project(selecting: services)
        let sink = Progress.sink(for: globals)
        let names = [ServiceName](unchecked: services)
        let images = try Progress.follow(sink) { try engine.bake(project, names, sink: sink) }
        if globals.json { return try Output.json(images) }
        for image in images { Output.print("\(image.name)  \(Format.bytes(image.size))") }
    }
}
