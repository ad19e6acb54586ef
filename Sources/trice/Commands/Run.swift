internal import ArgumentParser
internal import Engine
internal import Envfile
internal import Execution
internal import Glibc
internal import LinuxSystem
internal import Sessions
internal import Vocabulary
internal import Workspaces

struct Run: TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "run",
        abstract: "Run one command in a container of its own, made like those of a service.",
        usage: "trice run [<options>] <service> [<command> ...]",
        discussion: """
            What the service depends on is brought up first. Without a command the service's own runs. The exit code,
            signals and the terminal pass through. The service's ports are published only with --service-ports.
            """)

    @OptionGroup var common: LongNameOptions
    @OptionGroup var overrides: RunOverrides
    @Flag(name: [.short, .long], help: "Run it in the background, and print the container's name.") var detach = false
    @Flag(name: .customLong("rm"), help: "Remove the container when the command has ended.") var removes = false
    @Option(help: ArgumentHelp("The name of the container.", valueName: "name")) var name: String?
    @Flag(help: "Do not bring up what the service depends on.") var noDeps = false
    @Flag(help: "Let others reach it by the names of the service.") var useAliases = false
    @Flag(name: [.customShort("T"), .long], help: "Use no terminal even if ours is one.") var noTty = false
    @Flag(name: [.short, .long], help: "Accepted for Docker users: input is passed anyway.") var interactive = false
    @Flag(help: "Pass no input; Docker's users write --interactive=false.") var noInteractive = false
    @Flag(name: [.short, .long], help: "Accepted for Docker users: there is a terminal where ours is one.")
    var tty = false
    @Flag(help: "Build the image even if it is there.") var build = false
    @Option(help: ArgumentHelp("When registries are asked: always, missing or never.", valueName: "policy"))
    var pull: PullPolicyArgument?
    @Flag(name: [.short, .long], help: "Show no progress.") var quiet = false
    @Flag(help: "Show no progress of pulls; here of nothing.") var quietPull = false
    @Flag(help: "Show no progress of builds; here of nothing.") var quietBuild = false
    @Flag(help: "Remove containers of services that the Envfile no longer has.") var removeOrphans = false
    @Argument(help: "The service or job.", completion: .workloads) var service: String
    @Argument(parsing: .captureForPassthrough, help: "The command and its arguments.") var command: [String] = []

    var globals: Globals {
        var globals = common.globals
        if quiet || quietPull || quietBuild { globals.progress = .quiet }
        // The command's own output is what a script wants.
        if globals.progress == nil, !globals.json, !ProcessEnvironment.isTerminal(2) { globals.progress = .quiet }
        return globals
    }

    func run() throws {
        if noInteractive { ProcessEnvironment.dropInput() }
        let sink = Progress.sink(for: globals)
        let service = ServiceName(unchecked: service)
        let name = try name.map { try ServiceName($0) } ?? OneOffService.name(for: service)
        let (engine, project) = try overrides.load(globals.request, service: service, command: words)
        project.show(warningsOn: sink)
        let request = try request(service, name)
        let started = try start(request, of: project, engine, sink)
        guard let streams = request.streams else { return Output.print(name.rawValue) }
        let result = Result { try engine.followOneOff(request, streams, of: started) }
        try finish(request, of: started, engine)
        throw ExitCode(try result.get())
    }

    private func start(
        _ request: RunRequest, of project: Project, _ engine: Engine, _ sink: any ProgressSink
    ) throws -> Project {
        do {
            return try Progress.follow(sink, stopping: SignalStop(timeout: 2)) {
                try await engine.startOneOff(project, request, sink: sink)
            }
        } catch {
            // What failed says more than that of the removal.
            if request.removes { try? finish(request, of: project, engine) }
            throw error
        }
    }

    private func finish(_ request: RunRequest, of project: Project, _ engine: Engine) throws {
        let silent = QuietProgress()
        try Progress.follow(silent) { try await engine.finish(request, of: project, sink: silent) }
    }

    private var words: [String] { command.first == "--" ? Array(command.dropFirst()) : command }

    private func request(_ service: ServiceName, _ name: ServiceName) throws -> RunRequest {
        var container = OneOffService.Options(name: name)
        container.followsDependencies = !noDeps
        container.usesAliases = useAliases
        if !detach {
            container.hasTerminal =
                !noTty && ProcessEnvironment.isTerminal(0) && ProcessEnvironment.isTerminal(1)
            container.terminalType = ProcessEnvironment.current["TERM"]
        }
        let streams = try container.hasTerminal.map { try ForegroundStreams(hasTerminal: $0) }
        let up = UpOptions(
            removeOrphans: removeOrphans, pullPolicy: pull?.policy, builds: build ? true : nil)
        return RunRequest(service: service, container: container, removes: removes, streams: streams, up: up)
    }
}

