internal import ArgumentParser
internal import Engine
internal import Execution
internal import Sessions
internal import Workspaces

/// The options of `up` for staying with the services that it has started.
struct FollowOptions: ParsableArguments {
    @Flag(help: "Show what the services write, until they have ended; Ctrl-C stops them, a second one kills them.")
    var follow = false
    @Flag(help: "Stop all as soon as one of them has ended.") var abortOnContainerExit = false
    @Flag(help: "Stop all as soon as one of them has failed.") var abortOnContainerFailure = false
    @Option(help: ArgumentHelp("Stop all when this service has ended, and return its exit code.", valueName: "service"))
    var exitCodeFrom: String?
    @Option(help: ArgumentHelp("Show what this service writes, and no other (repeatable).", valueName: "service"))
    var attach: [String] = []
    @Option(help: ArgumentHelp("Do not show what this service writes (repeatable).", valueName: "service"))
    var noAttach: [String] = []
    @Flag(help: "Show what the services write that the named ones depend on, too.") var attachDependencies = false
    @Flag(help: "Use no colours.") var noColor = false
    @Flag(help: "Leave out the service's name before each line.") var noLogPrefix = false
    @Flag(help: "Show when each line was written.") var timestamps = false
    @Flag(help: "Accepted for Compose users: there is no menu.") var menu = false
    @Flag(name: [.customShort("w"), .long], help: "Watch files as `trice watch` does, until Ctrl-C.")
    var watch = false

    /// Whether `up` stays.
    var follows: Bool {
        follow || abortOnContainerExit || abortOnContainerFailure || exitCodeFrom != nil || !attach.isEmpty
            || attachDependencies
    }

    func apply(to globals: inout Globals) {
        globals.hasNoColor = globals.hasNoColor || noColor
        if menu { globals.remarks.append("`--menu` has no effect: there is no menu") }
        guard !follows else { return }
        let shown = noLogPrefix || timestamps || !noAttach.isEmpty
        if shown { globals.remarks.append("nothing that services write is shown without `--follow`") }
    }
}

/// Stays with the services after `up`.
struct UpFollower {
    let engine: Engine
    let target: EnvironmentTarget
    let options: FollowOptions
    /// The services that `up` was about.
    let services: [String]
    /// Those that the user has named, which are what is stopped in the end; all where none is.
    let named: [String]
    /// Those with `attach: false`, which are shown only where they are asked for by name.
    let unattached: Set<String>
    let timeout: Duration?
    /// Nanoseconds since 1970-01-01 00:00 UTC: what was written before is of an earlier run.
    let since: UInt64

    /// - Returns: the exit code of `up`.
    func run(_ globals: Globals) throws -> Int32 {
        let shown = (options.attach.isEmpty ? services.filter { !unattached.contains($0) } : options.attach).filter {
            !options.noAttach.contains($0)
        }
        var text = LogText(
            style: Style(descriptor: 1), showsTime: options.timestamps, showsName: !options.noLogPrefix,
            asJSON: globals.json)
        var result: Int32?
        var told: Set<String> = []
        try engine.follow(target, services: shown) { lines, names in
            for line in lines where line.nanoseconds >= since { Output.write(text.render(line, among: names), to: 1) }
        } whenIdle: { signals in
            if signals > 0 {
                try stop(kills: signals > 1)
                result = 130
                return false
            }
            let rows = try engine.containers(target).filter { services.contains($0.service) }
            tell(rows, &told)
            result = ending(rows)
            if result != nil { try stop(kills: false) }
            return result == nil
        }
        Output.write(text.finish(), to: 1)
        return result ?? 0
    }

    /// The exit code when it is time to end; `nil` to stay.
    private func ending(_ rows: [StatusReport.Service]) -> Int32? {
        let ended = rows.filter { $0.state == "exited" }
        if let name = options.exitCodeFrom {
            guard let row = rows.first(where: { $0.service == name || $0.container == name }) else { return 1 }
            return row.state == "exited" ? row.exitCode ?? 1 : nil
        }
        if options.abortOnContainerExit, let first = ended.first { return first.exitCode ?? 1 }
        if options.abortOnContainerFailure, let first = ended.first(where: { $0.exitCode != 0 }) {
            return first.exitCode ?? 1
        }
        return rows.allSatisfy { $0.state == "exited" } ? 0 : nil
    }

    /// Tells once of each run how it ended.
    private func tell(_ rows: [StatusReport.Service], _ told: inout Set<String>) {
        for row in rows {
            if row.state != "exited" {
                told.remove(row.container)
            } else if told.insert(row.container).inserted {
                Output.error("\(row.container) exited with code \(row.exitCode.map { "\($0)" } ?? "unknown")")
            }
        }
    }

    private func stop(kills: Bool) throws {
        let sink = QuietProgress()
        let change = LifecycleChange.stop(timeout: kills ? .zero : timeout)
        let (engine, target, named) = (engine, target, named)
        try Progress.follow(sink) { try await engine.change(change, of: named, target, sink: sink) }
    }
}
