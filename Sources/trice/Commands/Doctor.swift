internal import ArgumentParser
internal import Engine
internal import Setup

struct Doctor: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check what Trice needs of this host and say how to mend what is missing.",
        discussion: "Exit code: 0 when `up` can work here, 1 when it cannot.")

    @OptionGroup var common: GlobalOptions

    func run() throws {
        let checks = try Engine(globals.request).doctor()
        if globals.json {
            try Output.json(checks)
        } else {
            let style = Style(descriptor: 1)
            for check in checks {
                let mark =
                    switch check.outcome {
                    case .good: style.green("✔")
                    case .warning: style.yellow("!")
                    case .bad: style.red("✘")
                    }
                Output.print("\(mark) \(check.subject.padding(to: 18)) \(check.finding)")
                if let remedy = check.remedy { Output.print("\("".padding(to: 21))→ \(remedy)") }
            }
        }
        if checks.contains(where: { $0.outcome == .bad }) { throw ExitCode(1) }
    }
}

struct VersionCommand: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    @OptionGroup var common: GlobalOptions

    private struct Row: Encodable {
        var version: String
    }

    func run() throws {
        if globals.json { return try Output.json(Row(version: Version.text)) }
        Output.print("trice \(Version.text)")
    }
}

struct Completion: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print a completion script for a shell.",
        discussion: "bash: trice completion bash > /etc/bash_completion.d/trice")

    @OptionGroup var common: GlobalOptions
    @Argument(help: "bash, zsh or fish.") var shell: Shell

    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish
    }

    func run() throws {
        let kind: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        Output.print(Trice.completionScript(for: kind))
    }
}
