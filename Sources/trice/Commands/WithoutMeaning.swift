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
    static let configuration = CommandConfiguration(
        commandName: "bridge", abstract: "Compose's conversion of projects; not part of Trice.", shouldDisplay: false)
    static let reason = "`bridge` converts projects for other engines by images of Docker's, and has no meaning here."

    @Flag var dryRun = false
    @Argument(parsing: .captureForPassthrough) var words: [String] = []
}

struct Publish: CommandWithoutMeaning {
    static let configuration = CommandConfiguration(
        commandName: "publish", abstract: "Compose's upload of projects; not part of Trice.", shouldDisplay: false)
    static let reason =
        "`publish` uploads projects to registries, which Trice does not do: commit the Envfile and its lock."

    @OptionGroup var common: GlobalOptions
    @Flag var app = false
    @Option var ociVersion: String?
    @Flag var resolveImageDigests = false
    @Flag var withEnv = false
    @Flag(name: [.customShort("y"), .long]) var yes = false
    @Argument var name: String?
}
