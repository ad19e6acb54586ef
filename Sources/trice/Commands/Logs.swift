internal import ArgumentParser
internal import Engine
internal import FoundationEssentials
internal import Sessions
internal import Workspaces

struct Logs: ParsableCommand, TriceCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "logs",
        abstract: "Show what the services wrote to standard output and standard error.")

    @Option(help: ArgumentHelp("The Envfile (default: the nearest one).", valueName: "file"), completion: .file())
    var file: [String] = []
    @OptionGroup var shared: SharedOptions
    @Argument(help: "Services to show (default: all).", completion: .services) var services: [String] = []
    @Flag(name: [.customShort("f"), .long], help: "Go on showing new lines until interrupted.") var follow = false
    @Option(
        name: [.customShort("n"), .long],
        help: ArgumentHelp("Only the last lines of each; all is every one.", valueName: "lines"))
    var tail: LineCount?
    @Option(
        help: ArgumentHelp(
            "Only what was written since: RFC 3339, seconds since 1970, or an age such as 10m.", valueName: "time"))
    var since: LogMoment?
    @Option(help: ArgumentHelp("Only what was written until then.", valueName: "time")) var until: LogMoment?
    @Option(help: ArgumentHelp("Only the containers of this number.", valueName: "number")) var index: Int?
    @OptionGroup var place: ClusterPlace
    @Flag(help: "Use no colours.") var noColor = false
    @Flag(name: [.short, .long], help: "Show when each line was written.") var timestamps = false
    @Flag(help: "Leave out the service's name before each line.") var noLogPrefix = false
    @Flag(help: "Pass on to a terminal what programs wrote for one, such as colours and cursor movements.")
    var raw = false

    var globals: Globals {
        var globals = shared.globals
        globals.files = file
        globals.hasNoColor = globals.hasNoColor || noColor
        return globals
    }

    func validate() throws {
        if let index, index < 1 { throw ValidationError("--index takes the number of a container, from 1 on.") }
    }

    /// What the pods wrote, by kubectl.
    private func showClusterLogs() throws {
        guard services.count <= 1 else { throw ValidationError("--cluster shows the logs of one service, or of all.") }
        var options = ["--max-log-requests", "100", "--ignore-errors"]
        if !noLogPrefix { options.append("--prefix") }
        if follow { options.append("--follow") }
        if timestamps { options.append("--timestamps") }
        options += ["--tail", tail?.count.map { "\($0)" } ?? "-1"]
        let command = try ClusterCommand(globals, place)
        let words =
            if let service = services.first {
                try command.podWords(of: service) { ["logs", "--selector", $0] + $1 + options }
            } else {
                try command.words { ["logs", "--selector", $0, "--all-containers"] + options }
            }
        try ClusterCommand.become(words)
    }

    func run() throws {
        if place.cluster { return try showClusterLogs() }
        let engine = try Engine(globals.request)
        let stream = try engine.logs(
            try engine.identity(sink: Progress.sink(for: globals)),
            LogRequest(
                services: services, index: index, tail: tail?.count, since: since?.nanoseconds ?? 0,
                until: until?.nanoseconds ?? .max))
        var text = LogText(
            style: Style(descriptor: 1), showsTime: timestamps, showsName: !noLogPrefix, asJSON: globals.json)
        text.isFiltered = !raw && ProcessEnvironment.isTerminal(1)
        func show(_ lines: [LogStream.Line]) {
            for line in lines { Output.write(text.render(line, among: stream.names), to: 1) }
        }
        var mayCome = true
        while true {
            let lines = try stream.next()
            show(lines)
            if !lines.isEmpty { continue }
            // What was written last is read before the end.
            guard follow, mayCome else { break }
            mayCome = try stream.waitForMore(show)
        }
        show(stream.finish())
        Output.write(text.finish(), to: 1)
    }
}

/// A number of lines, or `all`.
struct LineCount: ExpressibleByArgument {
    /// `nil` for all.
    let count: Int?

    init?(argument: String) {
        if argument == "all" {
            count = nil
        } else if let number = Int(argument), number >= 0 {
            count = number
        } else {
            return nil
        }
    }
}
