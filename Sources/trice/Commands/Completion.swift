internal import ArgumentParser
internal import Engine
internal import Workspaces

struct Completion: ParsableCommand, StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "completion",
        abstract: "Print a completion script for a shell.",
        discussion: """
            `make install` and the packages install the scripts where the shells look for them. By hand:
              bash: trice completion bash > /etc/bash_completion.d/trice
              zsh:  trice completion zsh > /usr/local/share/zsh/site-functions/_trice
              fish: trice completion fish > ~/.config/fish/completions/trice.fish
            The scripts ask for names with --candidates, one a line: services, jobs, profiles and volumes by the Envfile and the
            records, environments and images of this host. A problem is no reason to disturb the line that is being
            typed: then there are no candidates.
            """)

    @OptionGroup var common: GlobalOptions
    @Option(
        help: ArgumentHelp(
            "Print the names that may stand in a command line: \(CandidateKind.list).", valueName: "kind"))
    var candidates: CandidateKind?
    @Argument(
        help: ArgumentHelp(
            "bash, zsh or fish; with --candidates the words of the command line, from which -f and -p are heeded.",
            valueName: "shell"),
        completion: .list(Shell.allCases.map(\.rawValue)))
    var words: [String] = []

    enum Shell: String, CaseIterable {
        case bash, zsh, fish

        /// The script for a shell.
        var script: String {
            switch self {
            // Within `eval`, in the shell of the line.
            case .bash: script(.bash, words: #""${COMP_WORDS[@]}""#)
            // `_arguments` changes `words`; this is the copy that the script makes at its beginning.
            case .zsh: script(.zsh, words: #""${command_line[@]}""#)
            case .fish: script(.fish, words: "(commandline -opc)")
            }
        }

        private func script(_ shell: CompletionShell, words: String) -> String {
            Trice.completionScript(for: shell).replacing(CompletionKind.wordsOfLine, with: words)
        }
    }

    func validate() throws {
        if candidates == nil, words.count != 1 || Shell(rawValue: words[0]) == nil {
            throw ValidationError(
                "Name one shell, bash, zsh or fish, not `\(words.joined(separator: " "))`; or a kind with --candidates."
            )
        }
    }

    func run() throws {
        if let shell = words.first.flatMap(Shell.init), candidates == nil { return Output.print(shell.script) }
        if let candidates { Self.printNames(candidates, for: words) }
    }

    /// Prints the names of a kind that there are, one a line.
    static func printNames(_ kind: CandidateKind, for words: [String]) {
        var request = CompletedLine(words).globals.request
        request.isOffline = true
        // As the help says: no message may come between the user and the line.
        guard let names = try? Engine(request).candidates(kind) else { return }
        names.forEach { Output.print(TerminalText($0).line) }
    }
}

extension CandidateKind: ExpressibleByArgument {
    fileprivate static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

/// The part of a line that is being typed that says which project is meant.
struct CompletedLine {
    private(set) var globals = Globals()

    /// - Parameter words: the program, the command and what follows, as far as the user has typed them.
    init(_ words: [String]) {
        var rest = words.dropFirst()
        while let word = rest.popFirst(), word != "--" {
            let halves = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let keep = Self.options[halves[0]] else { continue }
            // The word that is being typed comes last and has no value yet.
            guard let value = halves.count == 2 ? halves[1] : rest.first else { return }
            // `-f` means another thing for some commands, as `logs`, and takes no word there.
            if halves[0] == "-f", !ProcessEnvironment.isFile(value) { continue }
            keep(&globals, value)
        }
    }

    private static let options: [String: @Sendable (inout Globals, String) -> Void] = [
        "-f": { $0.files.append($1) }, "--file": { $0.files.append($1) },
        "-p": { $0.projectName = $1 }, "--project-name": { $0.projectName = $1 },
        "--project-directory": { $0.projectDirectory = $1 },
        "--env-file": { $0.environmentFiles.append($1) },
    ]
}

extension CompletionKind {
    /// What stands in a script for the words of the line, until the shell is known.
    static let wordsOfLine = "@WORDS@"

    /// The names of one kind that there are.
    private static func names(_ kind: CandidateKind) -> CompletionKind {
        .shellCommand("trice completion --candidates \(kind.rawValue) -- \(wordsOfLine) 2>/dev/null")
    }

    static var services: CompletionKind { names(.services) }
    static var workloads: CompletionKind { names(.workloads) }
    static var profiles: CompletionKind { names(.profiles) }
    static var environments: CompletionKind { names(.environments) }
    static var images: CompletionKind { names(.images) }
    static var volumes: CompletionKind { names(.volumes) }
    static var snapshots: CompletionKind { names(.snapshots) }
    static var templates: CompletionKind { names(.templates) }
}
