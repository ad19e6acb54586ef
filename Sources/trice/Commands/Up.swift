internal import ArgumentParser
internal import Engine
internal import Envfile
internal import Execution
internal import LinuxSystem
internal import Sessions
internal import Vocabulary
internal import Workspaces

struct Up: ParsableCommand, StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "up",
        abstract: "Bring the environment to what the Envfile says.",
        discussion: """
            Builds or fetches images, makes the network and the volumes, starts the services in the order of their
            dependencies and returns when they run. What is right already is left alone; what changed is recreated.
            With SERVICE only these and what they depend on.
            The steps of `provision` run inside a service that has started, before what depends on it: those that have not
            run in this container, those that have changed, and those that always run.
            It waits until every service runs, is healthy where it has a health check, or has ended with code 0. The exit
            code is 1 when one does not come to that; the error says why.
            """)

    @OptionGroup var common: GlobalOptions
    @Argument(help: "Services to bring up (default: all).", completion: .services) var services: [String] = []
    @Flag(help: "Recreate containers even if nothing changed.") var forceRecreate = false
    @Flag(help: "Leave containers that exist as they are, whatever changed.") var noRecreate = false
    @Flag(help: "Create the containers without starting them.") var noStart = false
    @Flag(help: "Remove containers of services that the Envfile no longer has.") var removeOrphans = false
    @Flag(
        name: [.customShort("V"), .customLong("renew-anon-volumes")],
        help: "Recreated containers begin with new anonymous volumes instead of the old ones.")
    var renewAnonymousVolumes = false
    @Flag(help: "Build images even if they are there.") var build = false
    @Flag(help: "Build no image, whatever has changed.") var noBuild = false
    @Flag(help: "Take over an environment of the same name that belongs to another directory.") var adopt = false
    @Option(
        help: ArgumentHelp(
            "Begin with the volumes and files of another environment, or of its snapshot; one that exists stays as it is.",
            valueName: "environment[@snapshot]"), completion: .environments)
    var like: String?
    @Flag(help: "Replace host ports that are taken by free ones, also in a compose.yaml; until `down`.") var autoPorts =
        false
    @Flag(help: "Fail where this host cannot do what a service asks for, such as a limit.") var strict = false
    @Flag(help: "Show what each operation took and what waited for what; with --json as data.") var timings = false
    @Flag(help: "Return when the services are started, healthy or not.") var noWait = false
    @Flag(help: "Accepted for Compose users: `up` always waits, unless --no-wait is given.") var wait = false
    @Option(
        help: ArgumentHelp("Wait at most this long for services to become ready.", valueName: "seconds"))
    var waitTimeout: Int?
    @Option(
        help: ArgumentHelp(
            "Have so many containers of a service instead of what the Envfile says (repeatable).",
            valueName: "service=number"))
    var scale: [ServiceScale] = []
    @OptionGroup var imageOptions: ImageOptions
    @Flag(name: [.short, .long], help: "Accepted for Compose users: `up` returns when the services run, as usual.")
    var detach = false
    @Flag(help: "Leave the services alone that the named ones depend on.") var noDeps = false
    @Flag(help: "With --force-recreate, recreate what the named services depend on, too.") var alwaysRecreateDeps =
        false
    @Flag(help: "Show no progress of pulls; here of nothing.") var quietPull = false
    @Flag(help: "Show no progress of builds; here of nothing.") var quietBuild = false
    @Flag(name: [.customShort("y"), .long], help: "Accepted for Compose users: nothing is asked.") var yes = false
    @OptionGroup var provisioning: ProvisionOptions
    @OptionGroup var triggers: TriggerOptions
    @OptionGroup var waiting: TimeoutOption
    @OptionGroup var following: FollowOptions

    var globals: Globals {
        var globals = imageOptions.applied(to: common.globals)
        if quietPull || quietBuild { globals.progress = .quiet }
        following.apply(to: &globals)
        return globals
    }

    func validate() throws {
        if detach && (following.follows || following.watch) {
            throw ValidationError("--detach and the options that follow the services contradict each other.")
        }
        if following.watch && (noBuild || noStart) {
            throw ValidationError("--watch contradicts --no-build and --no-start.")
        }
        if forceRecreate && noRecreate {
            throw ValidationError("--force-recreate and --no-recreate contradict each other.")
        }
        if wait && noWait { throw ValidationError("--wait and --no-wait contradict each other.") }
        if let waitTimeout, waitTimeout < 0 {
            throw ValidationError("--wait-timeout takes a number of seconds from 0 on.")
        }
        if build && noBuild { throw ValidationError("--build and --no-build contradict each other.") }
    }

    func run() throws {
        let engine = try Engine(globals.request)
        let loaded = try engine.project(selecting: services)
        loaded.show(warningsOn: Progress.sink(for: globals))
        // What cannot be watched is told before anything is changed.
        let selection = following.watch ? try WatchSelection(loaded, services: services) : nil
        let sink = TimingSink(Progress.sink(for: globals))
        let project = try prepare(engine, loaded)
        var options = UpOptions(
            services: [ServiceName](unchecked: services), forceRecreate: forceRecreate, noRecreate: noRecreate,
            noStart: noStart,
            removeOrphans: removeOrphans, renewAnonymousVolumes: renewAnonymousVolumes,
            pullPolicy: imageOptions.pull?.policy, isFrozen: imageOptions.frozen,
            builds: build ? true : noBuild ? false : nil, adopts: adopt, isStrict: strict)
        // Who follows sees how services come up, and what their ends mean is for the options of following to say.
        options.waits = !noWait && (wait || !following.follows)
        options.judgesEnds = !following.follows
        // As in Compose, 0 is no limit.
        options.waitTimeout = waitTimeout.flatMap { $0 > 0 ? .seconds($0) : nil }
        options.scales = try ServiceScale.table(scale, of: project)
        options.followsDependencies = !noDeps
        options.recreatesDependencies = alwaysRecreateDeps
        options.stopTimeout = waiting.duration
        options.provisioning = provisioning.request
        options.trustsHost = triggers.trust
        if globals.isDryRun {
            let options = options
            let plan = try Progress.follow(sink) { try await engine.plan(project, options) }
            return Output.print(plan.text)
        }
        let asked = options
        let since = UInt64(clamping: WallClock.nanoseconds)
        let output = UpOutput(asJSON: globals.json, showsTimings: timings)
        let bringUp: @Sendable () async throws -> StatusReport = {
            let report = try await engine.up(project, asked, sink: sink)
            sink.settle(report.services)
            return report
        }
        let watcher = selection.map { Watcher(engine: engine, project: project, selection: $0, globals: globals) }
        if let watcher, !following.follows {
            let code = try triggers.around(.up, engine, project, sink) {
                try watcher.run {
                    try output.show(try await Progress.following(sink, bringUp), of: project, sink)
                }
            }
            throw ExitCode(code)
        }
        let stop = SignalStop(timeout: 2) { Remains.text(engine, EnvironmentTarget(id: project.id, project: project)) }
        let report = try triggers.around(.up, engine, project, sink) {
            try Progress.follow(sink, stopping: stop, bringUp)
        }
        try output.show(report, of: project, sink)
        if globals.json, watcher == nil { return }
        if following.follows { try follow(engine, project, watcher, since: since) }
    }

    /// Does what `--like` and `--auto-ports` ask for before anything comes up.
    private func prepare(_ engine: Engine, _ project: Project) throws -> Project {
        let sink = Progress.sink(for: globals)
        if let like, !globals.isDryRun {
            if try engine.hasContent(project) {
                sink.note("\(project.id) exists already and is not made like `\(like)`", isWarning: true)
            } else {
                let request = CloneRequest(source: like, version: Version.text)
                let source = try Progress.follow(sink) { try await engine.clone(request, into: project, sink: sink) }
                sink.note("\(project.id) begins as \(source) is", isWarning: false)
            }
        }
        guard autoPorts else { return project }
        if !globals.isDryRun { return try engine.correctPorts(of: project) }
        var project = project
        project.correctPorts()
        return project
    }

    /// Stays with the services, and watches files beside it.
    private func follow(_ engine: Engine, _ project: Project, _ watcher: Watcher?, since: UInt64) throws {
        let watch = watcher?.start()
        defer { watch?.stop() }
        let target = EnvironmentTarget(id: project.id, project: project)
        let names = services.isEmpty ? project.serviceNames : services
        let shown =
            following.attachDependencies
            ? project.withDependencies([ServiceName](unchecked: names)).map(\.rawValue) : names
        throw ExitCode(
            try UpFollower(
                engine: engine, target: target, options: following, services: shown, named: services,
                unattached: Set(project.unattachedServices.map(\.rawValue)), timeout: waiting.duration, since: since
            )
            .run(globals))
    }
}

