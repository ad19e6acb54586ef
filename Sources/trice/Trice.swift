internal import ArgumentParser
internal import Engine
internal import Glibc

@main
struct Trice: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trice",
        abstract: "Development environments in a moment: several containers from one Envfile.",
        discussion: """
            A first environment:
              trice init          write an Envfile
              trice up            bring the environment up
              trice ssh web       step inside
              trice down          take it all away again
            """,
        version: Version.text,
        groupedSubcommands: [
            CommandGroup(name: "Environment", subcommands: [Up.self, Down.self, Plan.self, Status.self]),
            CommandGroup(name: "Inside", subcommands: [SSH.self, Exec.self, Logs.self]),
            CommandGroup(name: "Envfile", subcommands: [Init.self, Config.self, Validate.self]),
            CommandGroup(name: "Trice", subcommands: [Doctor.self, VersionCommand.self, Completion.self]),
        ]
    )

    static func main() async {
        // A pipe that closes early (`trice logs | head`) is an error of write(2), not a death.
        signal(SIGPIPE, SIG_IGN)
        var globals = Globals()
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            if arguments.first == Supervise.configuration.commandName {
                return try Supervise.parse(Array(arguments.dropFirst())).run()
            }
            var command = try parseAsRoot(ArgumentOrder.commandFirst(arguments))
            globals = (command as? any TriceCommand)?.globals ?? globals
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch let failure where failure is CleanExit || exitCode(for: failure) != .failure {
            Self.exit(withError: failure)
        } catch {
            FailureReport(error, isVerbose: globals.isVerbose, asJSON: globals.json).print()
            Glibc.exit(1)
        }
    }
}
