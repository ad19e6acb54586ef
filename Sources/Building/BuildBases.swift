internal import Builder
internal import Envfile
internal import Images
internal import OCI
internal import Synchronization
internal import SystemPackage
internal import Workspaces

internal import struct Vocabulary.OperationID

/// The images that builds start from: as the project's lock says, and brought when they are missing.
struct BuildBases: BaseImages {
    let host: Host
    /// The project's images; `nil` for a build without a project.
    let images: ProjectImages?
    let sink: any EventSink
    /// Whether a base that the lock does not name is refused.
    var isFrozen = false
    /// Whether nothing is brought or made.
    var dryRun = false
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
        if isFrozen, !isLocked, case .registry(let named) = try images.reference(text), named.digest == nil {
            throw EngineError(
                .frozen,
                "Envfile.lock would change, and --frozen forbids that: \(text), which a Dockerfile starts from, is not in "
                    + "it. Run `trice build` without --frozen and commit the lock.")
        }
        let asks = pulls && !isLocked
        if !asks, let image = try images.current(text) { return try host.images.local.base(image) }
        if dryRun {
            throw RebuildReason(reason: asks ? "the source of \(text) will be asked" : "\(text) is not in the store")
        }
        let reporter = Reporter(
            operation: OperationID(.base, named: text), resource: "image \(text)", action: "ensure", sink: sink)
        return try await reporter.report {
            let image =
                try asks ? images.pull(text) { reporter.send($0) } : images.ensure(text) { reporter.send($0) }
            return try host.images.local.base(image)
        }
    }

    func cacheImage(named text: String, relativeTo directory: FilePath?) async throws -> LocalImage {
        // The lock says what images start from, and this is no such image.
        let images = ProjectImages(host: host, directory: directory?.string ?? self.images?.directory ?? "/")
        let name = try images.reference(text).description
        if let made = try host.images.local.records.image(named: name) { return made }
        let reporter = Reporter(
            operation: OperationID(.cache, named: text), resource: "image \(text)", action: "cache", sink: sink)
        let beginning = Beginning()
        do {
            // One that is not there is not told as a failure: nothing begins before its first layer does.
            let image = try images.pull(text) { phase in
                if beginning.comes() { reporter.send(.started) }
                reporter.send(phase)
            }
            if beginning.hasCome { reporter.send(.finished) }
            return try host.images.local.base(image)
        } catch {
            if beginning.hasCome { reporter.send(.failed(ErrorReport(of: error).message)) }
            guard let image = try images.lookup(text) else { throw error }
            return try host.images.local.base(image)
        }
    }

    private func key(_ text: String, _ images: ProjectImages) throws -> String {
        try ImageReference(text, relativeTo: images.directory).description
    }
}

/// Whether something has begun, for a caller that reports it once.
private final class Beginning: Sendable {
    private let state = Mutex(false)

    var hasCome: Bool { state.withLock { $0 } }

    /// Whether this is the first call.
    func comes() -> Bool {
        state.withLock { hasCome in
            defer { hasCome = true }
            return !hasCome
        }
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
