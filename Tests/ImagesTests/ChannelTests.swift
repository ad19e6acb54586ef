import Glibc
import Images
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

/// A layer that comes in pieces from a task, as a download does.
@Suite(.timeLimit(.minutes(2))) struct ChannelTests {
    /// A packed layer with what its descriptor and the configuration would say of it.
    private struct Sample {
        var bytes: [UInt8]
        var blob: Descriptor
        var diffID: Digest
    }

    /// `size` is that of the random file `f` in it.
    private func sample(_ fixture: Fixture, _ size: Int, _ extra: String = "") throws -> Sample {
        try fixture.archive(
            "a.tar", "w", "\(extra)\nadd('f', __import__('random').Random(\(size)).randbytes(\(size)), mode=0o600)")
        func digest(_ name: String) throws -> Digest {
            try Digest("sha256:" + fixture.run("sha256sum", [name]).prefix(64))
        }
        try fixture.run("sh", ["-c", "gzip -1 -c a.tar > a.tar.gz"])
        let bytes = try Files.read(fixture.directory.appending("a.tar.gz"))
        return Sample(
            bytes: bytes, blob: Descriptor(.layerGzip, try digest("a.tar.gz"), size: Int64(bytes.count)),
            diffID: try digest("a.tar"))
    }

    /// Unpacks from a channel on a thread of its own while `feed` fills it; the second error is what `feed` got.
    private func unpack(
        _ store: ImageStore, _ sample: Sample, capacity: Int = 1 << 18,
        _ feed: @escaping @Sendable (ByteChannel) async throws -> Void
    ) async -> (unpacking: ImageError?, feeding: (any Error)?) {
        let channel = ByteChannel(capacity: capacity)
        async let feeding =
            Task {
                do {
                    try await feed(channel)
                    return nil
                } catch {
                    return error
                }
            }.value as (any Error)?
        let (blob, diffID) = (sample.blob, sample.diffID)
        let unpacking = await Task(executorPreference: BlockingExecutor(label: "test")) { () -> ImageError? in
            do throws(ImageError) {
                try store.layers.unpack(from: channel, blob, diffID: diffID, into: store.content)
                return nil
            } catch {
                return error
            }
        }.value
        return (unpacking, await feeding)
    }

    private func send(_ bytes: [UInt8], _ piece: Int, to channel: ByteChannel) async throws {
        for start in stride(from: 0, to: bytes.count, by: piece) {
            try await channel.send(Array(bytes[start..<min(start + piece, bytes.count)]))
        }
    }

    private func expectNothing(_ fixture: Fixture, _ store: ImageStore, _ sample: Sample) throws {
        #expect(!store.content.contains(sample.blob.digest) && !store.layers.contains(sample.diffID))
        #expect(try fixture.leftovers() == [])
        #expect(try Files.names(in: fixture.directory.appending("state/layers/unsettled")) == [])
    }

    /// One thread reads the first, several the second.
    @Test(arguments: [1000, 9_000_000], [700, 70_000, 20_000_000])
    func unpacksWhatComesInPieces(_ size: Int, _ piece: Int) async throws {
        let fixture = try Fixture()
        let store = try fixture.store()
        let sample = try sample(fixture, size)
        let errors = await unpack(store, sample) { channel in
            try await send(sample.bytes, piece, to: channel)
            channel.finish()
        }
        #expect(errors.unpacking == nil && errors.feeding == nil)
        #expect(store.content.contains(sample.blob.digest))
        #expect(try Files.read(store.content.path(of: sample.blob.digest)) == sample.bytes)
        #expect(try Files.status(store.layers.directory(of: sample.diffID).appending("f"))?.size == Int64(size))
        #expect(try fixture.leftovers() == [])
    }

    @Test(arguments: [1000, 9_000_000]) func whatIsNotExpectedLeavesNothing(_ size: Int) async throws {
        let fixture = try Fixture()
        let store = try fixture.store()
        let sample = try sample(fixture, size)
        let other = try Digest("sha256:" + String(repeating: "0", count: 64))
        var wrongs = [Sample](repeating: sample, count: 4)
        wrongs[0].blob = Descriptor(.layerGzip, other, size: sample.blob.size)
        wrongs[1].diffID = other
        wrongs[2].blob.size -= 1
        wrongs[3].blob.size += 1
        for wrong in wrongs {
            let errors = await unpack(store, wrong) { channel in
                try await send(sample.bytes, 50_000, to: channel)
                channel.finish()
            }
            #expect(errors.unpacking?.code == .digestMismatch, "\(String(describing: errors.unpacking))")
            try expectNothing(fixture, store, wrong)
        }
        let cut = await unpack(store, sample) { channel in
            try await send(Array(sample.bytes.dropLast(300)), 50_000, to: channel)
            channel.finish()
        }
        #expect([.invalidArchive, .digestMismatch].contains(cut.unpacking?.code))
        try expectNothing(fixture, store, sample)
    }

    @Test(arguments: [1000, 9_000_000]) func aFailedDownloadIsTheReason(_ size: Int) async throws {
        let fixture = try Fixture()
        let store = try fixture.store()
        let sample = try sample(fixture, size)
        let errors = await unpack(store, sample) { channel in
            try await send(Array(sample.bytes.dropLast(300)), 50_000, to: channel)
            channel.fail(ImageError(.notPulled, "The line is dead."))
            channel.finish()
        }
        #expect(errors.unpacking?.message == "The line is dead." && errors.feeding == nil)
        try expectNothing(fixture, store, sample)
    }

    /// A sender of megabytes learns from the channel that the first entry was refused.
    @Test func aRefusedEntryStopsTheDownload() async throws {
        let fixture = try Fixture()
        let store = try fixture.store()
        let sample = try sample(fixture, 30_000_000, "add('../evil', b'x')")
        let errors = await unpack(store, sample) { channel in
            try await send(sample.bytes, 50_000, to: channel)
            channel.finish()
        }
        #expect(errors.unpacking?.code == .forbiddenEntry)
        #expect((errors.feeding as? ImageError)?.code == .forbiddenEntry)
        try expectNothing(fixture, store, sample)
    }

    @Test(.timeLimit(.minutes(1))) func aSenderWaitsForRoomAndCanBeCancelled() async throws {
        let channel = ByteChannel(capacity: 1000)
        try await channel.send([UInt8](repeating: 1, count: 999))
        let task = Task { try await channel.send([1, 2, 3]) }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test(.enabled("needs root to mount a small tmpfs") { try Requirement.met(.root) })
    func fullDiskIsSaidByAllThreads() async throws {
        let fixture = try Fixture()
        let small = fixture.directory.appending("state")
        try Files.createDirectory(small)
        try fixture.run("mount", ["-t", "tmpfs", "-o", "size=8M", "trice-test", small.string])
        defer { _ = try? Mounts.unmount(small) }
        let store = try fixture.store()
        let sample = try sample(fixture, 30_000_000)
        let errors = await unpack(store, sample) { channel in
            try await send(sample.bytes, 50_000, to: channel)
            channel.finish()
        }
        #expect(errors.unpacking?.code == .diskFull)
        #expect((errors.feeding as? ImageError)?.code == .diskFull)
        try expectNothing(fixture, store, sample)
    }

    @Test func theLayersLockMakesTheSecondWait() async throws {
        let fixture = try Fixture()
        let layers = try fixture.store().layers
        let diffID = try Digest("sha256:" + String(repeating: "1", count: 64))
        let first = try layers.lock(diffID)
        let clock = ContinuousClock()
        let second = Task(executorPreference: BlockingExecutor(label: "test")) {
            let lock = try layers.lock(diffID)
            _ = consume lock
            return clock.now
        }
        try await Task.sleep(for: .milliseconds(100))
        let released = clock.now
        _ = consume first
        #expect(try await second.value >= released)
        // The last who had it takes its file away.
        #expect(try fixture.leftovers() == [])
    }
}
