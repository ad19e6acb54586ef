internal import Engine

/// `trice supervise RUN-DIRECTORY STATE-DIRECTORY`: the per-environment process.
///
/// The other commands start it, never a hand, and always in this form: so it needs no parser.
enum Supervise {
    private static let name = "supervise"

    /// Runs it when the arguments ask for it, and then never returns.
    static func run(ifAskedBy arguments: [String]) throws {
        guard arguments.count == 3, arguments[0] == name else { return }
        try Engine.supervise(runDirectory: arguments[1], stateDirectory: arguments[2])
    }
}
