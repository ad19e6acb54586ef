internal import ArgumentParser
internal import Engine
internal import Execution
internal import Glibc
internal import Sessions
internal import Workspaces

struct Stats: StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "stats", abstract: "Show what the services use: processor, memory, network, disks, processes.")

    @OptionGroup var common: GlobalOptions
    @Flag(name: [.short, .long], help: "List containers too that do not run.") var all = false
    @Flag(help: "Measure once, and end.") var noStream = false
    @Option(help: RowFormat.help, transform: RowFormat.parse) var format = RowFormat.table
    @Flag(name: .customLong("no-trunc"), help: "Accepted for Compose users: nothing is cut off.") var noTruncation =
        false
    @Argument(help: "Services (default: all).", completion: .services) var services: [String] = []

    func validate() throws { try format.check(RowFields<ContainerUsage>().names) }

    func run() throws {
        let engine = try Engine(globals.request)
        let fields = RowFields<ContainerUsage>()
        let style = Style(descriptor: 1)
        var meter = engine.usageMeter(services: services, sink: Progress.sink(for: globals))
        let isLive = ProcessEnvironment.isTerminal(1) && !globals.json && format == .table
        while true {
            let rows = try meter.measure(includesStopped: all)
            // The cursor goes home, and what was below goes.
            if isLive, !noStream { Output.write("\u{1B}[H\u{1B}[J", to: 1) }
            let lines =
                globals.json
                ? rows.map(Output.jsonLine)
                : try format.lines(of: rows, fields, style: style) { Self.table(rows).lines(style: style) }
            if !lines.isEmpty { Output.print(lines.joined(separator: "\n")) }
            if noStream { return }
            sleep(1)
        }
    }

    private static func table(_ rows: [ContainerUsage]) -> Table {
        func bytes(_ number: UInt64?) -> String {
            guard let number else { return "-" }
            return Format.bytes(Int64(clamping: number))
        }
        func percent(_ number: Double?) -> String {
            guard let number else { return "-" }
            return "\((number * 100).rounded() / 100)"
        }
        func count(_ number: UInt64?) -> String {
            guard let number else { return "-" }
            return "\(number)"
        }
        var table = Table(["CONTAINER", "CPU %", "MEMORY", "LIMIT", "NET IN", "NET OUT", "READ", "WRITTEN", "PIDS"])
        for row in rows {
            table.rows.append([
                row.container, percent(row.processorPercent), bytes(row.memory), bytes(row.memoryLimit),
                bytes(row.received), bytes(row.sent), bytes(row.read), bytes(row.written), count(row.processes),
            ])
        }
        return table
    }
}

struct Wait: StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "wait", abstract: "Wait until services have ended; print and return their exit code.",
        discussion: "With several services, the first code that is not 0 is returned.")

    @OptionGroup var common: GlobalOptions
    @Flag(help: "Take the environment down afterwards.") var downProject = false
    @Argument(help: "The services.", completion: .services) var services: [String]

    func run() throws {
        let engine = try Engine(globals.request)
        let sink = Progress.sink(for: globals)
        let identity = try engine.identity(sink: sink)
        if globals.isDryRun { return }
        var code: Int32 = 0
        try engine.waitForEnds(identity, services: services) { end in
            Output.print(end.exitCode.map { "\($0)" } ?? "unknown")
            if code == 0 { code = end.exitCode ?? 1 }
        }
        if downProject {
            let options = DownOptions(removesVolumes: false, timeout: nil)
            try Progress.follow(sink) { try await engine.down(identity, options, sink: sink) }
        }
        throw ExitCode(code)
    }
}

struct Events: StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "events", abstract: "Tell what happens to the containers, until interrupted.")

    @OptionGroup var common: GlobalOptions
    @Option(help: ArgumentHelp("Accepted for Compose users: what is past is not kept.", valueName: "time"))
    var since: String?
    @Option(
        help: ArgumentHelp("End then: seconds since 1970, or a duration such as 10s from now on.", valueName: "time"))
    var until: String?
    @Argument(help: "Services (default: all).", completion: .services) var services: [String] = []

    func run() throws {
        if since != nil { Output.error("warning: `--since` has no effect: what is past is not kept") }
        let deadline = try until.map(Self.deadline)
        let engine = try Engine(globals.request)
        let identity = try engine.identity(sink: Progress.sink(for: globals))
        if let deadline {
            // The default action of the signal ends the program; its code says that the time is over.
            signal(SIGALRM) { _ in _exit(0) }
            alarm(UInt32(max(1, deadline - Int64(time(nil)))))
        }
        try engine.watch(identity, services: services) { event in
            if globals.json {
                Output.print(Output.jsonLine(event))
            } else {
                let attributes = event.attributes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                let words =
                    "\(event.time) container \(event.action) \(event.id) (\(attributes.joined(separator: ", ")))"
                Output.print(TerminalText(words).line)
            }
            return true
        }
    }

    private static func deadline(_ text: String) throws -> Int64 {
        if let seconds = Int64(text) { return seconds }
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600]
        if let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropLast()) {
            return Int64(time(nil)) + number * unit
        }
        throw ValidationError("`\(text)` is not a time: use seconds since 1970, or a duration such as 10s.")
    }
}

struct Attach: StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "attach", abstract: "Connect to what a service reads and writes until it ends.",
        discussion: """
            Its exit code is returned. Signals such as Ctrl-C go to the service. Input goes to a service with
            `stdin_open` or `tty`; on a terminal, Ctrl-P Ctrl-Q leaves it alone.
            """)

    @OptionGroup var common: GlobalOptions
    @Option(help: ArgumentHelp("The container of this number.", valueName: "number")) var index: Int?
    @Flag(help: "Leave the input of the service alone.") var noStdin = false
    @Flag(inversion: .prefixedNo, help: "Let signals go to the service.") var sigProxy = true
    @Option(help: ArgumentHelp("What to type on a terminal to leave the service alone.", valueName: "keys"))
    var detachKeys = "ctrl-p,ctrl-q"
    @Argument(help: "The service.", completion: .services) var service: String

    func validate() throws {
        guard DetachKeys.parse(detachKeys) == nil else { return }
        throw ValidationError(
            "`\(detachKeys)` names no keys: use letters and `ctrl-` with a letter, such as ctrl-p,ctrl-q.")
    }

    func run() throws {
        let engine = try Engine(globals.request)
        let identity = try engine.identity(sink: Progress.sink(for: globals))
        let name = index.map { "\(service)-\($0)" } ?? service
        let request = AttachRequest(
            service: name, passesSignals: sigProxy, passesInput: !noStdin,
            detachKeys: DetachKeys.parse(detachKeys) ?? [])
        let code = try engine.attach(request, identity) {
            Output.error("warning: \($0)")
        } show: { lines in
            for line in lines { Output.write(line.bytes + (line.isPartial ? [] : [10]), to: line.isError ? 2 : 1) }
        }
        throw ExitCode(code)
    }
}
