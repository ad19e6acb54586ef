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

    /// Whether standard error is for a program to read.
    var showsJSONErrors: Bool { json || progress == .json }

    /// What the engine needs of these and of the process's environment.
    var request: ProjectRequest {
        var request = ProjectRequest(
            files: files, environmentFiles: environmentFiles, projectDirectory: projectDirectory,
            projectName: projectName, profiles: profiles, runtime: runtime,
            processEnvironment: ProcessEnvironment.current, userID: ProcessEnvironment.userID,
            workingDirectory: ProcessEnvironment.workingDirectory, version: Version.text)
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

/// The options that every command about an environment takes under the same names.
struct SharedOptions: ParsableArguments {
    @Option(
        name: [.customShort("p"), .long],
        help: ArgumentHelp("Name the environment by hand.", valueName: "name"))
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

    @Option(help: ArgumentHelp("Activate a profile (repeatable).", valueName: "name"))
    var profile: [String] = []

    @Option(help: ArgumentHelp("The OCI runtime for new containers, such as crun or runc.", valueName: "name"))
    var runtime: String?

    @OptionGroup var output: OutputOptions

    var globals: Globals {
        var globals = output.globals
        globals.environmentFiles = envFile
        globals.projectDirectory = projectDirectory
        globals.profiles = profile
        globals.runtime = runtime
        return globals
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

    var globals: Globals { Globals(json: json, isVerbose: verbose, progress: progress) }
}

/// For commands that may ask a registry.
struct NetworkOptions: ParsableArguments {
    @Flag(help: "Ask no registry; fail where one would have to be asked.")
    var offline = false
}

enum ProgressStyle: String, ExpressibleByArgument, CaseIterable {
    case tty, plain, json, quiet
}
