internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import OCI
package import SystemPackage

// How a root file system becomes an image.
extension LocalImages {
    /// Makes an image of the tar of a root file system, compressed or not, from a file.
    ///
    /// - Throws: `.systemCall` for what is not a regular file; see the form for open files.
    @discardableResult
    package func importRootfs(
        from path: FilePath, subject: String, step: ImageStep, named name: String?, edit: ExecutionEdit? = nil
    ) throws(ImageError) -> LocalImage {
        try importRootfs(FileSource(path, subject: subject), step: step, named: name, edit: edit)
    }

    /// Makes an image of the tar of a root file system, compressed or not, from an open file or a pipe.
    ///
    /// - Throws: `.invalidArchive` and the other errors of unpacking a layer; the store does not change then.
    @discardableResult
    package func importRootfs(
        from file: FileDescriptor, subject: String, step: ImageStep, named name: String?, edit: ExecutionEdit? = nil
    ) throws(ImageError) -> LocalImage {
        let own = try attempting("read \(subject)") { () throws(SystemError) in
            OwnedDescriptor(owning: try systemCall("fcntl", subject) { cl_fcntl(file.rawValue, F_DUPFD_CLOEXEC, 0) })
        }
        return try importRootfs(FileSource(own, subject: subject), step: step, named: name, edit: edit)
    }

    private func importRootfs(
        _ file: FileSource, step: ImageStep, named name: String?, edit: ExecutionEdit?
    ) throws(ImageError) -> LocalImage {
        let source = try PeekedSource(file, Compression.probeLength)
        let compression = Compression.of(source.start)
        return try withoutCollection { () throws(ImageError) in
            let blob = try store.content.writer()
            let layer = try store.layers.unpack(
                source, LayerExpectation(), copy: compression.copy(to: blob))
            let descriptor = Descriptor(compression.mediaType, layer.digest, size: layer.size)
            var configuration = ImageConfiguration(
                platform: store.platform, diffIDs: [layer.diffID], history: [step.history(isEmpty: false)])
            configuration.created = step.created
            configuration.author = step.author
            try edit?(&configuration.config)
            let image = try LocalImage(
                configuration: configuration,
                baseLayers: [LocalImage.BaseLayer(blob: descriptor, diffID: layer.diffID)])
            if let name { try records.set(image, named: name) }
            return image
        }
    }
}
