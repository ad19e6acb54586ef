internal import Images
internal import LinuxSystem
internal import OCI
internal import Registry
internal import Synchronization

/// Pulls one image; unpacks several layers at once during the download.
struct PullTransfer: Sendable {
    let client: RegistryClient
    let store: ImageStore
    let emit: @Sendable (RemoteEvent) -> Void

    /// - Parameter type: the artifact type that the manifest must have; `nil` for images.
    func pull(_ reference: Reference, artifactType type: String? = nil) async throws -> Descriptor {
        let (image, index) = try await documents(of: reference)
        if let type, image.artifactType != type {
            throw ImageError(
                .invalidImage,
                "\(reference) is not an environment that `trice publish` has sent: its type is "
                    + "`\(image.artifactType ?? "image")`.")
        }
        let configuration = try await document(image.configuration, of: reference)
        let layers = try image.layers(configuration, for: store.platform)
        for layer in layers { report(layer, .waiting) }
        try await withEach(of: layers) { try await bring($0, of: reference) }
        return try image.store(configuration, from: index, in: store.content)
    }

    /// The manifest for the platform, and the digest of its index if it has one.
    private func documents(of reference: Reference) async throws -> (IncomingImage, Digest?) {
        var (descriptor, bytes) = try await client.manifest(of: reference)
        var index: Digest?
        var depth = 0
        while !descriptor.mediaType.isManifest {
            guard depth < IncomingImage.nestingLimit else {
                throw ImageError(.invalidImage, "The image \(reference) has indexes that are nested too deeply.")
            }
            index = index ?? descriptor.digest
            let chosen = try IncomingImage.select(from: bytes, descriptor, for: store.platform)
            (descriptor, bytes) = try await client.manifest(of: reference.pinned(to: chosen.digest))
            depth += 1
        }
        return (try IncomingImage(descriptor, bytes), index)
    }

    /// The content of a small blob, from the store if the store has it.
    private func document(_ descriptor: Descriptor, of reference: Reference) async throws -> [UInt8] {
        if store.content.contains(descriptor.digest) { return try store.content.read(descriptor) }
        var bytes: [UInt8] = []
        try await client.blob(descriptor, of: reference, verify: true) { piece in
            piece.withUnsafeBytes { bytes += $0 }
        }
        return bytes
    }
}

// MARK: - Layers

extension PullTransfer {
    /// Gets the missing parts of a layer: its blob, its directory, or both in one pass.
    private func bring(_ layer: IncomingImage.Layer, of reference: Reference) async throws {
        if isPresent(layer) { return report(layer, .present, completed: layer.blob.size) }
        // Another process that pulls the same layer is waited for; the wait and the work block a separate thread.
        try await withTaskExecutorPreference(BlockingExecutor(label: "trice.layer")) {
            let lock = try store.layers.lock(layer.diffID)
            if isPresent(layer) {
                report(layer, .present, completed: layer.blob.size)
            } else if store.content.contains(layer.blob.digest) {
                try store.layers.unpack(
                    blob: store.content.path(of: layer.blob.digest), digest: layer.blob.digest, diffID: layer.diffID
                ) { meter(layer, .unpacking)($0) }
                report(layer, .done, completed: layer.blob.size)
            } else if store.layers.contains(layer.diffID) {
                try await downloadBlob(layer, of: reference)
            } else {
                try await downloadAndUnpack(layer, of: reference)
            }
            _ = consume lock
        }
    }

    private func isPresent(_ layer: IncomingImage.Layer) -> Bool {
        store.content.contains(layer.blob.digest) && store.layers.contains(layer.diffID)
    }

    private func downloadAndUnpack(_ layer: IncomingImage.Layer, of reference: Reference) async throws {
        let channel = ByteChannel()
        let download = Task(executorPreference: globalConcurrentExecutor) {
            do {
                try await client.blob(layer.blob, of: reference) { piece in
                    try await channel.send(piece.withUnsafeBytes { Array($0) })
                }
                channel.finish()
            } catch {
                channel.fail(ImageError(.remote, "\(error)", cause: error))
                throw error
            }
        }
        try await withTaskCancellationHandler {
            do {
                try store.layers.unpack(
                    from: channel, layer.blob, diffID: layer.diffID, into: store.content,
                    progress: meter(layer, .downloading))
            } catch {
                download.cancel()
                // After a failed download, the error of the download is the better one.
                if case .failure(let reason) = await download.result, (reason as? RegistryError)?.code != .callerFailed,
                    (reason as? RegistryError)?.code != .cancelled
                {
                    throw reason
                }
                throw error
            }
        } onCancel: {
            download.cancel()
        }
        try await download.value
        report(layer, .done, completed: layer.blob.size)
    }

    /// Downloads only the blob: the layer's directory exists, from another image with another compression of it.
    private func downloadBlob(_ layer: IncomingImage.Layer, of reference: Reference) async throws {
        let writer = try store.content.writer(layer.blob.digest.algorithm)
        let meter = meter(layer, .downloading)
        try await client.blob(layer.blob, of: reference) { piece in
            try piece.withUnsafeBytes { try writer.write($0) }
            meter(writer.size)
        }
        try writer.commit(expecting: layer.blob.digest, size: layer.blob.size)
        report(layer, .done, completed: layer.blob.size)
    }
}

// MARK: - Progress

extension PullTransfer {
    private func report(_ layer: IncomingImage.Layer, _ phase: LayerProgress.Phase, completed: Int64 = 0) {
        emit(
            .layer(
                LayerProgress("\(layer.blob.digest)", phase, completed: completed, total: layer.blob.size)))
    }

    private func meter(_ layer: IncomingImage.Layer, _ phase: LayerProgress.Phase) -> (Int64) -> Void {
        let pace = Pace()
        return { completed in
            if pace.isDue { report(layer, phase, completed: completed) }
        }
    }
}

/// Limits reports to twenty a second.
final class Pace: Sendable {
    private let last = Mutex(ContinuousClock.now)

    var isDue: Bool {
        let now = ContinuousClock.now
        return last.withLock { last in
            guard now - last >= .milliseconds(50) else { return false }
            last = now
            return true
        }
    }
}
