internal import Envfile
internal import Glibc
internal import Images
internal import LinuxSystem
package import OCI
internal import Snapshots
internal import Store
package import SystemPackage
internal import Vocabulary
package import Workspaces

/// What `package`, `publish` and `snapshot export` were asked.
package struct PackageRequest: Sendable {
    /// What becomes of the environment's present state.
    package enum Content: Sendable, Hashable {
        /// A snapshot that is made for the package, where there is anything to keep.
        case present
        /// One that the user has saved.
        case snapshot(String)
        case none
    }

    package var content: Content
    /// Whether the Envfile, its files and the images of all services belong to it.
    package var hasProject: Bool
    /// Whether folders that services share with the host belong to it.
    package var hasFolders = false
    /// The version of this program.
    package var version: String
    /// For the files of the project.
    package var request: ProjectRequest

    package init(_ content: Content, hasProject: Bool, version: String, request: ProjectRequest) {
        self.content = content
        self.hasProject = hasProject
        self.version = version
        self.request = request
    }
}

/// Where a package goes.
package enum PackageTarget: Sendable {
    /// A file, absolute, and what the user calls it.
    case file(FilePath, shown: String)
    case standardOutput
    case registry(Reference)

    /// A file as the user names it; `-` is standard output.
    package init(file: String, _ request: ProjectRequest) {
        self =
            file == "-"
            ? .standardOutput : .file(FilePath(request.workingDirectory).pushing(FilePath(file)), shown: file)
    }
}

extension EnvironmentControl {
    /// Packs an environment. The caller holds the environment's lock. What was only made for the package is gone afterwards.
    package func pack(
        _ request: PackageRequest, _ identity: EnvironmentTarget, to target: PackageTarget, _ sink: any EventSink
    ) async throws -> PackageReport {
        let host = try context.host()
        let workspace = Workspace(id: identity.id, host: host)
        let catalog = SnapshotCatalog(host, of: identity.id)
        try catalog.removeUnfinished()
        let earlier = try host.images.store.inventory()
        let (content, temporary) = try snapshot(for: request, identity, workspace, catalog, sink)
        let result: Result<PackageReport, any Error>
        do {
            result = .success(try await write(request, content, identity, host, to: target, sink))
        } catch {
            result = .failure(error)
        }
        // The failure that is thrown says more than that of the clean-up, which `prune` repeats.
        if let temporary { try? catalog.delete(temporary) }
        try? host.images.collect(since: earlier) { try host.neededLayers() }
        return try result.get()
    }

    /// The snapshot that becomes part of a package, and its record where that has to go again.
    private func snapshot(
        for request: PackageRequest, _ identity: EnvironmentTarget, _ workspace: Workspace,
        _ catalog: SnapshotCatalog, _ sink: any EventSink
    ) throws -> (PackageDocument.Snapshot?, temporary: SnapshotRecord?) {
        switch request.content {
        case .none: return (nil, nil)
        case .snapshot(let name):
            return (PackageDocument.Snapshot(name: name, document: try catalog.find(name).document), nil)
        case .present:
            guard try hasContent(workspace) else { return (nil, nil) }
            var save = SnapshotSaveRequest(name: nil, version: request.version)
            save.isTemporary = true
            let name = try SnapshotName("package-\(UInt32.random(in: 0...UInt32.max))")
            let record = try capture(name, save, identity, workspace, sink)
            return (PackageDocument.Snapshot(name: "package", document: try record.decoded()), record)
        }
    }

    private func write(
        _ request: PackageRequest, _ snapshot: PackageDocument.Snapshot?, _ identity: EnvironmentTarget, _ host: Host,
        to target: PackageTarget, _ sink: any EventSink
    ) async throws -> PackageReport {
        let protection = try host.images.store.protect()
        let (artifact, document) = try compose(request, snapshot, identity, host, sink)
        let descriptor = try host.images.store.store(artifact)
        try await withTaskExecutorPreference(BlockingExecutor(label: "trice.package")) {
            try await send(descriptor, document, host, to: target, sink)
        }
        _ = consume protection
        return PackageReport(descriptor, artifact, document, target)
    }

