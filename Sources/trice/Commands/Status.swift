internal import ArgumentParser
internal import Engine
internal import Execution
internal import Workspaces

struct Status: ParsableCommand, StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "status",
        abstract: "Show the services: state, address, ports.")

    @OptionGroup var common: GlobalOptions
    @OptionGroup var place: ClusterPlace
    @Argument(help: "Services (default: all).", completion: .services) var services: [String] = []

    func validate() throws {
        if place.cluster && !services.isEmpty {
            throw ValidationError(
                "With --cluster `status` shows all services: leave \(services.joined(separator: ", ")) out.")
        }
    }

    func run() throws {
        if place.cluster {
            let words = try ClusterCommand(globals, place).words { selector in
                ["get", "deployments,statefulsets,jobs,cronjobs,pods,services", "--selector", selector]
                    + (globals.json ? ["--output", "json"] : [])
            }
            try ClusterCommand.become(words)
        }
        let engine = try Engine(globals.request)
        let identity = try engine.identity(sink: Progress.sink(for: globals))
        var report = try engine.status(identity)
        report.services = try report.services.selecting(services, identity)
        if globals.json { return try Output.json(report) }
        let text = StatusText(style: Style(descriptor: 1), asked: services, projectName: globals.projectName)
        for line in text.lines(of: report) { Output.print(line) }
    }
}
