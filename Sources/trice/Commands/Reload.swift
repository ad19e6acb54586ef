internal import ArgumentParser
internal import Engine
internal import Envfile
internal import Execution
internal import Vocabulary
internal import Workspaces

struct Reload: StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "reload",
        abstract: "Restart services as the Envfile is now: what changed is made anew, all else is stopped and started.",
        discussion: """
            It is `stop` and `up` in one, as Vagrant has it. What does not run is started. With SERVICE only these are
            restarted; what they depend on is brought up.
            """)

    @OptionGroup var common: GlobalOptions
    @OptionGroup var waiting: TimeoutOption
    @OptionGroup var provisioning: ProvisionOptions
    @OptionGroup var triggers: TriggerOptions
    @Flag(help: "Return when the services are started, healthy or not.") var noWait = false
    @Argument(help: "Services to restart (default: all).", completion: .services) var services: [String] = []

    func run() throws {
        let engine = try Engine(globals.request)
        let project = try engine.project(selecting: services)
        let sink = Progress.sink(for: globals)
        project.show(warningsOn: sink)
        var options = UpOptions(services: [ServiceName](unchecked: services))
        options.restartsRunning = true
        options.stopTimeout = waiting.duration
        options.provisioning = provisioning.request
        options.trustsHost = triggers.trust
        options.waits = !noWait
        let asked = options
        if globals.isDryRun {
            return Output.print(try Progress.follow(sink) { try await engine.plan(project, asked) }.text)
        }
        let report = try triggers.around(.reload, engine, project, sink) {
            try Progress.follow(sink, stopping: SignalStop(timeout: 2)) {
                try await engine.up(project, asked, sink: sink)
            }
        }
        if globals.json { return try Output.json(report) }
        for line in StatusText(style: Style(descriptor: 1)).addresses(of: report) { Output.print(line) }
    }
}
