import TestSupport

@testable import trice

/// The manual pages of the commands, from their definitions and `CommandExamples`.
enum CommandPages {
    static func all() throws -> [ReferencePage] {
        try [main()] + CommandTree.groups().flatMap { group in group.commands.map(page) }
    }

    /// Options that all commands, or nearly all, have in one meaning: trice(1) explains them.
    private static let common = [
        "file", "project-name", "project-directory", "env-file", "profile", "runtime", "json", "verbose", "progress",
        "dry-run",
    ]

    private static func main() throws -> ReferencePage {
        let tree = try CommandTree.whole.get()
        var page = ReferencePage("trice", section: 1, summary: tree.abstract ?? "")
        page.blocks = [
            .heading("Synopsis"), .lines("trice COMMAND [OPTION...] [ARGUMENT...]"), .heading("Description"),
        ]
        page.blocks.append(.text(MainPage.description))
        page.add(help: tree.discussion ?? "")
        page.blocks.append(.heading("Commands"))
        page.blocks.append(
            .text("`trice help COMMAND` shows the options of one; each has a manual page, as `trice-up(1)`."))
        for group in try CommandTree.groups() {
            page.blocks.append(.subheading(group.name))
            page.blocks += group.commands.map { .item("trice \($0.commandName)", $0.abstract ?? "") }
        }
        page.blocks.append(.heading("Options"))
        page.blocks.append(.text("Most commands take these, before the command or after it."))
        // `up` has all of them, in their usual meaning.
        let up = tree.shownSubcommands.first { $0.commandName == "up" }
        for name in common {
            guard let option = up?.shownArguments.first(where: { $0.long == name }) else { continue }
            page.blocks.append(.item(option.term, option.words))
        }
        page.blocks += MainPage.sections
        page.related = ["envfile(5)", "trice-settings(5)"]
        return page
    }

    private static func page(of command: CommandTree.Node) -> ReferencePage {
        let name = command.commandName
        var page = ReferencePage("trice-\(name)", section: 1, summary: command.abstract ?? "")
        page.blocks = [.heading("Synopsis")]
        let leaves = command.shownSubcommands
        page.blocks.append(
            .lines(
                leaves.isEmpty
                    ? synopsis(of: command, after: "trice")
                    : leaves.map { synopsis(of: $0, after: "trice \(name)") }.joined(separator: "\n")))
        page.blocks.append(.heading("Description"))
        page.blocks.append(.text(command.abstract ?? ""))
        page.add(help: command.discussion ?? "")
        if let aliases = command.aliases, !aliases.isEmpty {
            page.blocks.append(.text("Other names: " + aliases.map { "`\($0)`" }.joined(separator: ", ") + "."))
        }
        if leaves.isEmpty {
            addArguments(of: command, to: &page)
        } else {
            page.blocks.append(.heading("Commands"))
            for leaf in leaves {
                page.blocks.append(.subheading("\(name) \(leaf.commandName)"))
                page.blocks.append(.text(leaf.abstract ?? ""))
                page.add(help: leaf.discussion ?? "")
                page.blocks += leaf.shownArguments.filter { !isCommon($0) }.map { .item($0.term, $0.words) }
            }
            page.blocks.append(.text("The options of `trice(1)` that are about output and the project hold too."))
        }
        page.blocks.append(.heading("Examples"))
        for place in leaves.isEmpty ? [name] : leaves.map({ "\(name) \($0.commandName)" }) {
            for example in CommandExamples.all[place] ?? [] {
                page.blocks += [.text(example.words), .lines(example.line)]
            }
        }
        page.related = ["trice(1)", "envfile(5)"] + CommandExamples.related[name, default: []].map { "trice-\($0)(1)" }
        return page
    }

    private static func addArguments(of command: CommandTree.Node, to page: inout ReferencePage) {
        let own = command.shownArguments.filter { !isCommon($0) }
        if !own.isEmpty { page.blocks.append(.heading("Options")) }
        page.blocks += own.map { .item($0.term, $0.words) }
        let shared = command.shownArguments.filter { isCommon($0) }.compactMap(\.long).filter(common.contains)
        if !shared.isEmpty {
            let names = shared.map { "`--\($0)`" }.joined(separator: ", ")
            page.blocks.append(.text("`trice(1)` explains the options that most commands have: \(names)."))
        }
    }

    private static func synopsis(of command: CommandTree.Node, after program: String) -> String {
        let places = command.shownArguments.filter { $0.kind == "positional" }.map(\.place)
        return ([program, command.commandName, "[OPTION...]"] + places).joined(separator: " ")
    }

    private static func isCommon(_ argument: CommandTree.Argument) -> Bool {
        guard argument.kind != "positional", let name = argument.long else { return false }
        return common.contains(name) || name == "help" || name == "version"
    }
}

/// What trice(1) says beyond the definitions.
private enum MainPage {
    static let description =
        "Trice brings development environments up on Linux: several containers, shared folders and ports from one file, the "
        + "Envfile, without a daemon and without a virtual machine. Every `compose.yaml` is a valid Envfile. The nearest "
        + "Envfile counts, in the working directory or above it."

    static let sections: [ReferencePage.Block] = [
        .heading("Environment"),
        .item("TRICE_FILE, COMPOSE_FILE", "The Envfile, or several with colons between them; `--file` goes before it."),
        .item("COMPOSE_PROJECT_NAME", "The name of the environment; `--project-name` goes before it."),
        .item("COMPOSE_PROFILES", "Profiles to activate, with commas between them."),
        .item("TRICE_RUNTIME", "The OCI runtime for new containers; `--runtime` goes before it."),
        .item(
            "TRICE_TRUST", "With the value 1, what Envfiles run on this host needs no consent; see `trice-trust(1)`."),
        .item("TRICE_STATE_DIRECTORY", "Where images, volumes, logs and records are, instead of `/var/lib/trice`."),
        .item("TRICE_RUN_DIRECTORY", "What lives until the machine restarts, instead of `/run/trice`."),
        .item("TRICE_TEMPLATES_DIRECTORY", "The templates of `trice init`."),
        .item("COMPOSE_PROGRESS", "How progress is shown; `--progress` goes before it."),
        .item("NO_COLOR", "With any value, output has no colours."),
        .heading("Files"),
        .item("Envfile, compose.yaml", "The description of the environment; see `envfile(5)`."),
        .item("Envfile.local", "What one person adds to it."),
        .item("Envfile.lock", "The digests of the images, as `trice upgrade` and `trice up` write them."),
        .item("/etc/trice/settings.json, ~/.config/trice/settings.json", "Settings of all; see `trice-settings(5)`."),
        .item("/var/lib/trice", "Images, volumes, logs and records."),
        .item("/run/trice", "What is of the containers that run; it is empty after a restart."),
        .heading("Exit status"),
        .item("0", "What was asked for is done."),
        .item("1", "It failed; the message says what could not be done and how to mend it."),
        .item("2", "Of `trice plan`: there is something to do."),
        .item("64", "The command line is not valid."),
        .text("Commands that run another program, as `trice exec` and `trice run`, end with its code."),
    ]
}
