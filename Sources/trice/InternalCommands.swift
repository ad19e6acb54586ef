internal import Engine

/// Processes of Trice that other commands start, always in one form, so that they need no argument parser.
enum InternalCommands {
    /// Runs the command that the arguments name; does not return then.
    static func run(ifAskedBy arguments: [String]) throws {
        switch (arguments.first, arguments.count) {
        // `trice supervise RUN-DIRECTORY STATE-DIRECTORY`: the process of an environment.
        case ("supervise", 3):
            try Engine.supervise(runDirectory: arguments[1], stateDirectory: arguments[2])
        // `trice watch-build PID STATE-DIRECTORY RUN-DIRECTORY`: the process that ends a build which was killed.
        case ("watch-build", 4):
            guard let process = Int32(arguments[1]) else { return }
            try Engine.watchBuild(
                of: process, stateDirectory: arguments[2], runDirectory: arguments[3], request: Globals().request)
        default: return
        }
    }
}