/// What of a service `run` changes, in the words of a file that is merged over the project's.
struct RunOverrides: ParsableArguments {
    @Option(help: ArgumentHelp("The entrypoint instead of the service's.", valueName: "command"))
    var entrypoint: String?
    @Option(name: [.short, .long], help: ArgumentHelp("Set a variable (repeatable).", valueName: "name=value"))
    var env: [String] = []
    @Option(help: ArgumentHelp("A file of variables (repeatable).", valueName: "file"), completion: .file())
    var envFromFile: [String] = []
    @Option(name: [.short, .long], help: ArgumentHelp("The user, as NAME or ID[:GROUP].", valueName: "user"))
    var user: String?
    @Option(name: [.short, .long], help: ArgumentHelp("The directory to start in.", valueName: "path"))
    var workdir: String?
    @Option(name: [.short, .long], help: ArgumentHelp("Add a label (repeatable).", valueName: "name=value"))
    var label: [String] = []
    @Option(
        name: [.short, .long], help: ArgumentHelp("Mount a volume or directory (repeatable).", valueName: "volume"))
    var volume: [String] = []
    @Option(name: [.short, .long], help: ArgumentHelp("Publish a port (repeatable).", valueName: "port"))
    var publish: [String] = []
    @Flag(name: [.customShort("P"), .long], help: "Publish the service's ports.") var servicePorts = false
    @Option(help: ArgumentHelp("Add a capability (repeatable).", valueName: "name")) var capAdd: [String] = []
    @Option(help: ArgumentHelp("Drop a capability (repeatable).", valueName: "name")) var capDrop: [String] = []

    /// The project with these changes of the service; the file that says them is removed again.
    func load(
        _ request: ProjectRequest, service name: ServiceName, command: [String]
    ) throws -> (engine: Engine, project: Project) {
        let environment = try Engine(request).project(selecting: [name.rawValue]).environment
        let service = name.rawValue
        let known = environment.described.map(\.name.rawValue)
        guard known.contains(service) else { throw EngineError.unknownService(service, known: known) }
        let isJob = environment.jobs.contains { $0.name == name }
        var request = request
        let files = try request.locate()
        let isEnvfile = files.files.first.map { ShellPath.name(of: $0).hasPrefix("Envfile") } ?? true
        let directory = try OverrideDirectory()
        defer { directory.remove() }
        let path = "\(directory.path)/\(isEnvfile ? "Envfile" : "compose.yaml")"
        try Output.write(text(service, isJob: isJob, command), toFile: path)
        request.projectDirectory = files.directory
        request.files = files.files + [path]
        let engine = try Engine(request)
        return (engine, try engine.project(selecting: [service]))
    }

    /// The file.
    func text(_ service: String, isJob: Bool, _ command: [String]) -> String {
        var lines = [isJob ? "jobs:" : "services:", "  \(Self.quoted(service)):"]
        func add(_ key: String, _ value: String?) {
            if let value { lines.append("    \(key): \(value)") }
        }
        func list(_ values: [String]) -> String? {
            values.isEmpty ? nil : "[" + values.map(Self.quoted).joined(separator: ", ") + "]"
        }
        add("entrypoint", entrypoint.map(Self.quoted))
        // As in Compose: another entrypoint has no use for the command of the service.
        add("command", list(command) ?? (entrypoint == nil ? nil : "[]"))
        add("environment", list(env))
        add("env_file", list(envFromFile.map { ShellPath.absolute($0) }))
        add("user", user.map(Self.quoted))
        add("working_dir", workdir.map(Self.quoted))
        add("labels", list(label))
        add("volumes", list(volume))
        add("cap_add", list(capAdd))
        add("cap_drop", list(capDrop))
        if servicePorts {
            add("ports", list(publish))
        } else {
            add("ports", "!override " + (list(publish) ?? "[]"))
        }
        if lines.count == 2 { lines[1] += " {}" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A text of YAML in double quotes, of which no `$` is a variable.
    private static func quoted(_ text: String) -> String {
        YAMLQuoting.doubleQuoted(text.replacing("$", with: "$$"))
    }
}

/// A directory of this process's own for one file.
private struct OverrideDirectory {
    let path: String

    init() throws(SystemError) {
        let base = ProcessEnvironment.current["TMPDIR"] ?? "/tmp"
        var template = Array("\(base)/trice-run-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw SystemError("mkdtemp", base, .last) }
        path = String(cString: made)
    }

    func remove() {
        for name in ["Envfile", "compose.yaml"] { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}

/// Paths as the user writes them.
enum ShellPath {
    static func name(of path: String) -> Substring {
        path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
    }

    static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(ProcessEnvironment.workingDirectory)/\(path)"
    }
}
