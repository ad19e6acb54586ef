internal import Envfile
internal import Images
internal import LinuxSystem
internal import Planning
internal import Snapshots
package import Store
internal import SystemPackage
internal import Vocabulary
package import Workspaces

/// What `clone` and `up --like` were asked.
package struct CloneRequest: Sendable {
    /// The environment that is copied, as the user calls it, and `@SNAPSHOT` where not its present state is meant.
    package var source: String
    /// The version of this program.
    package var version: String

    package init(source: String, version: String) {
        self.source = source
        self.version = version
    }

    /// The part that names the environment.
    package var environment: String { String(source.prefix { $0 != "@" }) }
    /// The part that names the snapshot.
    package var snapshot: String? {
        source.firstIndex(of: "@").map { String(source[source.index(after: $0)...]) }
    }
}

extension EnvironmentControl {
    /// The environment that the user means: by its ID, by its project's name, by its directory or the last part of that.
    ///
    /// - Throws: `EngineError.noEnvironment` where none or several are meant.
    package func environment(called text: String) throws -> EnvironmentRecord {
        let all = try context.host().durable.environments()
        if let found = all.first(where: { $0.id.text == text }) { return found }
        let directory = FilePath(context.request.workingDirectory).pushing(FilePath(text))
        let path = directory.resolved() ?? directory.lexicallyNormalized()
        if let found = all.first(where: { (FilePath($0.directory).resolved() ?? FilePath($0.directory)) == path }) {
            return found
        }
        var found = all.filter { $0.name == text }
        if found.isEmpty { found = all.filter { FilePath($0.directory).lastComponent?.string == text } }
        // One that has its name from its directory comes before those that were named by hand there.
        let plain = try found.filter {
            try $0.id == EnvironmentID(projectName: $0.name, directory: FilePath($0.directory))
        }
        if plain.count == 1 { found = plain }
        if let only = found.first, found.count == 1 { return only }
        guard found.isEmpty else {
            throw EngineError(
                .noEnvironment,
                "`\(text)` may be any of \(found.map { "`\($0.id)`" }.joined(separator: ", ")). Say which one by this name."
            )
        }
        let names = all.map { "`\($0.id)`" }
        throw EngineError(
            .noEnvironment,
            "There is no environment `\(text)` to copy. "
                + (names.isEmpty
                    ? "Nothing has been up on this machine yet." : "There are: \(names.joined(separator: ", ")).")
        )
    }

    /// Whether an environment has something that a copy would replace.
    package func hasContent(_ workspace: Workspace) throws -> Bool {
        try !workspace.records().containers.isEmpty
            || !workspace.host.durable.volumes(environmentID: workspace.id).isEmpty
            || !Files.names(in: workspace.stateDirectory.appending("containers")).isEmpty
    }

    /// Gives a new environment what another one has: its volumes, and what its containers wrote. The caller holds the locks of
    /// both.
    ///
    /// - Throws: `EngineError.snapshot` for a copy of itself, and for an environment that has something already.
    package func clone(
        _ request: CloneRequest, from source: EnvironmentRecord, into project: Project, _ sink: any EventSink
    ) async throws {
        let host = try context.host()
        let target = Workspace(id: project.id, host: host)
        try checkClone(from: source, into: target)
        let catalog = SnapshotCatalog(host, of: source.id)
        var temporary: SnapshotRecord?
        let document: SnapshotDocument
        if let name = request.snapshot {
            document = try catalog.find(name).document
        } else {
            try catalog.removeUnfinished()
            var save = SnapshotSaveRequest(name: nil, version: request.version)
            save.isTemporary = true
            let name = try SnapshotName("clone-\(UInt32.random(in: 0...UInt32.max))")
            let identity = EnvironmentTarget(id: source.id, project: nil)
            let record = try capture(name, save, identity, Workspace(id: source.id, host: host), sink)
            temporary = record
            document = try record.decoded()
        }
        do {
            try await place(document, named: request.source, project, target, sink)
        } catch {
            // The failure that is thrown says more than that of the clean-up, which the next save or clone repeats.
            if let temporary { try? catalog.delete(temporary) }
            throw error
        }
        if let temporary { try catalog.delete(temporary) }
    }

    private func checkClone(from source: EnvironmentRecord, into target: Workspace) throws {
        guard source.id != target.id else {
            throw EngineError(
                .snapshot,
                "`\(source.id)` cannot be a copy of itself. Name another one, as in `trice clone \(source.name) \(source.name)-2`, "
                    + "or go to the directory of the copy.")
        }
        guard try !hasContent(target) else {
            throw EngineError(
                .snapshot,
                "The environment `\(target.id)` exists already and would be lost. Use another name, or remove it with "
                    + "`trice -p \(target.id) down --volumes`.")
        }
    }

    /// Puts what a document has into an environment that has nothing.
    ///
    /// - Parameter sharesVolumes: whether volumes with names of their own are those of the source, and are left out.
    func place(
        _ document: SnapshotDocument, named name: String, _ project: Project, _ target: Workspace,
        sharesVolumes: Bool = true, _ sink: any EventSink
    ) async throws {
        let protection = try target.host.images.store.protect()
        var document = document
        let shared = document.volumes.filter { $0.isShared && sharesVolumes }.map { "`\($0.name)`" }
        if !shared.isEmpty {
            sink.note(
                "\(shared.joined(separator: ", ")): a volume with a name of its own is shared, not copied",
                isWarning: true)
        }
        document.volumes.removeAll { $0.isShared && sharesVolumes }
        var placement = SnapshotPlacement(workspace: target, document: document)
        placement.leavesOut = try withOtherImages(document, project, target.host, sink)
        let journal = try placement.journal(named: name)
        try target.host.durable.saveIfNew(project)
        try journal.write(to: layout.restoreJournal(of: target.id))
        try await finish(journal, EnvironmentTarget(id: target.id, project: project), target, sink)
        _ = consume protection
    }

    /// The containers whose files fit nothing here.
    private func withOtherImages(
        _ document: SnapshotDocument, _ project: Project, _ host: Host, _ sink: any EventSink
    ) throws -> Set<ContainerID> {
        let images = try ProjectImages(project, host: host)
        var found: Set<ContainerID> = []
        for container in document.containers {
            let name = container.id.service
            guard let service = project.environment.services.first(where: { $0.name == name }) else {
                found.insert(container.id)
                continue
            }
            guard let image = try images.lookup(service.image), "\(image.id)" != container.imageID else { continue }
            found.insert(container.id)
            sink.note(
                "`\(name)` has another image here and begins without what its container wrote; volumes are copied",
                isWarning: true)
        }
        return found
    }
}
