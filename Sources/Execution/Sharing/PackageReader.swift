internal import Envfile
internal import Images
internal import LinuxSystem
internal import OCI
internal import Snapshots
internal import Store
internal import SystemPackage
internal import Vocabulary
package import Workspaces

/// A package whose layers are in the store, and which is not in use yet.
struct ReceivedPackage {
    let document: PackageDocument
    let host: Host
    /// What messages call it.
    let subject: String
}

extension EnvironmentControl {
    /// Brings a package into the store, and runs `body` while its layers are safe there. What has no name and no record
    /// afterwards is removed, also when `body` fails.
    func receiving<Value>(
        _ source: PackageSource, _ sink: any EventSink, _ body: (ReceivedPackage) async throws -> Value
    ) async throws -> Value {
        let host = try context.host()
        let earlier = try host.images.store.inventory()
        let result: Result<Value, any Error>
        let protection = try host.images.store.protect()
        do {
            let document = try await withTaskExecutorPreference(BlockingExecutor(label: "trice.package")) {
                () async throws -> PackageDocument in try await self.document(from: source, host, sink)
            }
            result = .success(try await body(ReceivedPackage(document: document, host: host, subject: source.subject)))
        } catch {
            result = .failure(error)
        }
        _ = consume protection
        // The result says more than a failure of the clean-up, which `prune` repeats.
        try? host.images.collect(since: earlier) { try host.neededLayers() }
        return try result.get()
    }

    private func document(
        from source: PackageSource, _ host: Host, _ sink: any EventSink
    ) async throws -> PackageDocument {
        let store = host.images.store
        let subject = source.subject
        let reporter = Reporter(operation: OperationID(.load, 0), resource: "package", action: "load", sink: sink)
        return try await reporter.report {
            let descriptor =
                switch source {
                case .file(let path): try store.read(artifactArchive: path, subject: subject)
                case .standardInput:
                    try store.read(artifactArchive: "-", from: .standardInput, subject: subject)
                case .registry(let reference):
                    try store.pull(artifact: reference, type: PackageDocument.artifactType) { reporter.send($0) }
                }
            let artifact = try store.artifact(descriptor, type: PackageDocument.artifactType, subject: subject)
            let document: PackageDocument
            do throws(InvalidPackage) {
                document = try PackageDocument(
                    reading: artifact.document, architecture: Platform.host.architecture,
                    layers: Set(artifact.layers.map(\.diffID.hex)))
            } catch {
                throw EngineError(.snapshot, "\(subject) \(error)", causes: [error])
            }
            try store.unpack(artifact) { reporter.send($0) }
            return document
        }
    }
}

extension ReceivedPackage {
    /// Stores the documents of the images.
    ///
    /// - Returns: the descriptors by the IDs of the images.
    func storeImages() throws -> [String: Descriptor] {
        var found: [String: Descriptor] = [:]
        for image in document.images {
            let (descriptor, id) = try host.images.store.store(
                manifest: Array(image.manifest.utf8), configuration: Array(image.configuration.utf8),
                index: image.index.map { try Digest($0) })
            guard "\(id)" == image.id else {
                throw EngineError(.snapshot, "\(subject) is damaged: the image \(image.id) is another one, \(id).")
            }
            found[image.id] = descriptor
        }
        return found
    }

    /// Writes down the snapshot of the package as one of an environment.
    ///
    /// - Parameter name: checked to be free.
    func saveSnapshot(
        _ content: SnapshotDocument, named name: SnapshotName, of id: EnvironmentID, _ images: [String: Descriptor],
        _ undo: inout Undo
    ) throws -> SnapshotRecord {
        var document = content
        let identifier = String(UInt64.random(in: 0...UInt64.max) | 1 << 63, radix: 16)
        for index in document.containers.indices {
            let container = document.containers[index]
            guard let image = images[container.upon] else { continue }
            let kept = try SnapshotCatalog.imageName(identifier, container.id).description
            try host.images.store.content.setReference(kept, to: image)
            let library = host.images
            undo.add { try library.remove(named: kept) }
            document.containers[index].keptImage = kept
        }
        // A record that survives a power cut must not name layers that do not.
        try host.images.store.layers.sync()
        let record = SnapshotRecord(
            id: identifier, environmentID: id, name: name.rawValue, isComplete: true,
            document: try JSONCoding.text(document), createdAt: WallClock.nanoseconds)
        let durable = host.durable
        try durable.insert(record)
        undo.add { try durable.deleteSnapshot(id: identifier) }
        return record
    }
}

extension ReceivedPackage {
    /// Gives the images of services that this machine does not have the names by which the Envfile means them, so that the
    /// containers of the snapshot fit.
    func nameMissingImages(
        of content: SnapshotDocument, for project: Project, _ images: [String: Descriptor], _ undo: inout Undo
    ) throws {
        for container in content.containers {
            guard let image = images[container.imageID],
                let service = project.environment.services.first(where: { $0.name == container.id.service }),
                service.image == container.image
            else { continue }
            let name = try ImageReference(service.image, relativeTo: project.environment.directory).description
            let library = host.images
            guard try library.local.records.image(named: name) == nil, try library.store.reference(name) == nil else {
                continue
            }
            try library.store.content.setReference(name, to: image)
            undo.add { try library.remove(named: name) }
        }
    }
}

/// What takes back the steps of a command that fails, the last first.
struct Undo {
    private var steps: [() throws -> Void] = []

    mutating func add(_ step: @escaping () throws -> Void) { steps.append(step) }

    /// Takes all back; a step that fails does not keep the others from it.
    mutating func run() {
        for step in steps.reversed() {
            // The failure that led here is the one that is thrown.
            try? step()
        }
        steps = []
    }
}

extension EnvironmentControl {
    /// Takes the snapshot of a package as one of this environment. The caller holds the environment's lock.
    ///
    /// - Parameter name: `nil` for the one that it has in the package.
    package func importSnapshot(
        _ source: PackageSource, named name: String?, _ identity: EnvironmentTarget, _ workspace: Workspace,
        _ sink: any EventSink
    ) async throws -> SnapshotReport {
        let catalog = SnapshotCatalog(workspace.host, of: workspace.id)
        if let name { try catalog.checkFree(Self.checkedName(name)) }
        return try await receiving(source, sink) { package in
            guard let snapshot = package.document.snapshot else {
                throw EngineError(
                    .snapshot, "\(source.subject) has no snapshot: it was packed with `--no-snapshot`, or of nothing.")
            }
            let target = try Self.checkedName(name ?? snapshot.name)
            try catalog.checkFree(target)
            var undo = Undo()
            do {
                let images = try package.storeImages()
                let record = try package.saveSnapshot(
                    snapshot.document, named: target, of: workspace.id, images, &undo)
                if let project = identity.project {
                    try package.nameMissingImages(of: snapshot.document, for: project, images, &undo)
                }
                return try SnapshotReport(record, on: workspace.host)
            } catch {
                undo.run()
                throw error
            }
        }
    }
}
