internal import ArgumentParser
internal import Diagnostics
internal import Engine
internal import Envfile
internal import Glibc
internal import LinuxSystem
internal import Sessions
internal import Workspaces

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
            CommandGroup(
                name: "Environment",
                subcommands: [
                    Up.self, Down.self, Destroy.self, Clone.self, Plan.self, Status.self, ListContainers.self,
                    List.self, Hosts.self, Boot.self, Deploy.self, PortForward.self,
                ]),
            CommandGroup(
                name: "Services",
                subcommands: [
                    Provision.self, Scale.self, Stop.self, Start.self, Restart.self, Reload.self, Create.self,
                    Remove.self, Kill.self,
                    Pause.self,
                    Unpause.self,
                    Wait.self, Port.self, ListImages.self, ListVolumes.self, Top.self, Stats.self, Events.self,
                    Bridge.self,
                    Watch.self,
                ]),
            CommandGroup(
                name: "Inside",
                subcommands: [
                    SSH.self, SSHConfig.self, Exec.self, Run.self, Jobs.self, Copy.self, Attach.self, Logs.self,
                    Export.self,
                ]),
            CommandGroup(name: "Envfile", subcommands: [Init.self, Config.self, Validate.self, Trust.self]),
            CommandGroup(
                name: "Images",
                subcommands: [
                    BuildImages.self, Pull.self, Push.self, Outdated.self, Upgrade.self, Bake.self, Commit.self,
                    Diff.self,
                    ImageCommand.self, Login.self, Logout.self,
                ]),
            CommandGroup(name: "Volumes and snapshots", subcommands: [VolumeCommand.self, SnapshotCommand.self]),
            CommandGroup(name: "Sharing", subcommands: [Package.self, Publish.self]),
            CommandGroup(name: "Disk", subcommands: [DiskUsageCommand.self, Prune.self]),
            CommandGroup(name: "Trice", subcommands: [Doctor.self, VersionCommand.self, Completion.self]),
        ]
    )

    static func main() {
        StandardStreams.fill()
        // A pipe that closes early (`trice logs | head`) is an error of write(2), not a death.
        signal(SIGPIPE, SIG_IGN)
        var globals = Globals()
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            try InternalCommands.runOutside(ifAskedBy: arguments)
            Caller.actForCaller()
            BaseDirectories.forgetRelative()
            let entry = ExecFastPath.parse(arguments)
            // What is wrong with a command line is said before anything is made.
            let early = entry == nil && !InternalCommands.has(arguments) ? try parsed(arguments) : nil
            try PrivateNamespaces.enter(for: arguments)
            try InternalCommands.run(ifAskedBy: arguments)
            if let (service, command) = entry {
                try Entry(service: service, command: command, usesShell: arguments[0] == "ssh").enter(globals)
            }
            var command = try early ?? parsed(arguments)
            globals = (command as? any TriceCommand)?.globals ?? globals
            if globals.hasNoColor { setenv("NO_COLOR", "1", 1) }
            for remark in globals.remarks { Output.error("warning: \(remark)") }
            if globals.isDryRun, let name = DryRun.unsupported(command) {
                return Output.error(
                    "`trice \(name)` has no dry run; nothing was done. `trice plan` tells what `up` would do.")
            }
            try command.run()
        } catch let interrupted as Interrupted {
            let report = FailureReport(interrupted, isVerbose: false, asJSON: globals.showsJSONErrors)
            report.print()
            interrupted.die()
        } catch let refused as RefusedCommand {
            FailureReport(refused, isVerbose: globals.isVerbose, asJSON: globals.showsJSONErrors).print()
            Glibc.exit(refused.exitCode)
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
    static func parsed(_ given: [String]) throws -> any ParsableCommand {
        if let command = parsedAlone(given) { return command }
        let arguments = ordered(given)
        if let name = arguments.first, !name.hasPrefix("-") { try checkCommand(name, among: commands) }
        return try parseAsRoot(arguments)
    }

    /// The command that the arguments plainly name; `nil` for what the whole tree has to look at.
    static func parsedAlone(_ given: [String]) -> (any ParsableCommand)? {
        let arguments = ordered(given)
        guard let name = arguments.first,
            let type = commands.first(where: { $0.configuration.commandName == name }),
            // Help of a command with subcommands has to begin with the program's name.
            type.configuration.subcommands.isEmpty
        else { return nil }
        return try? type.parseAsRoot(Array(arguments.dropFirst()))
    }

    private static var commands: [any ParsableCommand.Type] {
        configuration.groupedSubcommands.flatMap(\.subcommands)
    }

    /// The arguments with the command first, in the form that the parser takes.
    private static func ordered(_ given: [String]) -> [String] {
        ArgumentOrder.withExportForm(
            ArgumentOrder.withForm(ArgumentOrder.withoutBooleans(ArgumentOrder.commandFirst(given))))
    }
}
