internal import ArgumentParser
internal import Engine
internal import Execution
internal import Vocabulary
internal import Workspaces

struct Plan: ParsableCommand, StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "plan",
        abstract: "Show what `up` would do, and why, without doing it.",
        discussion: """
            One line for each image, network, volume and container that `up` would touch:
              + create    ~ recreate or mend    > start    < stop    - remove    ? ask whether it has changed
            Exit code: 0 nothing is known to change, 2 there are changes, 1 an error.
            """)

    @OptionGroup var common: GlobalOptions
    @Argument(help: "Services to plan for (default: all).", completion: .services) var services: [String] = []
    @Flag(help: "Plan for `down` instead of `up`.") var down = false
    @Flag(name: [.short, .long], help: "With --down: the named volumes too.") var volumes = false

    func run() throws {
        let engine = try Engine(globals.request)
        let plan: PlanReport
        if down {
            let sink = Progress.sink(for: globals)
            plan = try engine.planDown(
                try engine.identity(sink: sink), DownOptions(removesVolumes: volumes, timeout: nil))
        } else {
            let project = try engine.project(selecting: services)
            let sink = Progress.sink(for: globals)
            project.show(warningsOn: sink)
            let options = UpOptions(services: [ServiceName](unchecked: services))
            plan = try Progress.follow(sink) { try await engine.plan(project, options) }
        }
        if globals.json { try Output.json(plan) } else { Output.print(plan.text) }
        if plan.hasChanges { throw ExitCode(2) }
    }
}
