internal import Engine
internal import Glibc
internal import LinuxSystem
internal import Rootless
internal import SystemPackage
internal import Workspaces

/// Processes of Trice that other commands start, always in one form, so that they need no argument parser.
enum InternalCommands {
    /// The same for processes that make the namespaces of a user without root, before this one enters them.
    static func runOutside(ifAskedBy arguments: [String]) throws {
        // `trice run-outside PROGRAM ARGUMENT…`: the process inside that stands for a program outside.
        if arguments.first == OutsideProgram.verb, OutsideHost.isAway {
            OutsideProgram.stand(for: Array(arguments.dropFirst()))
        }
        guard arguments.count == 3, geteuid() != 0 else { return }
        let (directory, keeper) = (RootlessDirectory(run: FilePath(arguments[1])), FilePath(arguments[2]))
        switch arguments[0] {
        // `trice hold-namespaces RUN-DIRECTORY TRICE-INIT`: the agent.
        case "hold-namespaces":
            let program = FilePath(CommandLine.arguments[0])
            let layout = Layout(
                environment: ["TRICE_RUN_DIRECTORY": arguments[1], "TRICE_STATE_DIRECTORY": arguments[1]],
                userID: geteuid())
            RootlessAgent(
                directory: directory, program: program, keeperProgram: keeper, environments: layout.environments
            ).run()
        // `trice enter-namespaces RUN-DIRECTORY TRICE-INIT`: what becomes the process that keeps them.
        case "enter-namespaces": RootlessNamespaces.make(directory, keeperProgram: keeper)
        default: return
        }
    }

    /// Whether the arguments are of a process that another command starts inside.
    static func has(_ arguments: [String]) -> Bool {
        ["supervise", "watch-build", "run-job"].contains(arguments.first) || arguments.first == "completion"
    }

    /// Runs the command that the arguments name; does not return then.
    static func run(ifAskedBy arguments: [String]) throws {
        switch (arguments.first, arguments.count) {
        // `trice supervise RUN-DIRECTORY STATE-DIRECTORY`: the process of an environment.
        case ("supervise", 3):
            try Engine.supervise(
                runDirectory: arguments[1], stateDirectory: arguments[2], release: Version.text)
        // `trice watch-build PID STATE-DIRECTORY RUN-DIRECTORY`: the process that ends a build which was killed.
        case ("watch-build", 4):
            guard let process = Int32(arguments[1]) else { return }
            try Engine.watchBuild(
                of: process, stateDirectory: arguments[2], runDirectory: arguments[3], request: Globals().request)
        // `trice run-job ENVIRONMENT JOB`: a run of a job that the supervisor begins.
        case ("run-job", 3):
            exit(try Engine.runJob(arguments[2], ofEnvironment: arguments[1], request: Globals().request))
        default: printNames(ifAskedBy: arguments)
        }
    }

    /// `trice completion --candidates KIND -- WORDS`: the scripts of shells ask so at the press of a key, when the time that
    /// the argument parser takes is felt.
    private static func printNames(ifAskedBy arguments: [String]) {
        guard arguments.count > 3, arguments[0] == "completion", arguments[1] == "--candidates", arguments[3] == "--",
            let kind = CandidateKind(rawValue: arguments[2])
        else { return }
        Completion.printNames(kind, for: Array(arguments.dropFirst(4)))
        exit(0)
    }
}
