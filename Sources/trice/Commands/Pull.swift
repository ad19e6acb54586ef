internal import ArgumentParser
internal import Engine
internal import Envfile
internal import Execution
internal import ImageCommands
internal import Vocabulary
internal import Workspaces

/// When the images of services are pulled, and whether the lock may move.
struct ImageOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "When to ask the registry, instead of each service's own policy: always, missing, never, daily, weekly or "
                + "every_DURATION.", valueName: "policy"))
    var pull: PullPolicyArgument?

    @Flag(help: "Refuse to start when Envfile.lock would change.")
    var frozen = false

    @OptionGroup var network: NetworkOptions

    func applied(to globals: Globals) -> Globals {
        var globals = globals
        globals.isOffline = network.offline
        return globals
    }
}

/// A pull policy as an argument.
struct PullPolicyArgument: ExpressibleByArgument {
    let policy: PullPolicy

    init?(argument: String) {
        guard let policy = PullPolicy(argument), policy != .build else { return nil }
        self.policy = policy
    }
}

struct Pull: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "pull",
        abstract: "Bring the images of services and jobs into the store.",
        discussion: """
            What Envfile.lock names is brought exactly so; what it does not name yet is asked for and locked. With
            SERVICE only the images of these. `trice upgrade` moves the lock; `trice image pull NAME` pulls by name.
            """)

    @OptionGroup var common: GlobalOptions
    @Argument(help: "Services or jobs (default: all).", completion: .workloads) var services: [String] = []
    @Option(help: ArgumentHelp("When to ask the registry: always or missing.", valueName: "policy"))
    var policy = PullWhen.always
    @Flag(help: "The images of services that these depend on, too.") var includeDeps = false
    @Flag(help: "Refuse when Envfile.lock would change.") var frozen = false
    @Flag(help: "Accepted for Compose users: images that are built are not pulled.") var ignoreBuildable = false
    @Flag(help: "Pull what can be pulled, and succeed.") var ignorePullFailures = false
    @Flag(name: [.short, .long], help: "Show no progress.") var quiet = false
    @OptionGroup var network: NetworkOptions

    enum PullWhen: String, ExpressibleByArgument, CaseIterable {
        case always, missing
    }

    var globals: Globals {
        var globals = common.globals
        globals.isOffline = network.offline
        if quiet { globals.progress = .quiet }
        return globals
    }

    func run() throws {
        let engine = try Engine(globals.request)
        let project = try engine.project(selecting: services)
        let sink = Progress.sink(for: globals)
        let options = PullOptions(
            services: [ServiceName](unchecked: services), policy: policy == .always ? .always : .missing,
            includesDependencies: includeDeps,
            isFrozen: frozen)
        do {
            try Progress.follow(sink) { try await engine.pull(project, options, sink: sink) }
        } catch  where ignorePullFailures {
            FailureReport(error, isVerbose: globals.isVerbose, asJSON: globals.showsJSONErrors).print()
        }
    }
}

struct Push: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "push",
        abstract: "Send the images that services build to the registries that their names say.",
        discussion: """
            With SERVICE only the images of these. `trice image push NAME` pushes any image.
            --baked sends what `trice bake` made to one repository, each image with its own tag, and names them in
            Envfile.lock. `trice up` of who has this lock brings them from there and runs none of their steps. Later pushes send
            them to the same place without the option.
            """)

    @OptionGroup var common: GlobalOptions
    @Argument(help: "Services (default: all with a `build:`).", completion: .services) var services: [String] = []
    @Option(
        help: ArgumentHelp(
            "Send the baked images of services to this repository, such as registry.example/team/shop.",
            valueName: "repository"))
    var baked: String?
    @Flag(help: "Push what can be pushed, and succeed.") var ignorePushFailures = false
    @Flag(help: "The images of services that these depend on, too.") var includeDeps = false
    @Flag(name: [.short, .long], help: "Show no progress.") var quiet = false

    var globals: Globals {
        var globals = common.globals
        if quiet { globals.progress = .quiet }
        return globals
    }

    func run() throws {
        let engine = try Engine(globals.request)
        let project = try engine.project(selecting: services)
        let sink = Progress.sink(for: globals)
        let named = [ServiceName](unchecked: services)
        let selected = includeDeps ? project.withDependencies(named) : named
        let names: [String]
        do {
            let repository = baked
            names = try Progress.follow(sink) {
                try await engine.push(project, services: selected, bakedTo: repository, sink: sink)
            }
        } catch  where ignorePushFailures {
            return FailureReport(error, isVerbose: globals.isVerbose, asJSON: globals.showsJSONErrors).print()
        }
        if globals.json { return try Output.json(names) }
        for name in names { Output.print("pushed \(name)") }
        if baked != nil { sink.note("Envfile.lock names them: commit it", isWarning: false) }
    }
}

struct Outdated: ParsableCommand, StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "outdated",
        abstract: "Show which images have changed in their registries since they were locked.",
        discussion: "Exit code 0: nothing has; 2: something has; 1: an error.")

    @OptionGroup var common: GlobalOptions

    func run() throws {
        let engine = try Engine(globals.request)
        let report = try engine.outdated(try engine.project(selecting: []))
        if globals.json {
            try Output.json(report)
        } else {
            var table = Table(["IMAGE", "SERVICES", "LOCKED", "LATEST", "STATE"])
            for row in report.images {
                table.rows.append([
                    row.image, row.services.isEmpty ? "FROM" : row.services.joined(separator: ", "),
                    row.current.map(Format.shortDigest) ?? "-",
                    row.latest.map(Format.shortDigest) ?? "-",
                    row.error
                        ?? (row.isOutdated
                            ? "outdated: trice upgrade" + (row.services.first.map { " \($0)" } ?? "") : "up to date"),
                ])
            }
            if table.rows.isEmpty { return Output.print("No service has an image with a tag of a registry.") }
            table.lines(style: Style(descriptor: 1)).forEach(Output.print)
        }
        if report.images.contains(where: { $0.error != nil }) { throw ExitCode(1) }
        if report.images.contains(where: \.isOutdated) { throw ExitCode(2) }
    }
}

struct Upgrade: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "upgrade",
        abstract: "Pull what the registries have now and move Envfile.lock to it.",
        discussion: "With SERVICE only the images of these. `trice up` then recreates what has changed.")

    @OptionGroup var common: GlobalOptions
    @Argument(help: "Services (default: all).", completion: .services) var services: [String] = []

    func run() throws {
        let engine = try Engine(globals.request)
        let project = try engine.project(selecting: services)
        let sink = Progress.sink(for: globals)
        let names = [ServiceName](unchecked: services)
        let report = try Progress.follow(sink) { try await engine.upgrade(project, services: names, sink: sink) }
        if globals.json { return try Output.json(report) }
        if report.images.isEmpty { return Output.print("Every image is the one that the lock names.") }
        for row in report.images {
            Output.print("\(row.image): \(row.old.map(Format.shortDigest) ?? "new") → \(Format.shortDigest(row.new))")
        }
    }
}
