internal import ArgumentParser
internal import Engine
internal import Envfile
internal import Vocabulary
internal import Workspaces

struct Create: StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "create", abstract: "Make the containers of services without starting them; as `up --no-start`.")

    @OptionGroup var common: GlobalOptions
    @Argument(help: "Services (default: all).", completion: .services) var services: [String] = []
    @Flag(help: "Recreate containers even if nothing changed.") var forceRecreate = false
    @Flag(help: "Leave containers that exist as they are, whatever changed.") var noRecreate = false
    @Flag(help: "Build images even if they are there.") var build = false
    @Flag(help: "Build no image, whatever has changed.") var noBuild = false
    @Flag(help: "Show no progress of pulls; here of nothing.") var quietPull = false
    @Flag(help: "Remove containers of services that the Envfile no longer has.") var removeOrphans = false
    @Flag(name: [.customShort("y"), .long], help: "Accepted for Compose users: nothing is asked.") var yes = false
    @Option(
        help: ArgumentHelp(
            "Have so many containers of a service instead of what the Envfile says (repeatable).",
            valueName: "service=number"))
    var scale: [ServiceScale] = []
    @OptionGroup var imageOptions: ImageOptions

    var globals: Globals {
        var globals = imageOptions.applied(to: common.globals)
        if quietPull { globals.progress = .quiet }
        return globals
    }

    func validate() throws {
        if forceRecreate && noRecreate {
            throw ValidationError("--force-recreate and --no-recreate contradict each other.")
        }
        if build && noBuild { throw ValidationError("--build and --no-build contradict each other.") }
    }

    func run() throws {
        let engine = try Engine(globals.request)
        let project = try engine.project(selecting: services)
        let sink = Progress.sink(for: globals)
        project.show(warningsOn: sink)
        var changed = UpOptions(
            services: [ServiceName](unchecked: services), forceRecreate: forceRecreate, noRecreate: noRecreate,
            noStart: true,
            removeOrphans: removeOrphans, pullPolicy: imageOptions.pull?.policy, isFrozen: imageOptions.frozen,
            builds: build ? true : noBuild ? false : nil)
        changed.scales = try ServiceScale.table(scale, of: project)
        let options = changed
        _ = try Progress.follow(sink, stopping: SignalStop(timeout: 2)) {
            try await engine.up(project, options, sink: sink)
        }
    }
}

struct Destroy: TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "destroy", abstract: "Take the environment down with its volumes; nothing is left.",
        discussion: "At a terminal it asks first, unless --force is given. It is `down --volumes`, as Vagrant calls it."
    )

    @OptionGroup var common: LongFileOptions
    @Flag(name: [.customShort("f"), .long], help: "Do not ask.") var force = false
    @OptionGroup var triggers: TriggerOptions

    var globals: Globals { common.globals }

    func run() throws {
        let engine = try Engine(globals.request)
        let sink = Progress.sink(for: globals)
        let identity = try engine.identity(sink: sink)
        if !force { try Confirmation.ask("Remove \(identity.id.text) with all of its volumes?") }
        let options = DownOptions(removesVolumes: true, timeout: nil)
        try triggers.around(.destroy, engine, identity.project, sink) {
            try Progress.follow(sink) { try await engine.down(identity, options, sink: sink) }
        }
    }
}
