internal import Envfile
internal import Glibc
internal import Images
internal import LinuxSystem
internal import OCI
internal import Snapshots
internal import Store
package import SystemPackage
internal import Vocabulary
package import Workspaces

extension EnvironmentControl {
    /// Makes a project directory of a package, loads its images and restores its snapshot.
    ///
    /// - Parameter directory: absolute; made where it is missing, else it must be empty.
    /// - Throws: `EngineError` where anything of it cannot be done; nothing has changed then.
    package func unpackProject(
        _ source: PackageSource, into directory: FilePath, _ sink: any EventSink
    ) async throws -> UnpackedProject {
        try checkEmpty(directory)
        return try await receiving(source, sink) { package in
            guard let files = package.document.files else {
                throw EngineError(
                    .template,
                    "\(source.subject) is an exported snapshot and has no Envfile. In the directory of its project use "
                        + "`trice snapshot import`.")
            }
            var undo = Undo()
            do {
                try write(files, of: package, to: directory, &undo)
                return try await restore(package, files, directory, &undo, sink)
            } catch {
                undo.run()
                throw error
            }
        }
    }

    func checkEmpty(_ directory: FilePath) throws {
        guard let status = try Files.status(directory, followingLinks: true) else { return }
        guard status.kind == .directory else {
            throw EngineError(.template, "`\(directory)` is there already and no directory. Name another one.")
        }
        guard let name = try Files.names(in: directory).first else { return }
        throw EngineError(
            .template,
            "The directory `\(directory)` is not empty: it has `\(name)`. A package needs an empty one: name a new one with "
                + "`--directory`. Nothing was written.")
    }

    /// Writes the files of the project.
    private func write(
        _ files: PackageDocument.Files, of package: ReceivedPackage, to directory: FilePath, _ undo: inout Undo
    ) throws {
        let layer = try OwnedDescriptor.open(
            package.host.images.store.layers.directory.appending(files.layer), O_RDONLY | O_DIRECTORY)
        let isNew = !Files.exists(directory)
        undo.add {
            if isNew { return try Files.removeTree(directory) }
            for name in try Files.names(in: directory) { try Files.removeTree(directory.appending(name)) }
        }
        do throws(SystemError) {
            try Files.createDirectory(directory, keepsUmask: true)
            for path in files.paths {
                let target = directory.appending(path)
                let source = try layer.openBeneath(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
                var status = stat()
                fstat(source.rawValue, &status)
                try Files.createDirectory(target.removingLastComponent(), keepsUmask: true)
                try FileStreams.copy(
                    source, to: target, mode: status.st_mode & 0o100 != 0 ? 0o755 : 0o644, keepsUmask: true)
            }
        } catch {
            throw EngineError(
                .template, "The files of \(package.subject) could not be written: \(error.subject): \(error.errno).",
                causes: [error])
        }
        _ = consume layer
    }

    private func restore(
        _ package: ReceivedPackage, _ files: PackageDocument.Files, _ directory: FilePath, _ undo: inout Undo,
        _ sink: any EventSink
    ) async throws -> UnpackedProject {
        let project = try load(files, directory)
        let host = package.host
        let workspace = Workspace(id: project.id, host: host)
        let lock = try context.lock(workspace, sink)
        guard try !hasContent(workspace) else {
            throw EngineError(
                .template,
                "The environment `\(project.id)` of an earlier project in `\(directory)` still has volumes or containers. Remove "
                    + "them with `trice -p \(project.id) down --volumes`, or use another directory.")
        }
        let images = try package.storeImages()
        var report = UnpackedProject(
            directory: directory.string, environment: project.id, files: files.paths, images: [], snapshot: nil,
            volumes: [], leftOut: files.leftOut, envfiles: files.envfiles)
        for image in package.document.images {
            guard let descriptor = images[image.id] else { continue }
            for reference in image.references.map({ $0.name(in: project.environment.name) }) {
                try name(descriptor, reference, project, host, &undo)
                report.images.append(reference)
            }
        }
        if let snapshot = package.document.snapshot {
            let name = try Self.checkedName(snapshot.name)
            try SnapshotCatalog(host, of: project.id).checkFree(name)
            let record = try package.saveSnapshot(snapshot.document, named: name, of: project.id, images, &undo)
            let document = try withOwnVolumes(record.decoded(), workspace, &undo, sink)
            let durable = host.durable
            let id = project.id
            if try durable.environment(id: id) == nil { undo.add { try durable.deleteEnvironment(id: id) } }
            try await place(document, named: name.rawValue, project, workspace, sharesVolumes: false, sink)
            report.snapshot = name.rawValue
            report.volumes = document.volumes.map(\.name)
        }
        _ = consume lock
        return report
    }

    /// The project as it is now. Secrets and variables are not there yet, and are taken for empty files.
    private func load(_ files: PackageDocument.Files, _ directory: FilePath) throws -> Project {
        var request = context.request
        request.files = files.envfiles.map { directory.appending($0).string }
        request.environmentFiles = []
        request.projectDirectory = nil
        request.projectName = nil
        request.workingDirectory = directory.string
        request.processEnvironment["TRICE_FILE"] = nil
        request.processEnvironment["COMPOSE_FILE"] = nil
        for name in files.leftOut.flatMap(\.variables) where request.processEnvironment[name] == nil {
            request.processEnvironment[name] = "1"
        }
        let missing = files.leftOut.map { directory.pushing(FilePath($0.path)).string }
        return try Project.load(request, selecting: [], missing: Set(missing))
    }

    /// Gives an image the name by which a service means it.
    private func name(
        _ descriptor: Descriptor, _ text: String, _ project: Project, _ host: Host, _ undo: inout Undo
    ) throws {
        let name = try ImageReference(text, relativeTo: project.environment.directory).description
        let images = host.images
        let earlier = try images.store.reference(name)
        let local = try images.local.records.image(named: name)
        undo.add {
            try images.remove(named: name)
            if let earlier { try images.store.content.setReference(name, to: earlier) }
            if let local { try images.local.records.set(local, named: name) }
        }
        try images.store.content.setReference(name, to: descriptor)
        try images.local.records.removeImage(named: name)
    }

    /// Makes the volumes with names of their own, as far as this machine does not have them already.
    private func withOwnVolumes(
        _ content: SnapshotDocument, _ workspace: Workspace, _ undo: inout Undo, _ sink: any EventSink
    ) throws -> SnapshotDocument {
        var document = content
        document.volumes = []
        for volume in content.volumes {
            let name = try VolumeName(volume.name)
            if volume.isShared {
                guard try workspace.host.durable.namedVolume(name) == nil else {
                    sink.note(
                        "the volume `\(name)` is on this machine already and stays as it is: it has a name of its own",
                        isWarning: true)
                    continue
                }
                let host = workspace.host
                let path = layout.namedVolumes.appending(name.rawValue)
                undo.add {
                    try Files.removeTree(path)
                    try host.durable.deleteNamedVolume(name)
                }
                try host.createVolume(named: name, for: workspace.id)
            }
            document.volumes.append(volume)
        }
        return document
    }
}
