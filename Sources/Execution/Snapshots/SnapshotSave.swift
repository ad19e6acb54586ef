internal import Envfile
internal import Glibc
internal import Images
internal import LinuxSystem
internal import OCI
internal import Planning
internal import Snapshots
internal import Store
internal import SystemPackage
package import Vocabulary
package import Workspaces

/// What `snapshot save` and `push` were asked.
package struct SnapshotSaveRequest: Sendable {
    /// `nil` for one that is made of the time.
    package var name: String?
    /// The user's own words about the snapshot.
    package var message: String?
    /// Whether the services are stopped meanwhile, and not frozen.
    package var stops = false
    /// Whether `snapshot pop` takes the snapshot.
    package var isPushed = false
    /// Whether it is only needed while this command runs: it is never complete.
    var isTemporary = false
    /// The version of this program.
    package var version: String

    package init(name: String?, version: String) {
        self.name = name
        self.version = version
    }
}

extension EnvironmentControl {
    /// Keeps what the environment is at this moment. The caller holds the environment's lock.
    ///
    /// - Throws: `EngineError.snapshot` where there is nothing to keep or the name is taken.
    package func saveSnapshot(
        _ request: SnapshotSaveRequest, _ identity: EnvironmentTarget, _ workspace: Workspace, _ sink: any EventSink
    ) async throws -> SnapshotReport {
        let catalog = SnapshotCatalog(workspace.host, of: identity.id)
        try catalog.removeUnfinished()
        let taken = Set(try workspace.host.durable.snapshots(environmentID: identity.id).map(\.name))
        let name = try request.name.map(Self.checkedName) ?? Self.timeName(request.isPushed ? "push" : "at", taken)
        try catalog.checkFree(name)
        let record = try await stopping(request.stops, identity, workspace, sink) { stopped in
            try capture(name, request, identity, workspace, sink, stopped: stopped)
        }
        return try SnapshotReport(record, on: workspace.host)
    }

    /// Runs `body` while the services are stopped, where that is asked for; those that ran start again in any case. `body`
    /// gets the containers that ran.
    private func stopping<Result>(
        _ stops: Bool, _ identity: EnvironmentTarget, _ workspace: Workspace, _ sink: any EventSink,
        _ body: (Set<ContainerID>) throws -> Result
    ) async throws -> Result {
        let stopped = stops ? try runningContainers(workspace) : []
        guard !stopped.isEmpty else { return try body([]) }
        let running = Set(stopped.map(\.service)).sorted()
        guard identity.project != nil else {
            throw EngineError(
                .invalidProject,
                "Services that are stopped start again only with an Envfile that can be read. Mend it first.")
        }
        _ = try await change(.stop(timeout: nil), of: running.map(\.rawValue), identity, workspace, sink)
        let result = Swift.Result { try body(stopped) }
        _ = try await change(.start, of: running.map(\.rawValue), identity, workspace, sink)
        return try result.get()
    }

    /// The services with a container that runs, sorted.
    package func runningServices(_ workspace: Workspace) throws -> [ServiceName] {
        Set(try runningContainers(workspace).map(\.service)).sorted()
    }

    private func runningContainers(_ workspace: Workspace) throws -> Set<ContainerID> {
        let ids = try workspace.records().containers.map { ContainerID($0) }
        return Set(ids.filter { layout.isRunning($0, workspace.id) })
    }

    /// Takes the snapshot: its record first, then its content, then the mark that it is complete.
    ///
    /// - Parameter stopped: the containers that ran until they were stopped for the snapshot.
    func capture(
        _ name: SnapshotName, _ request: SnapshotSaveRequest, _ identity: EnvironmentTarget, _ workspace: Workspace,
        _ sink: any EventSink, stopped: Set<ContainerID> = []
    ) throws -> SnapshotRecord {
        let host = workspace.host
        var document = SnapshotDocument(
            architecture: Platform.host.architecture, version: request.version,
            project: identity.project?.environment.name ?? identity.id.text, method: .stopped)
        document.message = request.message
        document.isPushed = request.isPushed
        if let project = identity.project {
            document.configuration = project.canonicalYAML
            document.lock = try Files.text(FilePath(LockFile.path(besideFile: project.file)))
        }
        let id = String(UInt64.random(in: 0...UInt64.max) | 1 << 63, radix: 16)
        let protection = try host.images.store.protect()
        var capture = try SnapshotCapture(workspace: workspace, id: id, document: document)
        guard !capture.isEmpty else {
            throw EngineError(
                .snapshot,
                "There is nothing to keep: \(identity.id) has no containers and no volumes. Bring it up first.")
        }
        try SnapshotHooks(workspace: workspace, sink: sink).run()
        var record = SnapshotRecord(
            id: id, environmentID: identity.id, name: name.rawValue, isComplete: false,
            document: try JSONCoding.text(capture.document), createdAt: WallClock.nanoseconds)
        try host.durable.insert(record)
        let began = ContinuousClock.now
        let copying: Duration
        do {
            try capture.capture(images: Self.images(of: identity.project), stopped: stopped)
            copying = .now - began
            // A mark that survives a power cut must not name files that do not.
            if capture.document.hasCopies { try host.images.local.synchronize() }
            record.document = try JSONCoding.text(capture.document)
            record.isComplete = !request.isTemporary
            try host.durable.update(record)
        } catch {
            _ = consume protection
            // So that its layers are known; a document that cannot be written names none.
            record.document = (try? JSONCoding.text(capture.document)) ?? record.document
            // The failure that is thrown says more than that of the undoing, which the next command repeats.
            try? SnapshotCatalog(host, of: identity.id).delete(record)
            throw error
        }
        _ = consume protection
        note(capture, copying, sink)
        return record
    }

    private func note(_ capture: SnapshotCapture, _ time: Duration, _ sink: any EventSink) {
        guard !capture.copiedVolumes.isEmpty else { return }
        let names = capture.copiedVolumes.map { "`\($0)`" }.joined(separator: ", ")
        sink.note(
            "the files of \(names) were copied in \(time.milliseconds) ms, because this file system shares no blocks; "
                + "`--stop` needs no copy", isWarning: false)
    }

    private static func images(of project: Project?) -> [ServiceName: String] {
        Dictionary((project?.environment.services ?? []).map { ($0.name, $0.image) }) { first, _ in first }
    }

    static func checkedName(_ text: String) throws -> SnapshotName {
        do throws(InvalidValue) {
            return try SnapshotName(text)
        } catch {
            throw EngineError(.snapshot, "`\(text)` cannot name a snapshot: \(error).", causes: [error])
        }
    }

    /// Such as `at-20260131-235959`, in UTC.
    private static func timeName(_ prefix: String, _ taken: Set<String>) throws -> SnapshotName {
        let now = CivilTime.digits(ofTime: Int64(time(nil)))
        let name = "\(prefix)-\(now.day)-\(now.clock)"
        let free = (1...).lazy.map { $0 == 1 ? name : "\(name)-\($0)" }.first { !taken.contains($0) }
        return try SnapshotName(free ?? name)
    }
}
