internal import ArgumentParser

extension CommandConfiguration {
    /// The configuration of a command of `trice`.
    ///
    /// The library looks in every program's arguments for its own `--generate-completion-script`, with two parsers that
    /// take an eighth of the instructions of `trice status`. It does not where a command belongs to another one. The
    /// option of `trice` itself stays.
    static func ofTrice(
        commandName: String, abstract: String, usage: String? = nil, discussion: String = "",
        shouldDisplay: Bool = true,
        subcommands: [any ParsableCommand.Type] = [], defaultSubcommand: (any ParsableCommand.Type)? = nil,
        aliases: [String] = []
    ) -> CommandConfiguration {
        CommandConfiguration(
            commandName: commandName, _superCommandName: "trice", abstract: abstract, usage: usage,
            discussion: discussion,
            shouldDisplay: shouldDisplay, subcommands: subcommands, defaultSubcommand: defaultSubcommand,
            aliases: aliases)
    }
}
