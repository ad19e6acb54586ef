internal import ArgumentParser
internal import Workspaces

/// What the options that every command takes came to.
struct Globals {
    var files: [String] = []
    var environmentFiles: [String] = []
    var projectDirectory: String?
    var projectName: String?
    var profiles: [String] = []
    var runtime: String?
    var json = false
    var isVerbose = false
    var progress: ProgressStyle?
    var isOffline = false
    /// Whether what would be done is only told.
    var isDryRun = false
    /// Whether a terminal gets no colours either.
    var hasNoColor = false
    /// What the user should know of the options, one sentence each, without a full stop.
    var remarks: [String] = []
    /// Instead of the directory of this process.
    var workingDirectory: String?

    /// Whether standard error is for a program to read.
    var showsJSONErrors: Bool { json || progress == .json }

    /// What the engine needs of these and of the process's environment.
    var request: ProjectRequest {
        var request = ProjectRequest(
            files: files, environmentFiles: environmentFiles, projectDirectory: projectDirectory,
            projectName: projectName, profiles: profiles, runtime: runtime,
            processEnvironment: ProcessEnvironment.current, userID: ProcessEnvironment.userID,
            workingDirectory: workingDirectory ?? ProcessEnvironment.workingDirectory, version: Version.text)
        request.isOffline = isOffline
        return request
    }
}

/// A command that takes the options that all of them take.
protocol TriceCommand: ParsableCommand {
    var globals: Globals { get }
}

/// A command for which `-f` means the Envfile: all but `logs`.
protocol StandardCommand: TriceCommand {
    var common: GlobalOptions { get }
}

extension StandardCommand {
    var globals: Globals { common.globals }
}

/// The options of most commands.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The Envfile, or - for standard input; repeatable, later ones are merged on top "
                + "(default: the nearest one, here or in a parent directory).", valueName: "file"),
        completion: .file())
    var file: [String] = []

    @OptionGroup var shared: SharedOptions

    var globals: Globals {
        var globals = shared.globals
        globals.files = file
        return globals
    }
}

/// The same for a command for which `-f` means something else.
struct LongFileOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The Envfile (default: the nearest one).", valueName: "file"), completion: .file())
    var file: [String] = []

    @OptionGroup var shared: SharedOptions

    var globals: Globals {
        var globals = shared.globals
        globals.files = file
        return globals
    }
}

/// The same for a command for which `-p` means something else.
struct LongNameOptions: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("The Envfile (default: the nearest one).", valueName: "file"), completion: .file())
    var file: [String] = []

    @Option(help: ArgumentHelp("Name the environment by hand.", valueName: "name"), completion: .environments)
    var projectName: String?

    @OptionGroup var project: ProjectOptions

    var globals: Globals {
        var globals = project.globals
        globals.files = file
        globals.projectName = projectName
        return globals
    }
}

/// The options that every command about an environment takes under the same names.
struct SharedOptions: ParsableArguments {
    @Option(
        name: [.customShort("p"), .long],
        help: ArgumentHelp("Name the environment by hand.", valueName: "name"), completion: .environments)
    var projectName: String?

    @OptionGroup var project: ProjectOptions

    var globals: Globals {
        var globals = project.globals
        globals.projectName = projectName
        return globals
    }
}

/// Those of them whose names no command needs for something else.
struct ProjectOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where relative paths begin and `.env` is (default: the directory of the first Envfile).",
            valueName: "path"), completion: .directory)
    var projectDirectory: String?

    @Option(
        help: ArgumentHelp("A file of variables instead of `.env` (repeatable).", valueName: "file"),
        completion: .file())
    var envFile: [String] = []

    @Option(help: ArgumentHelp("Activate a profile (repeatable).", valueName: "name"), completion: .profiles)
    var profile: [String] = []

    @Option(help: ArgumentHelp("The OCI runtime for new containers, such as crun or runc.", valueName: "name"))
    var runtime: String?

    @OptionGroup var output: OutputOptions

    @OptionGroup(visibility: .hidden) var compose: ComposeOptions

    var globals: Globals {
        var globals = output.globals
        compose.apply(to: &globals)
        globals.environmentFiles = envFile
        globals.projectDirectory = projectDirectory
        globals.profiles = profile
        globals.runtime = runtime
        return globals
    }
}

/// What Compose's users write before or after any command, and what changes nothing here or says so.
struct ComposeOptions: ParsableArguments {
    @Option var ansi: String?
    @Option var parallel: Int?
    @Flag var compatibility = false
    @Flag var allResources = false

    func validate() throws {
        if let ansi, !["never", "always", "auto"].contains(ansi) {
            throw ValidationError("--ansi is never, always or auto, not `\(ansi)`.")
        }
    }

    /// Applies what has an effect, and adds a remark for what has none.
    func apply(to globals: inout Globals) {
        globals.hasNoColor = ansi == "never"
        if parallel != nil { globals.remarks.append("`--parallel` has no effect: Trice chooses how much runs at once") }
        if compatibility { globals.remarks.append("`--compatibility` has no effect: names have one form") }
        if allResources { globals.remarks.append("`--all-resources` has no effect: `config` prints all that is used") }
    }
}

/// How every command shows what it does.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON instead of text.")
    var json = false

    @Flag(help: "Show the causes of errors, with system call and errno.")
    var verbose = false

    @Option(help: "How progress is shown: tty, plain, json or quiet.")
    var progress: ProgressStyle?

    @Flag(help: "Tell what would be done, and do nothing.") var dryRun = false

    var globals: Globals {
        var globals = Globals(json: json, isVerbose: verbose, progress: progress)
        globals.isDryRun = dryRun
        return globals
    }
}

/// For commands that may ask a registry.
struct NetworkOptions: ParsableArguments {
    @Flag(help: "Ask no registry; fail where one would have to be asked.")
    var offline = false
}

enum ProgressStyle: String, ExpressibleByArgument, CaseIterable {
    case tty, plain, json, quiet
    /// Compose's word for the default: `tty` at a terminal, otherwise `plain`.
    case auto

    /// What `COMPOSE_PROGRESS` asks for; `nil` without it, and for a word that names none.
    static var ofProcess: ProgressStyle? {
        ProcessEnvironment.current["COMPOSE_PROGRESS"].flatMap(ProgressStyle.init(rawValue:))
    }
}
