internal import ArgumentParser

/// `export …`: the environment for another engine, and the files of a container.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "export",
        abstract: "Write the environment for another engine, or the files of a container as a tar archive.",
        usage: "trice export kubernetes|stack|quadlet|compose [<options>]\n       trice export [<options>] <service>",
        discussion: """
            `trice export SERVICE` writes the files of a service's container, as in Compose. A service that is called
            `kubernetes`, `stack`, `quadlet`, `compose` or `container` is reached by `trice export container SERVICE`.
            """,
        subcommands: [
            ExportKubernetes.self, ExportStack.self, ExportQuadlet.self, ExportCompose.self, ExportContainer.self,
        ],
        defaultSubcommand: ExportContainer.self)
}
