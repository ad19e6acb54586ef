internal import ArgumentParser
internal import Engine
internal import Execution
internal import Workspaces

struct Up: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Bring the environment to what the Envfile says.",
        discussion: """
            Builds or fetches images, makes the network and the volumes, starts the services in the order of their
            dependencies and returns when they run. What is right already is left alone; what changed is recreated.
            With SERVICE only these and what they depend on.
            """)

    @OptionGroup var common: GlobalOptions
    @Argument(help: "Services to bring up (default: all).") var services: [String] = []
    @Flag(help: "Recreate containers even if nothing changed.") var forceRecreate = false
    @Flag(help: "Leave containers that exist as they are, whatever changed.") var noRecreate = false
    @Flag(help: "Create the containers without starting them.") var noStart = false
    @Flag(help: "Remove containers of services that the Envfile no longer has.") var removeOrphans = false
    @Flag(help: "Build images even if they are there.") var build = false
    @Flag(help: "Build no image, whatever has changed.") var noBuild = false
    @OptionGroup var imageOptions: ImageOptions
    @Flag(name: [.short, .long], help: "Accepted for Compose users: `up` always returns when the services run.")
    var detach = false

    var globals: Globals { imageOptions.applied(to: common.globals) }

    func validate() throws {
        if forceRecreate && noRecreate {
            throw ValidationError("--force-recreate and --no-recreate contradict each other.")
        }
        if build && noBuild { throw ValidationError("--build and --no-build contradict each other.") }
    }

    func run() throws {
        let engine = try Engine(globals.request)
        let project = try engine.project(selecting: services)
        project.show(warningsOn: Progress.sink(for: globals))
        let sink = Progress.sink(for: globals)
        let options = UpOptions(
            services: services, forceRecreate: forceRecreate, noRecreate: noRecreate, noStart: noStart,
            removeOrphans: removeOrphans, pullPolicy: imageOptions.pull?.policy, isFrozen: imageOptions.frozen,
            builds: build ? true : noBuild ? false : nil)
        let report = try Progress.follow(sink, stopping: SignalStop(timeout: 2)) {
            try await engine.up(project, options, sink: sink)
        }
        if globals.json { return try Output.json(report) }
        for line in StatusText(style: Style(descriptor: 1)).addresses(of: report) { Output.print(line) }
        if let message = project.postUpMessage(report) {
            Output.write(message.hasSuffix("\n") ? message : message + "\n", to: 1)
        }
    }
}

extension Project {
    /// Shows what the Envfile's reader had to remark.
    func show(warningsOn sink: any EventSink) {
        for warning in warningLines { sink.note(warning, isWarning: true) }
    }
}
