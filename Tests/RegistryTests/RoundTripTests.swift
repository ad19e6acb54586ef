import OCI
import Testing

@testable import Registry

/// Against Debian's docker-registry on plain HTTP.
@Suite(
    .timeLimit(.minutes(5)),
    .enabled("needs docker-registry, openssl and htpasswd") { try RegistryServer.isInstalled() })
struct RoundTripTests {
    let directory: TemporaryDirectory
    let server: RegistryServer

    init() throws {
        directory = try TemporaryDirectory()
        server = try RegistryServer(directory)
    }

    private func reference(_ rest: String) throws -> Reference { try Reference("\(server.name)/\(rest)") }

    @Test(arguments: [UploadMode.whole, .chunks(size: 700_000)])
    func aBlobComesBackAsItWasSent(_ mode: UploadMode) async throws {
        let bytes = noise(3 << 20)
        let blob = try descriptor(bytes)
        let target = try reference("team/app:1")
        try await withClient(directory) { client in
            #expect(try await !client.hasBlob(blob, in: target))
            try await client.upload(blob, to: target, mode: mode, content: BlobContent(bytes))
            #expect(try await client.hasBlob(blob, in: target))
            #expect(try await client.bytes(blob, of: target, verify: true) == bytes)
        }
    }

    @Test func anEmptyBlobComesBack() async throws {
        let blob = try descriptor([])
        let target = try reference("app:1")
        try await withClient(directory) { client in
            try await client.upload(blob, to: target, content: BlobContent([]))
            #expect(try await client.hasBlob(blob, in: target))
            #expect(try await client.bytes(blob, of: target, verify: true).isEmpty)
        }
    }

    @Test(arguments: [UploadMode.whole, .chunks(size: 1)])
    func aBlobOfOneByteComesBack(_ mode: UploadMode) async throws {
        let blob = try descriptor([7])
        let target = try reference("app:1")
        try await withClient(directory) { client in
            try await client.upload(blob, to: target, mode: mode, content: BlobContent([7]))
            #expect(try await client.bytes(blob, of: target, verify: true) == [7])
        }
    }

    @Test func aBlobIsMountedFromAnotherRepository() async throws {
        let bytes = noise(1000)
        let blob = try descriptor(bytes)
        try await withClient(directory) { client in
            try await client.upload(blob, to: reference("one:1"), content: BlobContent(bytes))
            #expect(try await client.mount(blob, from: "one", to: reference("two:1")))
            #expect(try await client.bytes(blob, of: reference("two:1")) == bytes)
            let other = try descriptor(noise(10, seed: 2))
            #expect(try await !client.mount(other, from: "one", to: reference("two:1")))
        }
    }

