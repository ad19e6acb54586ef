internal import ArgumentParser
internal import Engine
internal import Envfile
internal import Execution
internal import Vocabulary
internal import Workspaces

/// Which steps of `provision` run in `up` and `reload`; by Vagrant's names.
struct ProvisionOptions: ParsableArguments {
    @Flag(inversion: .prefixedNo, help: "Run all steps of `provision` again, or none.") var provision: Bool?
    @Option(
        help: ArgumentHelp(
            "Run only the steps of these names or kinds (shell, copy, ansible), whether they have run or not (repeatable, or "
                + "separated by commas).", valueName: "names"))
    var provisionWith: [String] = []

    func validate() throws {
        if provision == false, !provisionWith.isEmpty {
            throw ValidationError("--no-provision and --provision-with contradict each other.")
        }
    }

    var request: ProvisionRequest {
        let names = StepNames.all(in: provisionWith)
        if !names.isEmpty { return .named(names) }
        return provision.map { $0 ? .all : .none } ?? .due
    }
}

/// Names of steps on the command line.
enum StepNames {
    static func all(in arguments: [String]) -> Set<String> {
        Set(arguments.flatMap { $0.split(separator: ",").map(String.init) })
    }
}

struct Provision: StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "provision",
        abstract: "Run the steps of `provision` that are due in services that run.",
        discussion: """
            Due is what has not run in the container, what has changed (`run: changed`), and what always runs
            (`run: always`); `trice plan` says which and why. --step runs a step whether it is due or not, also one with
            `run: never`.
            A step that fails ends the steps of its service; the container stays for `trice ssh`.
            """)

    @OptionGroup var common: GlobalOptions
    @Argument(help: "Services (default: all that run).", completion: .services) var services: [String] = []
    @Option(
        help: ArgumentHelp(
            "Run the step of this name, or all of this kind (shell, copy, ansible); repeatable, or separated by commas.",
            valueName: "name"))
    var step: [String] = []
    @Option(help: ArgumentHelp("The same, by Vagrant's name.", valueName: "names")) var provisionWith: [String] = []
    @Flag(help: "Run all steps again, whether they have run or not.") var force = false
    @OptionGroup var triggers: TriggerOptions

    func run() throws {
        let engine = try Engine(globals.request)
        let project = try engine.project(selecting: services)
        let sink = Progress.sink(for: globals)
        project.show(warningsOn: sink)
        var options = UpOptions(services: [ServiceName](unchecked: services))
        let names = StepNames.all(in: step + provisionWith)
        options.provisioning = !names.isEmpty ? .named(names) : force ? .all : .due
        options.trustsHost = triggers.trust
        let asked = options
        if globals.isDryRun { return Output.print(try engine.planProvision(project, asked).text) }
        let report = try triggers.around(.provision, engine, project, sink) {
            try Progress.follow(sink, stopping: SignalStop(timeout: 2)) {
                try await engine.provision(project, asked, sink: sink)
            }
        }
        if globals.json { return try Output.json(report) }
        if !report.hasChanges { sink.note("Every step has run already. --force runs them again.", isWarning: false) }
    }
}