/// What `up` prints in the end.
private struct UpOutput: Sendable {
    var asJSON: Bool
    var showsTimings: Bool

    func show(_ report: StatusReport, of project: Project, _ sink: TimingSink) throws {
        let measured = sink.timings
        if asJSON {
            return try showsTimings
                ? Output.json(TimedReport(status: report, timings: measured.rows)) : Output.json(report)
        }
        if showsTimings {
            for line in measured.lines(style: Style(descriptor: 1), width: ProcessEnvironment.terminalWidth) {
                Output.print(line)
            }
        }
        if !measured.rows.isEmpty {
            sink.note(StatusText(style: Style(descriptor: 2)).summary(of: report, in: measured.total), isWarning: false)
        }
        for line in StatusText(style: Style(descriptor: 1)).addresses(of: report) { Output.print(line) }
        if let message = project.postUpMessage(report) {
            Output.write(message.hasSuffix("\n") ? message : message + "\n", to: 1)
        }
    }
}

/// What `up --timings --json` prints.
private struct TimedReport: Encodable {
    var status: StatusReport
    var timings: [Timings.Row]
}

extension Project {
    /// Shows what the Envfile's reader had to remark.
    func show(warningsOn sink: any EventSink) {
        for warning in warningLines { sink.note(warning, isWarning: true) }
    }
}
