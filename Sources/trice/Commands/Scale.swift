internal import ArgumentParser
internal import Diagnostics
internal import Engine
internal import Execution
internal import Vocabulary
internal import Workspaces

/// `SERVICE=NUMBER`.
struct ServiceScale: ExpressibleByArgument {
    let service: String
    let count: Int

    /// More would not fit into a subnet of a network anyway.
    private static let largest = 1000

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let count = Int(parts[1]), (0...Self.largest).contains(count) else {
            return nil
        }
        service = String(parts[0])
        self.count = count
    }

    /// The numbers by service; of several for one service the last counts.
    ///
    /// - Throws: `ValidationError` for a service that the project lacks.
    static func table(_ scales: [ServiceScale], of project: Project) throws -> [ServiceName: Int] {
        let names = project.serviceNames
        for scale in scales where !names.contains(scale.service) {
            let nearest = Suggestion.nearest(to: scale.service, in: names).map { " Did you mean `\($0)`?" } ?? ""
            throw ValidationError("There is no service `\(scale.service)` to scale.\(nearest)")
        }
        return Dictionary(scales.map { (ServiceName(unchecked: $0.service), $0.count) }) { $1 }
    }
}

struct Scale: ParsableCommand, StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "scale",
        abstract: "Have so many containers of a service.",
        usage: "trice scale [<options>] <service>=<number> ...",
        discussion: """
            Starts the containers that are missing and removes those with the highest numbers that are too many. The
            next `up` goes by the Envfile again: write `scale:` there to keep the number.
            """)

    @OptionGroup var common: GlobalOptions
    @Argument(help: ArgumentHelp("The service and its number of containers.", valueName: "service=number"))
    var scales: [ServiceScale]
    @Flag(help: "Return when the containers are started, healthy or not.") var noWait = false
    @Flag(help: "Leave the services alone that the named ones depend on.") var noDeps = false

    func run() throws {
        let engine = try Engine(globals.request)
        let names = scales.map(\.service)
        let project = try engine.project(selecting: names)
        let sink = Progress.sink(for: globals)
        var options = UpOptions(services: [ServiceName](unchecked: names))
        options.scales = try ServiceScale.table(scales, of: project)
        options.waits = !noWait
        options.followsDependencies = !noDeps
        let asked = options
        if globals.isDryRun {
            return Output.print(try Progress.follow(sink) { try await engine.plan(project, asked) }.text)
        }
        let report = try Progress.follow(sink, stopping: SignalStop(timeout: 2)) {
            try await engine.up(project, asked, sink: sink)
        }
        if globals.json { try Output.json(report) }
    }
}
