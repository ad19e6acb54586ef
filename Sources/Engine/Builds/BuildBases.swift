internal import Builder
internal import Envfile
internal import Images
internal import OCI
internal import Synchronization
internal import SystemPackage

/// The images that builds start from: as the project's lock says, and brought when they are missing.
struct BuildBases: BaseImages {
    let host: Host
    /// The project's images; `nil` for a build without a project.
    let images: ProjectImages?
    /// The texts that were asked for.
    let used = UsedBases()

    func image(
        named text: String, relativeTo directory: FilePath?, pulls: Bool
    ) async throws -> LocalImage {
        let images = ProjectImages(
            host: host, directory: directory?.string ?? self.images?.directory ?? "/",
            lock: self.images?.lock ?? LockFile())
        used.insert(text)
        let isLocked = images.lock.images[try key(text, images)] != nil
        let image = pulls && !isLocked ? try images.pull(text) : try images.ensure(text)
        return try host.images.local.base(image)
    }

    private func key(_ text: String, _ images: ProjectImages) throws -> String {
        try ImageReference(text, relativeTo: images.directory).description
    }
}

/// The references that the stages of a build name.
final class UsedBases: Sendable {
    private let texts = Mutex<Set<String>>([])

    func insert(_ text: String) {
        texts.withLock { _ = $0.insert(text) }
    }

    var all: [String] { texts.withLock { $0.sorted() } }
}

/// Files for `ADD`, by `trice-remote`.
struct BuildDownloads: FileDownloads {
    let host: Host

    func download(_ address: String, into directory: FilePath) async throws -> DownloadedFile {
        let file = try host.images.store.download(address, into: directory)
        return DownloadedFile(path: file.path, digest: file.digest)
    }
}
