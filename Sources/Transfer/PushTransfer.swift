internal import Glibc
internal import Images
internal import LinuxSystem
internal import OCI
internal import Registry

/// Pushes one image: skips the blobs that the registry has, and mounts the blobs that another repository of it has.
struct PushTransfer: Sendable {
    let client: RegistryClient
    let content: ContentStore
    let emit: @Sendable (RemoteEvent) -> Void

    func push(_ descriptor: Descriptor, to reference: Reference) async throws {
        let image = try OutgoingImage(descriptor, in: content)
        for blob in image.layers { report(blob, .waiting) }
        try await withEach(of: image.layers + [image.configuration]) { try await send($0, to: reference) }
        // The last: from now on the registry shows the image.
        try await client.putManifest(image.manifestBytes, descriptor.mediaType, as: reference)
    }

    private func send(_ blob: Descriptor, to reference: Reference) async throws {
        if try await client.hasBlob(blob, in: reference) { return report(blob, .present, completed: blob.size) }
        let candidates = try content.repositories(of: reference.registry, holding: blob.digest)
        for repository in candidates where repository != reference.repository {
            if await mount(blob, from: repository, to: reference) {
                return report(blob, .present, completed: blob.size)
            }
        }
        let file = BlobFile(try OwnedDescriptor.open(content.path(of: blob.digest)))
        let pace = Pace()
        try await client.upload(
            blob, to: reference,
            content: BlobContent { offset, count in
                if pace.isDue { report(blob, .uploading, completed: offset) }
                return try file.read(from: offset, atMost: count)
            })
        report(blob, .done, completed: blob.size)
    }

    /// A blob that cannot be mounted from another repository is sent instead.
    private func mount(_ blob: Descriptor, from repository: String, to reference: Reference) async -> Bool {
        (try? await client.mount(blob, from: repository, to: reference)) ?? false
    }

    private func report(_ blob: Descriptor, _ phase: LayerProgress.Phase, completed: Int64 = 0) {
        guard blob.mediaType.isLayer else { return }
        emit(.layer(LayerProgress("\(blob.digest)", phase, completed: completed, total: blob.size)))
    }
}

/// A blob's file, read from any place; pread(2).
private final class BlobFile: Sendable {
    private let file: OwnedDescriptor

    init(_ file: consuming OwnedDescriptor) {
        self.file = file
    }

    func read(from offset: Int64, atMost count: Int) throws(SystemError) -> [UInt8] {
        let fd = file.rawValue
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(SystemError) {
                filled = try systemCall("pread", "\(fd)") { pread(fd, buffer.baseAddress, count, off_t(offset)) }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
