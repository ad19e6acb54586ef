internal import ArgumentParser
internal import Engine
internal import Sessions
internal import Workspaces

struct Logs: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show what the services wrote to standard output and standard error.")

    @Option(help: ArgumentHelp("The Envfile (default: the nearest one).", valueName: "file"), completion: .file())
    var file: [String] = []
    @OptionGroup var shared: SharedOptions
    @Argument(help: "Services to show (default: all).") var services: [String] = []
    @Flag(name: [.customShort("f"), .long], help: "Go on showing new lines until interrupted.") var follow = false
    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Only the last lines of each.", valueName: "lines"))
    var tail: Int?
    @Flag(name: [.short, .long], help: "Show when each line was written.") var timestamps = false
    @Flag(help: "Leave out the service's name before each line.") var noLogPrefix = false

    var globals: Globals {
        var globals = shared.globals
        globals.files = file
        return globals
    }

    func validate() throws {
        if let tail, tail < 0 { throw ValidationError("--tail takes a number of lines from 0 on.") }
    }

    func run() throws {
        let engine = try Engine(globals.request)
        let stream = try engine.logs(
            try engine.identity(sink: Progress.sink(for: globals)), services: services, tail: tail)
        let text = LogText(
            style: Style(descriptor: 1), names: stream.names, showsTime: timestamps, showsName: !noLogPrefix,
            asJSON: globals.json)
        while true {
            let lines = try stream.next()
            for line in lines { Output.write(text.render(line), to: 1) }
            if !lines.isEmpty { continue }
            guard follow else { break }
            _ = try stream.waitForMore()
        }
        for line in stream.finish() { Output.write(text.render(line), to: 1) }
    }
}
