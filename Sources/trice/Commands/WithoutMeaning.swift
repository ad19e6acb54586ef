internal import ArgumentParser

/// A command of Compose or Vagrant that has no meaning here: it says so in one line.
protocol CommandWithoutMeaning: ParsableCommand, DryRunnable {
    static var reason: String { get }
}

extension CommandWithoutMeaning {
    func run() throws {
        Output.error("trice: \(Self.reason)")
        throw ExitCode(1)
    }
}

struct Bridge: CommandWithoutMeaning {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "bridge", abstract: "Compose's conversion of projects; not part of Trice.", shouldDisplay: false)
    static let reason = "`bridge` converts projects for other engines by images of Docker's, and has no meaning here."

    @Flag var dryRun = false
    @Argument(parsing: .captureForPassthrough) var words: [String] = []
}
