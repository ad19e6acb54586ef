internal import Builder
internal import Images
internal import LinuxSystem
internal import OCI
internal import SystemPackage
package import Workspaces

internal import struct Vocabulary.OperationID

/// How images are saved.
package enum ArchiveFormat: String, Sendable, CaseIterable {
    /// A tar of an OCI image layout.
    case oci
    /// What `docker load` reads.
    case docker
    /// A directory that is an OCI image layout.
    case directory
}

extension ImageAdministration {
    /// Writes images as one archive; `path` is `nil` for standard output.
    package func saveImages(_ names: [String], as format: ArchiveFormat, to path: String?) throws {
        let host = try host()
        let entries = try names.map { try host.find($0, request) }
        let protection = try host.images.store.protect()
        let items = try entries.map { entry in
            ImageExport.Item(name: entry.reference, descriptor: try host.images.packed(entry))
        }
        let export = ImageExport(content: host.images.store.content)
        if format == .directory {
            guard let path else { throw EngineError(.image, "A directory has to have a name: use --output DIRECTORY.") }
            try export.write(items, toLayout: absolute(path))
        } else {
            let archive: ImageExport.Format = format == .oci ? .ociArchive : .dockerArchive
            guard let path else {
                return try export.write(items, as: archive, to: .standardOutput, subject: "standard output")
            }
            do {
                try Files.writeWhole(absolute(path), mode: 0o600) {
                    try export.write(items, as: archive, to: FileDescriptor(rawValue: $0), subject: path)
                }
            } catch let error as SystemError {
                throw EngineError(.image, "Could not write \(path): \(error).")
            }
        }
        _ = consume protection
    }

    /// Brings the images of an archive or of a layout under the names that they have there.
    ///
    /// - Returns: the names; for an image without one the name that the archive itself gives it.
    package func loadImages(_ path: String, sink: any EventSink) throws -> [String] {
        let host = try host()
        let file = absolute(path)
        let protection = try host.images.store.protect()
        var names: [String] = []
        for (number, entry) in try ArchiveListing(file).entries.enumerated() {
            guard let reference = entry.reference else {
                sink.note("an image without a name was left out", isWarning: true)
                continue
            }
            let reporter = Reporter(
                operation: OperationID(.load, number), resource: "image \(reference)", action: "load", sink: sink)
            reporter.send(.started)
            let image = try host.images.store.ensure(reference) { reporter.send($0) }
            reporter.send(.finished)
            let source = try host.find(image.reference, request)
            // A name that no registry could have was given by another tool to something of its own.
            let targets = entry.names.compactMap { try? ImageReference($0, relativeTo: "/") }.filter(
                \.namesAnImageAnywhere)
            for target in targets {
                if case .registry(let reference) = target {
                    try host.images.tag(source, as: reference)
                } else {
                    try host.images.store.setPackaged(source.reference, as: target)
                }
            }
            names += targets.isEmpty ? [image.reference] : targets.map(\.familiar)
            if !targets.isEmpty { try host.images.remove(named: image.reference) }
        }
        _ = consume protection
        return names
    }

    /// Makes an image of a root file system in a tar; `-` is standard input.
    package func importImage(
        _ path: String, as name: String, message: String?, changes texts: [String]
    ) throws -> ImageRow {
        let changes = try ConfigurationChanges(texts)
        let host = try host()
        let target = try Reference(name).checkedTag(name).description
        let protection = try host.images.store.protect()
        let step = ImageStep(createdBy: "trice image import \(path)", comment: message)
        let platform = host.images.store.platform
        let edit: ExecutionEdit = { (execution) throws(ImageError) in
            try execution.apply(
                changes, to: ImageConfiguration(platform: platform, config: execution, diffIDs: []))
        }
        let local = host.images.local
        let apply = texts.isEmpty ? nil : edit
        if path == "-" {
            try local.importRootfs(from: .standardInput, subject: path, step: step, named: target, edit: apply)
        } else {
            try local.importRootfs(from: absolute(path), subject: path, step: step, named: target, edit: apply)
        }
        try host.images.store.remove(named: target)
        _ = consume protection
        return try host.find(name, request).row(usedBy: [])
    }

    private func absolute(_ path: String) -> FilePath {
        FilePath(request.workingDirectory).pushing(FilePath(path))
    }
}
