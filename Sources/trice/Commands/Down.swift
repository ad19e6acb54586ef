internal import ArgumentParser
internal import Engine
internal import Envfile
internal import Execution
internal import Workspaces

struct Down: ParsableCommand, StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "down",
        abstract: "Take the environment down; the host is as it was before `up`.",
        discussion: """
            Stops and removes the containers with all that belongs to them: network, ports, logs and the containers'
            own changes. Named volumes stay unless --volumes is given, and images unless --rmi is. What an image's steps
            left in the cache stays in any case: the next build is quick. `trice image prune` frees it.
            """)

    @OptionGroup var common: GlobalOptions
    @Flag(name: [.short, .long], help: "Remove the named volumes and what is in them too.") var volumes = false
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Wait at most this long for containers to stop by themselves.", valueName: "seconds"))
    var timeout: Int?
    @Flag(help: "Accepted for Compose users: what the Envfile no longer has goes in any case.") var removeOrphans =
        false
    @Argument(help: "Only these services: they are stopped and removed.", completion: .services) var services:
        [String] = []
    @Option(
        help: ArgumentHelp(
            "Remove the images of the services too: local (those that are built and have no `image:`) or all.",
            valueName: "which"))
    var rmi: ImageRemoval?
    @OptionGroup var triggers: TriggerOptions

    enum ImageRemoval: String, ExpressibleByArgument, CaseIterable {
        case local, all
    }

    func validate() throws {
        if let timeout, timeout < 0 { throw ValidationError("--timeout takes a number of seconds from 0 on.") }
    }

    func run() throws {
        let engine = try Engine(globals.request)
        let sink = Progress.sink(for: globals)
        let identity = try engine.identity(sink: sink)
        if !services.isEmpty { return try removeServices(engine, identity, sink) }
        let options = DownOptions(
            removesVolumes: volumes, timeout: timeout.map { .seconds($0) },
            removedImages: rmi.flatMap { DownOptions.ImageRemoval(rawValue: $0.rawValue) })
        if globals.isDryRun { return Output.print(try engine.planDown(identity, options).text) }
        try triggers.around(.down, engine, identity.project, sink) {
            try Progress.follow(sink) { try await engine.down(identity, options, sink: sink) }
        }
    }

    private func removeServices(_ engine: Engine, _ identity: EnvironmentTarget, _ sink: any ProgressSink) throws {
        let change = LifecycleChange.remove(stopsFirst: true, removesVolumes: volumes)
        let services = services
        if globals.isDryRun { return Output.print(try engine.plan(change, of: services, identity).text) }
        try triggers.around(.down, engine, identity.project, sink) {
            try Progress.follow(sink) { try await engine.change(change, of: services, identity, sink: sink) }
        }
    }
}
