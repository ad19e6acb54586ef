internal import ArgumentParser
internal import Clusters
internal import Engine
internal import Export
internal import Workspaces

struct ExportStack: ExportCommand {
    static let form = ExportForm.stack
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "stack",
        abstract: "Write the environment in Swarm's form, for `docker stack deploy`.",
        discussion: "The form is version 3.8. What Swarm does not have is reported with its place in the file.")

    @OptionGroup var common: GlobalOptions
    @OptionGroup var flags: ExportFlags
    @Option(help: "What becomes of secrets: reference, omit or plain.") var secrets = HostSecrets.reference

    var options: ExportOptions { options(secrets) }
}

struct ExportQuadlet: ExportCommand {
    static let form = ExportForm.quadlet
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "quadlet",
        abstract: "Write the environment as units of systemd, for podman.",
        discussion: """
            The units belong into /etc/containers/systemd, or for a user without root into ~/.config/containers/systemd;
            `systemctl daemon-reload` makes services of them.
            """)

    @OptionGroup var common: GlobalOptions
    @OptionGroup var flags: ExportFlags
    @Option(help: "What becomes of secrets: reference, omit or plain.") var secrets = HostSecrets.reference

    var options: ExportOptions { options(secrets) }
}

struct ExportCompose: ExportCommand {
    static let form = ExportForm.compose
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "compose",
        abstract: "Write the environment as a Compose file without Trice's own keys.",
        discussion: "What an Envfile means without saying it is written; what Compose does not have is reported.")

    @OptionGroup var common: GlobalOptions
    @OptionGroup var flags: ExportFlags

    var options: ExportOptions { options(.reference) }
}

/// What becomes of secrets where no cluster keeps them.
enum HostSecrets: String, ExpressibleByArgument, CaseIterable {
    case reference, omit, plain
}

extension ExportCommand {
    fileprivate func options(_ secrets: HostSecrets) -> ExportOptions {
        var options = ExportOptions()
        flags.apply(to: &options)
        options.secrets = ExportOptions.SecretForm(rawValue: secrets.rawValue) ?? .reference
        return options
    }
}