    /// Packs all layers, and writes down what they are.
    private func compose(
        _ request: PackageRequest, _ snapshot: PackageDocument.Snapshot?, _ identity: EnvironmentTarget, _ host: Host,
        _ sink: any EventSink
    ) throws -> (Artifact, PackageDocument) {
        let project = identity.project
        var document = PackageDocument(
            architecture: Platform.host.architecture, version: request.version,
            project: project?.environment.name ?? identity.id.text)
        var images = PackagedImages(host: host)
        var ownLayers: [Artifact.Layer] = []
        if request.hasProject, let project {
            for name in try images.add(project) {
                sink.note("the image \(name) is not on this machine and no part of the package", isWarning: true)
            }
            let (files, layer) = try packFiles(request, project, host)
            document.files = files
            ownLayers.append(layer)
        }
        if let snapshot {
            try images.add(snapshot.document)
            document.snapshot = PackageDocument.Snapshot(
                name: snapshot.name, document: try images.pack(snapshot.document))
        }
        document.images = images.images
        let layers = images.layers.values.sorted { $0.diffID.hex < $1.diffID.hex } + ownLayers
        return (
            Artifact(type: PackageDocument.artifactType, document: try JSONCoding.text(document), layers: layers),
            document
        )
    }

    private func packFiles(
        _ request: PackageRequest, _ project: Project, _ host: Host
    ) throws -> (PackageDocument.Files, Artifact.Layer) {
        var all = request.request
        all.profiles = ["*"]
        let whole = try Project.load(all, selecting: [], isShared: true)
        let selection = try PackagedFiles(whole, hasFolders: request.hasFolders)
        let work = layout.copies.appending("package-\(getpid())")
        try Files.removeTree(work)
        // The failure that is thrown says more than that of the clean-up.
        defer { try? Files.removeTree(work) }
        try Files.createDirectory(layout.copies, mode: 0o700)
        try Files.createDirectory(work, mode: 0o755)
        try selection.copy(to: work)
        let layer = try host.images.local.pack(files: work)
        var files = PackageDocument.Files(layer: layer.diffID.hex, paths: selection.included.keys.sorted())
        files.leftOut = selection.leftOut.values.sorted { $0.path < $1.path }
        for index in files.leftOut.indices where files.leftOut[index].reason == .variables {
            let file = FilePath(project.environment.directory).pushing(FilePath(files.leftOut[index].path))
            files.leftOut[index].variables = PackagedFiles.variables(in: try Files.text(file) ?? "")
        }
        files.plainSecrets = try selection.plainSecrets(of: whole.environment.workloads)
        let begin = try request.request.locate().files
        let found = try? EnvfileLocator().locate(from: project.environment.directory)
        if begin.first != found || begin.count > 2 { files.envfiles = begin.map(selection.relative) }
        return (files, layer)
    }

    private func send(
        _ descriptor: Descriptor, _ document: PackageDocument, _ host: Host, to target: PackageTarget,
        _ sink: any EventSink
    ) async throws {
        let store = host.images.store
        switch target {
        case .file(let path, let shown):
            do {
                // What it has of volumes is closed to others where it comes from.
                try Files.writeWhole(path, mode: 0o600) {
                    try store.write(
                        artifactArchive: descriptor, named: document.project, to: FileDescriptor(rawValue: $0),
                        subject: shown)
                }
            } catch let error as SystemError {
                throw EngineError(.snapshot, "Could not write `\(shown)`: \(error.errno).", causes: [error])
            }
        case .standardOutput:
            try store.write(
                artifactArchive: descriptor, named: document.project, to: .standardOutput, subject: "standard output")
        case .registry(let reference):
            let reporter = Reporter(
                operation: OperationID(.push, 0), resource: "environment \(document.project)", action: "publish",
                sink: sink)
            try await reporter.report {
                try store.push(descriptor, to: reference) { reporter.send($0) }
            }
        }
    }
}

extension PackageReport {
    init(_ descriptor: Descriptor, _ artifact: Artifact, _ document: PackageDocument, _ target: PackageTarget) {
        self.target =
            switch target {
            case .file(_, let shown): shown
            case .standardOutput: "-"
            case .registry(let reference): PackageSource.scheme + reference.familiar
            }
        digest = "\(descriptor.digest)"
        size = artifact.layers.reduce(0) { $0 + $1.blob.size }
        project = document.project
        snapshot = document.snapshot?.name
        containers = document.snapshot?.document.containers.map { "\($0.id)" } ?? []
        volumes = document.snapshot?.document.volumes.map(\.name) ?? []
        images = document.images.flatMap(\.references).map { $0.name(in: document.project) }.sorted()
        files = document.files?.paths ?? []
        leftOut = document.files?.leftOut ?? []
        plainSecrets = document.files?.plainSecrets ?? []
    }
}
