internal import ArgumentParser
internal import Engine
internal import Execution
internal import Workspaces

struct Status: ParsableCommand, StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the services: state, address, ports.")

    @OptionGroup var common: GlobalOptions
    @OptionGroup var place: ClusterPlace

    func run() throws {
        if place.cluster {
            let words = try ClusterCommand(globals, place).words { selector in
                ["get", "deployments,statefulsets,jobs,cronjobs,pods,services", "--selector", selector]
                    + (globals.json ? ["--output", "json"] : [])
            }
            try ClusterCommand.become(words)
        }
        let engine = try Engine(globals.request)
        let report = try engine.status(try engine.identity(sink: Progress.sink(for: globals)))
        if globals.json { return try Output.json(report) }
        for line in StatusText(style: Style(descriptor: 1)).lines(of: report) { Output.print(line) }
    }
}
