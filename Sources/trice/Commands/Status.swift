internal import ArgumentParser
internal import Engine
internal import Execution
internal import Workspaces

struct Status: ParsableCommand, StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the services: state, address, ports.")

    @OptionGroup var common: GlobalOptions

    func run() throws {
        let engine = try Engine(globals.request)
        let report = try engine.status(try engine.identity(sink: Progress.sink(for: globals)))
        if globals.json { return try Output.json(report) }
        for line in StatusText(style: Style(descriptor: 1)).lines(of: report) { Output.print(line) }
    }
}
