internal import ArgumentParser
internal import Building
internal import Engine
internal import FoundationEssentials
internal import Glibc
internal import Vocabulary
internal import Workspaces

struct BuildImages: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "build",
        abstract: "Build the images of services from their Dockerfiles, or one from a Dockerfile alone.",
        usage: """
            trice build [<options>] [<service> ...]
            trice build [-f <dockerfile>] -t <name> [<options>] <context>
            """,
        discussion: """
            With --tag no Envfile is read: -f names the Dockerfile (- is standard input) and the argument the context: a
            directory, the address of a git repository, of a Dockerfile or of a tar, or - for standard input with a
            Dockerfile or a tar. What has not changed is taken from the cache; a step that is done says why.
            """)

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The Envfile; with --tag the Dockerfile, - for standard input (default: CONTEXT/Dockerfile).",
            valueName: "file"),
        completion: .file())
    var file: [String] = []
    @Option(name: [.short, .long], help: ArgumentHelp("Name the image (repeatable).", valueName: "name"))
    var tag: [String] = []
    @OptionGroup var shared: SharedOptions
    @OptionGroup var network: NetworkOptions
    @Flag(help: "Take nothing from the cache.") var noCache = false
    @Flag(help: "Ask registries about bases that are here, and make bootstrap: bases anew.") var pull = false
    @Option(
        help: ArgumentHelp(
            "Set an ARG; NAME alone takes our variable of that name (repeatable).", valueName: "name=value"))
    var buildArg: [String] = []
    @Option(help: ArgumentHelp("Build this stage instead of the last.", valueName: "stage")) var target: String?
    @OptionGroup var flags: BuildFlagOptions
    @Flag(help: "When a step fails, open a shell in its container as it was.") var debug = false
    @Option(
        help: ArgumentHelp("Print what would be built and build nothing: text or dot.", valueName: "form"))
    var print: GraphForm?
    @OptionGroup var compose: ComposeBuildOptions
    @Argument(help: "Services (default: all with a `build:`), or the context.", completion: .services) var names:
        [String] = []

    enum GraphForm: String, ExpressibleByArgument, CaseIterable {
        case text, dot
    }

    var globals: Globals {
        var globals = shared.globals
        if tag.isEmpty { globals.files = file }
        globals.isOffline = network.offline
        compose.apply(to: &globals)
        return globals
    }

    func validate() throws {
        if let text = buildArg.first(where: { $0.isEmpty || $0.hasPrefix("=") }) {
            throw ValidationError("--build-arg `\(text)` has no name: write NAME=VALUE.")
        }
        guard !tag.isEmpty else { return }
        if names.count != 1 { throw ValidationError("With --tag give the context: trice build -t NAME DIRECTORY") }
        if names == ["-"], file == ["-"] {
            throw ValidationError("Standard input can be the Dockerfile or the context, not both.")
        }
        if file.count > 1 { throw ValidationError("There is one Dockerfile: give --file once.") }
    }

    func run() throws {
        let engine = try Engine(globals.request)
        let project = tag.isEmpty ? try engine.project(selecting: names) : nil
        var command = try self.command(project)
        let start = Int64(time(nil))
        var sink = Progress.sink(for: globals)
        project?.show(warningsOn: sink)
        if compose.check { return try check(engine, project) }
        if let print {
            let (wanted, sink) = (command, sink)
            let text = try Progress.follow(sink) {
                try await engine.buildGraph(project, wanted, asDot: print == .dot, sink: sink)
            }
            return Output.write(text, to: 1)
        }
        if debug, !command.debugs {
            sink.note("--debug opens no shell: standard input is no terminal", isWarning: true)
        }
        while true {
            do {
                let (wanted, sink) = (command, sink)
                let reports = try Progress.follow(sink, stopping: SignalStop(timeout: 5)) {
                    try await engine.build(project, wanted, sink: sink)
                }
                try show(reports)
                if compose.push, let project {
                    let services = [ServiceName](unchecked: command.services)
                    _ = try Progress.follow(sink) { try await engine.push(project, services: services, sink: sink) }
                }
                return
            } catch let failed as FailedBuildStep {
                guard try openShell(in: failed) else { throw ExitCode(1) }
                // From there on means: what this command has done is not done again.
                command.acceptsSince = command.acceptsSince ?? start
                command.pullsBases = false
                sink = Progress.sink(for: globals)
            }
        }
    }

    /// Reads the Dockerfiles, tells what is wrong with them, and builds nothing.
    private func check(_ engine: Engine, _ project: Project?) throws {
        let sink = Progress.sink(for: globals)
        let wanted = try command(project)
        _ = try Progress.follow(sink) { try await engine.buildGraph(project, wanted, asDot: false, sink: sink) }
        Output.print("The Dockerfiles are valid.")
    }

    /// Opens a shell in the failed step; whether to try again from there.
    private func openShell(in failed: FailedBuildStep) throws -> Bool {
        FailureReport(failed, isVerbose: globals.isVerbose, asJSON: globals.showsJSONErrors).print()
        Output.error("This is a shell in the container as it was when the step failed; leave it to go on.")
        do {
            try failed.openShell()
        } catch {
            FailureReport(error, isVerbose: globals.isVerbose, asJSON: globals.showsJSONErrors).print()
        }
        try failed.discard()
        let answer = Terminal.ask("Try again from this step? [Y/n] ")
        return answer.map { !$0.lowercased().hasPrefix("n") } ?? false
    }

    /// The user's own words with `--debug`, to be typed again.
    private var debugCommand: String {
        var words = ["trice"] + CommandLine.arguments.dropFirst()
        if let place = words.firstIndex(of: "build") { words.insert("--debug", at: place + 1) }
        return words.map(ShellWord.quoted).joined(separator: " ")
    }

    private func command(_ project: Project?) throws -> BuildCommand {
        var command = BuildCommand()
        command.services = tag.isEmpty ? names : []
        if let project, compose.withDependencies {
            command.services = project.withDependencies([ServiceName](unchecked: names)).map(\.rawValue)
        }
        command.skipsCache = noCache
        command.pullsBases = pull
        command.target = target
        command.debugs = debug && ProcessEnvironment.isTerminal(0)
        command.debugCommand = debug ? nil : debugCommand
        command.flags = flags.flags
        let environment = ProcessEnvironment.current
        for text in buildArg {
            guard let equals = text.firstIndex(of: "=") else {
                // As in Docker, a name whose variable is not set is left out.
                if let value = environment[text] { command.arguments[text] = value }
                continue
            }
            command.arguments[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        if !tag.isEmpty {
            command.file = BuildCommand.FileBuild(dockerfile: file.first, context: names[0], tags: tag)
        }
        return command
    }

    private func show(_ reports: [BuildReport]) throws {
        if globals.json { return try Output.json(reports) }
        for report in reports {
            let done = report.steps.count { !$0.isCached }
            let steps =
                report.steps.isEmpty
                ? "" : ", \(Format.count(report.steps.count, "step"))" + (done == 0 ? ", all cached" : ", \(done) done")
            Output.print("\(report.tags.first ?? report.name)  \(Format.shortDigest(report.id))\(steps)")
        }
    }
}
