internal import ArgumentParser
internal import Engine
internal import Execution

struct List: ParsableCommand, StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "ls",
        abstract: "List the environments of this host: state, ports, directory.",
        discussion: """
            The list comes from what runs, not from the directory that it is asked in. The first column is what `-p`
            takes: `trice -p NAME down` works from anywhere, also when the directory is gone.
            """, aliases: ["global-status"])

    @OptionGroup var common: GlobalOptions
    @Flag(name: [.short, .long], help: "List environments too that are down and keep volumes.") var all = false
    @Flag(name: [.short, .long], help: "Print the names only.") var quiet = false
    @Option(help: ArgumentHelp("table or json.", valueName: "form")) var format = ListFormat.table
    @Option(help: ArgumentHelp("Only those of `name=TEXT`.", valueName: "filter")) var filter: String?

    func validate() throws {
        if let filter, !filter.hasPrefix("name=") {
            throw ValidationError("--filter takes `name=TEXT`, not `\(filter)`.")
        }
    }

    func run() throws {
        var report = try Engine(globals.request).environmentList(includesDown: all)
        if let filter {
            let text = filter.dropFirst("name=".count)
            report.environments = report.environments.filter { ($0.name ?? $0.environment).contains(text) }
        }
        if globals.json || format == .json { return try Output.json(report) }
        if quiet { return report.environments.forEach { Output.print(TerminalText($0.environment).line) } }
        for line in EnvironmentListText(style: Style(descriptor: 1)).lines(of: report) { Output.print(line) }
    }
}
