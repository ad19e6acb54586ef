internal import ArgumentParser

/// A command that `--dry-run` changes nothing of: it only looks, or tells by itself what it would do.
protocol DryRunnable {}

/// `--dry-run`, which Compose takes with every command.
enum DryRun {
    /// The name of a command that would do something and cannot tell what; `nil` for every other one.
    static func unsupported(_ command: any ParsableCommand) -> String? {
        command is any DryRunnable ? nil : type(of: command).configuration.commandName ?? "\(type(of: command))"
    }
}
