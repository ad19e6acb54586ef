internal import ArgumentParser
internal import Diagnostics
internal import Engine
internal import Envfile
internal import Glibc

@main
struct Trice: ParsableCommand {
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
            CommandGroup(
                name: "Images",
                subcommands: [
                    BuildImages.self, Pull.self, Push.self, Outdated.self, Upgrade.self, Commit.self, Diff.self,
                    ImageCommand.self, Login.self, Logout.self,
                ]),
            CommandGroup(name: "Trice", subcommands: [Doctor.self, VersionCommand.self, Completion.self]),
        ]
    )

    static func main() {
        // A pipe that closes early (`trice logs | head`) is an error of write(2), not a death.
        signal(SIGPIPE, SIG_IGN)
        var globals = Globals()
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            try InternalCommands.run(ifAskedBy: arguments)
            if let (service, command) = ExecFastPath.parse(arguments) {
                try Entry(service: service, command: command).enter(globals)
            }
            var command = try parsed(ArgumentOrder.commandFirst(arguments))
            globals = (command as? any TriceCommand)?.globals ?? globals
            try command.run()
        } catch let interrupted as Interrupted {
            let report = FailureReport(interrupted, isVerbose: false, asJSON: globals.showsJSONErrors)
            report.print()
            interrupted.die()
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch let failure where failure is CleanExit || exitCode(for: failure) != .failure {
            Self.exit(withError: failure)
        } catch {
            FailureReport(error, isVerbose: globals.isVerbose, asJSON: globals.showsJSONErrors).print()
            Glibc.exit(1)
        }
    }

    /// - Throws: `ValidationError` with the nearest name for an unknown command.
    private static func checkCommand(_ name: String, among commands: [any ParsableCommand.Type]) throws {
        let names =
            ["help"]
            + commands.flatMap { type in
                [type.configuration.commandName ?? ""] + type.configuration.aliases
            }
        if names.contains(name) { return }
        let nearest = Suggestion.nearest(to: name, in: names).map { " Did you mean `\($0)`?" }
        throw ValidationError("There is no command `\(name)`.\(nearest ?? "")")
    }

    /// Parses the command that the arguments name.
    ///
    /// Parsing by the command alone takes a fraction of the time of the whole tree; arguments that are not plainly
    /// valid go through the tree, which has the right error messages.
    private static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
        let all = configuration.groupedSubcommands.flatMap(\.subcommands)
        if let name = arguments.first,
            let type = all.first(where: { $0.configuration.commandName == name }),
            // Help of a command with subcommands has to begin with the program's name.
            type.configuration.subcommands.isEmpty,
            let command = try? type.parseAsRoot(Array(arguments.dropFirst()))
        {
            return command
        }
        if let name = arguments.first, !name.hasPrefix("-") { try checkCommand(name, among: all) }
        return try parseAsRoot(arguments)
    }
}
