internal import ArgumentParser
internal import Engine
internal import Setup

struct Doctor: ParsableCommand, StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "doctor",
        abstract: "Check what Trice needs of this host and say how to mend what is missing.",
        discussion: """
            Exit code: 0 when `up` can work here, 1 when it cannot.

            With --report a file for a bug report is written: versions, checks, the host, settings, the Envfile and the state of
            the environment. Values of variables, build arguments, labels, secrets and configs, passwords of registries and what
            looks like a password are blanked. Read the file before you give it away.
            """)

    @OptionGroup var common: GlobalOptions
    @Flag(help: "Write a file for a bug report, without secrets.") var report = false
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The file of --report; - is standard output (default: trice-report.txt).", valueName: "file"),
        completion: .file())
    var output: String?

    func validate() throws {
        if output != nil, !report { throw ValidationError("--output belongs to --report.") }
    }

    func run() throws {
        if report { return try writeReport() }
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

    private func writeReport() throws {
        let text = try Engine(globals.request).bugReport { try Output.jsonText($0) }
        let path = output ?? "trice-report.txt"
        if path == "-" { return Output.write(text, to: 1) }
        try Output.create(text, asFile: path)
        Output.print("wrote \(path); read it before you give it away")
    }
}
