internal import ArgumentParser
internal import Clusters
internal import Engine
internal import Envfile
internal import Export
internal import Glibc
internal import Workspaces

/// Whether a command is about a cluster, and which one.
struct ClusterPlace: ParsableArguments {
    @Flag(help: "Of what was deployed to a cluster, by kubectl.") var cluster = false
    @OptionGroup var options: ClusterOptions
    @Option(help: ArgumentHelp("The namespace of the cluster.", valueName: "name")) var namespace: String?

    func validate() throws {
        if !cluster, options.context != nil || namespace != nil {
            throw ValidationError("--context and --namespace belong to --cluster.")
        }
    }
}

/// Which cluster a command is about.
struct ClusterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The context of kubectl (default: the current one).", valueName: "name"))
    var context: String?
}

struct Deploy: StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "deploy",
        abstract: "Bring the environment into a cluster of Kubernetes, by the user's own kubectl.",
        discussion: """
            What is built here is built and pushed, the objects are compared with the cluster's, and the plan is shown.
            Then they are applied wave by wave: what others depend on has to be ready first. Exit code of --plan: 0
            nothing would change, 2 something would.
            """)

    @OptionGroup var common: GlobalOptions
    @OptionGroup var place: ClusterOptions
    @OptionGroup var cluster: ClusterFlags
    @Option(help: ArgumentHelp("Leave out what cannot be carried (repeatable).", valueName: "key")) var omit: [String] =
        []
    @Option(help: ArgumentHelp("The registry that gets images which are made here.", valueName: "host/path"))
    var registry: String?
    @Flag(help: "Refuse when something that the files say would be lost.") var strict = false
    @Flag(help: "Show what would change, and change nothing.") var plan = false
    @Flag(help: "Remove what was deployed.") var down = false
    @Flag(help: "With --down: the claims, too, and so the data of volumes.") var volumes = false
    @Flag(help: "Neither build nor push: the registries have the images.") var noPush = false
    @Flag(help: "Accept images that Envfile.lock does not name.") var unpinned = false
    @Flag(name: [.short, .long], help: "Ask no question.") var yes = false
    @Option(help: ArgumentHelp("How long each wave may take.", valueName: "seconds")) var timeout = 300

    func validate() throws {
        if down, plan { throw ValidationError("--down and --plan exclude each other.") }
        if volumes, !down { throw ValidationError("--volumes belongs to --down.") }
        if timeout < 1 { throw ValidationError("--timeout is a number of seconds above 0.") }
        if cluster.secrets == .sops {
            throw ValidationError("A cluster does not read what sops has encrypted: use --secrets reference or plain.")
        }
    }

    private var request: ClusterRequest {
        var options = ExportOptions()
        cluster.apply(to: &options)
        options.omitted = omit.map { KeyPattern($0) }
        var request = ClusterRequest(
            options: options, choice: RegistryChoice(registry: registry, clusterRegistry: cluster.clusterRegistry),
            context: place.context)
        request.timeout = .seconds(timeout)
        request.allowsTags = unpinned
        request.isStrict = strict
        request.pushes = !noPush
        return request
    }

    func run() throws {
        let engine = try Engine(globals.request)
        let project = try engine.project(selecting: [])
        try project.checkServices()
        let sink = Progress.sink(for: globals)
        if down { return try engine.removeDeployment(project, request, includesVolumes: volumes, sink: sink) }
        let request = request
        let isDry = plan || globals.isDryRun
        let deployment = try AsyncWork.run {
            try await engine.prepareDeployment(project, request, pushes: !isDry, sink: sink)
        }
        if !globals.json {
            for loss in deployment.losses where loss.severity != .note {
                Output.error(loss.text(relativeTo: project.environment.directory))
            }
        }
        let plan = try deployment.plan()
        try show(plan)
        if isDry {
            if !plan.isEmpty { throw ExitCode(2) }
            return
        }
        try deployment.apply(plan) { sink.note($0, isWarning: false) }
    }

    private func show(_ plan: DeployPlan) throws {
        if globals.json { return try Output.json(plan) }
        if plan.isEmpty { return Output.print("Nothing changes.") }
        for row in plan.rows where row.change != .keep {
            Output.print("\(row.change.sign) \(row.kind.lowercased()) \(row.name)  wave \(row.wave)")
            for line in row.difference.prefix(20) { Output.print("      \(line)") }
            if row.difference.count > 20 { Output.print("      … \(row.difference.count - 20) more lines") }
        }
    }
}

struct PortForward: StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "port-forward",
        abstract: "Reach a port of a service in a cluster from this host, until Ctrl-C.")

    @OptionGroup var common: GlobalOptions
    @OptionGroup var place: ClusterOptions
    @Option(name: [.short, .long], help: ArgumentHelp("The namespace.", valueName: "name")) var namespace: String?
    @Argument(help: "The service.", completion: .services) var service: String
    @Argument(help: "LOCAL:REMOTE or one number for both.") var ports: [String]

    func run() throws {
        let words = try ClusterCommand(globals, context: place.context, namespace: namespace).words(for: service) {
            label in
            ["port-forward", "service/\(label)"] + ports
        }
        try ClusterCommand.become(words)
    }
}