    /// Pushes an image with one layer and returns its manifest's descriptor and bytes.
    private func push(_ client: RegistryClient, _ target: Reference) async throws -> (Descriptor, [UInt8]) {
        let config = Array(#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#.utf8)
        let layer = noise(5000)
        try await client.upload(try descriptor(config), to: target, content: BlobContent(config))
        try await client.upload(try descriptor(layer), to: target, content: BlobContent(layer))
        let manifest = Array(
            """
            {"schemaVersion":2,"mediaType":"\(MediaType.manifest.rawValue)",\
            "config":{"mediaType":"\(MediaType.configuration.rawValue)","digest":"\(try descriptor(config).digest)","size":\(config.count)},\
            "layers":[{"mediaType":"\(MediaType.layerGzip.rawValue)","digest":"\(try descriptor(layer).digest)","size":\(layer.count)}]}
            """.utf8)
        return (try await client.putManifest(manifest, .manifest, as: target), manifest)
    }

    @Test func aManifestIsReadByTagAndByDigest() async throws {
        try await withClient(directory) { client in
            let (pushed, bytes) = try await push(client, reference("team/app:1.0"))
            let byTag = try await client.manifest(of: reference("team/app:1.0"))
            #expect(byTag.descriptor == pushed)
            #expect(byTag.bytes == bytes)
            let byDigest = try await client.manifest(of: reference("team/app@\(pushed.digest)"))
            #expect(byDigest.descriptor == pushed)
            #expect(try await client.resolve(reference("team/app:1.0")) == pushed)
            #expect(try await client.resolve(reference("team/app:1.0@\(pushed.digest)")) == pushed)
        }
    }

    @Test func anIndexIsPushedAndRead() async throws {
        try await withClient(directory) { client in
            let (manifest, _) = try await push(client, reference("app:amd64"))
            let text = """
                {"schemaVersion":2,"mediaType":"\(MediaType.index.rawValue)","manifests":[{"mediaType":\
                "\(MediaType.manifest.rawValue)","digest":"\(manifest.digest)","size":\(manifest.size),\
                "platform":{"architecture":"amd64","os":"linux"}}]}
                """
            let pushed = try await client.putManifest(Array(text.utf8), .index, as: reference("app:all"))
            let read = try await client.manifest(of: reference("app:all"))
            #expect(read.descriptor == pushed)
            #expect(read.descriptor.mediaType == .index)
            #expect(read.bytes == Array(text.utf8))
        }
    }

    @Test func aManifestWithoutItsBlobsIsRefusedWithTheReason() async throws {
        let blob = try descriptor(noise(10))
        let text = """
            {"schemaVersion":2,"mediaType":"\(MediaType.manifest.rawValue)","config":{"mediaType":\
            "\(MediaType.configuration.rawValue)","digest":"\(blob.digest)","size":10},"layers":[]}
            """
        try await withClient(directory) { client in
            let error = try await registryError {
                try await client.putManifest(Array(text.utf8), .manifest, as: reference("app:1"))
            }
            #expect(error.code == .refused)
            #expect(error.message.contains("MANIFEST_BLOB_UNKNOWN"))
        }
    }

    @Test func contentThatIsNotItsDigestIsRefused() async throws {
        let blob = try descriptor(noise(1000))
        try await withClient(directory) { client in
            let error = try await registryError {
                try await client.upload(blob, to: reference("app:1"), content: BlobContent(noise(1000, seed: 2)))
            }
            #expect(error.code == .digestMismatch)
        }
    }

    @Test func contentThatEndsTooEarlyIsTheCallersFailure() async throws {
        let blob = try descriptor(noise(1000))
        try await withClient(directory) { client in
            let error = try await registryError {
                try await client.upload(blob, to: reference("app:1"), content: BlobContent(noise(900)))
            }
            #expect(error.code == .callerFailed)
            #expect(error.message.contains("ends after 900 bytes"))
        }
    }

    @Test func whatIsNotThereIsNotFound() async throws {
        try await withClient(directory) { client in
            let (_, _) = try await push(client, reference("app:1"))
            let noTag = try await registryError { _ = try await client.manifest(of: reference("app:2")) }
            #expect(noTag.code == .notFound)
            #expect(noTag.message.contains("app:2") && noTag.message.contains("MANIFEST_UNKNOWN"))
            let noImage = try await registryError { _ = try await client.resolve(reference("nothing:1")) }
            #expect(noImage.code == .notFound)
            let noBlob = try await registryError {
                _ = try await client.bytes(try descriptor(noise(7)), of: reference("app:1"))
            }
            #expect(noBlob.code == .notFound)
            let noTags = try await registryError { _ = try await client.tags(of: reference("nothing:1")) }
            #expect(noTags.code == .notFound)
        }
    }

    @Test func allTagsAreListed() async throws {
        try await withClient(directory) { client in
            let (_, bytes) = try await push(client, reference("app:1"))
            try await client.putManifest(bytes, .manifest, as: reference("app:2"))
            try await client.putManifest(bytes, .manifest, as: reference("app:latest"))
            #expect(try await client.tags(of: reference("app:1")).sorted() == ["1", "2", "latest"])
        }
    }

    @Test func theConsumersErrorComesBack() async throws {
        let bytes = noise(1 << 20)
        let blob = try descriptor(bytes)
        try await withClient(directory) { client in
            try await client.upload(blob, to: reference("app:1"), content: BlobContent(bytes))
            let error = try await registryError {
                try await client.blob(blob, of: reference("app:1")) { _ in throw TestFailure("the disk is full") }
            }
            #expect(error.code == .callerFailed)
            #expect(error.cause is TestFailure)
        }
    }

    @Test func aMirrorIsReadFirstAndTheRegistryWhereItHasNothing() async throws {
        let mirror = try RegistryServer(directory, .open, "mirror")
        defer { mirror.stop() }
        let settings = RegistrySettings(registries: [server.name: .init(mirrors: ["http://\(mirror.name)"])])
        let here = noise(2000)
        let there = noise(2000, seed: 2)
        try await withClient(directory) { client in
            let (_, bytes) = try await push(client, Reference("\(mirror.name)/app:mirrored"))
            try await client.upload(try descriptor(here), to: reference("app:1"), content: BlobContent(here))
            try await client.upload(
                try descriptor(there), to: Reference("\(mirror.name)/app:1"), content: BlobContent(there))
            let (own, _) = try await push(client, reference("app:own"))
            try await withClient(directory, settings) { client in
                #expect(try await client.manifest(of: reference("app:mirrored")).bytes == bytes)
                #expect(try await client.resolve(reference("app:own")) == own)
                #expect(try await client.bytes(try descriptor(here), of: reference("app:1")) == here)
                #expect(try await client.bytes(try descriptor(there), of: reference("app:1")) == there)
                // What is pushed goes to the registry itself.
                let pushed = noise(100, seed: 3)
                try await client.upload(try descriptor(pushed), to: reference("app:1"), content: BlobContent(pushed))
            }
            #expect(try await client.hasBlob(try descriptor(noise(100, seed: 3)), in: reference("app:1")))
            mirror.stop()
            try await withClient(directory, settings) { client in
                #expect(try await client.resolve(reference("app:own")) == own)
                let error = try await registryError { _ = try await client.resolve(reference("app:mirrored")) }
                #expect(error.code == .notFound)
                #expect(error.message.contains("mirrors") && error.message.contains("refuses the connection"))
            }
        }
    }
}
