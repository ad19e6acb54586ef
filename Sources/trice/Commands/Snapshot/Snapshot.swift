internal import ArgumentParser
internal import Engine
internal import Execution
internal import Workspaces

/// `snapshot …`: an environment as it was, and the way back.
struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "snapshot",
        abstract: "Keep what an environment is now, and return to it.",
        discussion: """
            A snapshot has what containers wrote into their own files, the volumes, the resolved Envfile and the lock, all of
            one moment: what runs stands still meanwhile. Shared folders are not part of it.
            """,
        subcommands: [
            SnapshotSave.self, SnapshotRestore.self, SnapshotList.self, SnapshotDelete.self, SnapshotPush.self,
            SnapshotPop.self, SnapshotDiff.self, SnapshotExport.self, SnapshotImport.self,
        ])
}

/// What `save` and `push` have in common.
struct SnapshotSaveOptions: ParsableArguments {
    @Option(name: [.short, .long], help: "What is special about it, for the list.") var message: String?
    @Flag(
        help: """
            Stop the services for the moment and start them again: their volumes then need no copy, also where the file system \
            shares no blocks.
            """)
    var stop = false

    func save(name: String?, isPushed: Bool, _ globals: Globals) throws {
        let engine = try Engine(globals.request)
        let sink = Progress.sink(for: globals)
        let identity = try engine.identity(sink: sink)
        var request = SnapshotSaveRequest(name: name, version: Version.text)
        request.message = message
        request.stops = stop
        request.isPushed = isPushed
        let asked = request
        let report = try Progress.follow(sink) { try await engine.saveSnapshot(asked, identity, sink: sink) }
        if globals.json { return try Output.json(report) }
        Output.print(report.name)
    }
}

struct SnapshotSave: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "save", abstract: "Keep what the environment is at this moment.",
        discussion: """
            The volumes of an environment that does not run become layers without a copy. Those of one that runs are copied
            while its processes stand still; the file system shares their blocks where it can (btrfs, xfs).
            """)

    @OptionGroup var common: GlobalOptions
    @OptionGroup var options: SnapshotSaveOptions
    @Argument(help: "Its name (default: the time).") var name: String?

    func run() throws {
        try options.save(name: name, isPushed: false, globals)
    }
}

struct SnapshotPush: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "push", abstract: "Save a snapshot that `pop` returns to.",
        discussion: "Several lie upon each other: the last one is the first that `pop` takes.")

    @OptionGroup var common: GlobalOptions
    @OptionGroup var options: SnapshotSaveOptions

    func run() throws {
        try options.save(name: nil, isPushed: true, globals)
    }
}

/// What `restore` and `pop` have in common.
struct SnapshotRestoreOptions: ParsableArguments {
    @Flag(help: "Only the volumes; what containers wrote beside them is made anew from their images.") var volumes =
        false
    @Flag(help: "Start no service.") var noStart = false

    func restore(name: String?, deletes: Bool, _ globals: Globals) throws {
        let engine = try Engine(globals.request)
        let sink = Progress.sink(for: globals)
        let project = try engine.project(selecting: [])
        var request = SnapshotRestoreRequest(name: name)
        request.onlyVolumes = volumes
        request.noStart = noStart
        request.deletes = deletes
        let asked = request
        let result = try Progress.follow(sink) { try await engine.restoreSnapshot(asked, project, sink: sink) }
        if globals.json { return try Output.json(RestoreOutput(snapshot: result.name, status: result.status)) }
        Output.print("returned to \(result.name)")
        guard let status = result.status else {
            if !noStart { Output.print("No service ran then. Start them with: trice up") }
            return
        }
        StatusText(style: Style(descriptor: 1)).addresses(of: status).forEach { Output.print($0) }
    }
}

private struct RestoreOutput: Encodable {
    var snapshot: String
    var status: StatusReport?
}

struct SnapshotRestore: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "restore", abstract: "Return to a snapshot; the services come up again.",
        discussion: """
            What containers and volumes have now is replaced. The services are those of the Envfile as it is; one whose image
            has changed since comes up with the image of the snapshot. An interrupted restore has either changed nothing, or the
            next command finishes it.
            """)

    @OptionGroup var common: GlobalOptions
    @OptionGroup var options: SnapshotRestoreOptions
    @Argument(help: "The snapshot.", completion: .snapshots) var name: String

    func run() throws {
        try options.restore(name: name, deletes: false, globals)
    }
}

struct SnapshotPop: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "pop", abstract: "Return to the last snapshot of `push`, and remove it.")

    @OptionGroup var common: GlobalOptions
    @OptionGroup var options: SnapshotRestoreOptions
    @Flag(help: "Keep the snapshot.") var noDelete = false

    func run() throws {
        try options.restore(name: nil, deletes: !noDelete, globals)
    }
}
