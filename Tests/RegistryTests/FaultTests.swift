import OCI
import TestSupport
import Testing

@testable import Registry

/// What a bad network does to a transfer is made good, or becomes one clear error.
@Suite(
    .timeLimit(.minutes(5)),
    .enabled("needs docker-registry, openssl and htpasswd") { try RegistryServer.isInstalled() })
struct FaultTests {
    let directory: TemporaryDirectory
    let server: RegistryServer
    static let size = 3_000_000
    let bytes = noise(FaultTests.size)

    init() throws {
        directory = try TemporaryDirectory()
        server = try RegistryServer(in: directory.path)
    }

    /// Pushes the blob to the registry, and reads it through a proxy with faults.
    private func reading<Result>(
        _ faults: [Fault], stall: Duration = .seconds(10), clock: ImpatientClock = ImpatientClock(),
        retry: RetryPolicy = RetryPolicy(),
        _ body: (RegistryClient, Descriptor, Reference, ScriptedServer) async throws -> Result
    ) async throws -> Result {
        let blob = try descriptor(bytes)
        try await withClient(directory) { client in
            try await client.upload(blob, to: Reference("\(server.name)/app:1"), content: BlobContent(bytes))
        }
        return try await FaultProxy.spoiling(server.port, faults, where: { $0.path.contains("/blobs/sha256:") }) {
            proxy in
            try await withClient(directory, retry: retry, stall: stall, clock: clock) { client in
                try await body(client, blob, Reference("\(proxy.name)/app:1"), proxy)
            }
        }
    }

    /// The blob comes whole and once.
    private func expectAll(_ client: RegistryClient, _ blob: Descriptor, _ reference: Reference) async throws {
        let read = try await client.bytes(blob, of: reference, verify: true)
        #expect(read == bytes)
    }

    private func ranges(_ proxy: ScriptedServer) -> [String] {
        proxy.requests.compactMap { $0.headers.first(name: "Range") }
    }

    /// Where each request for a rest begins. What a connection that broke had not handed over yet is asked for again.
    private func offsets(_ proxy: ScriptedServer) -> [Int] {
        ranges(proxy).compactMap { Int($0.dropFirst("bytes=".count).dropLast()) }
    }

    @Test func aConnectionThatBreaksGoesOnWhereItWas() async throws {
        try await reading([.truncate(after: 1_000_000), .truncate(after: 500_000)]) { client, blob, reference, proxy in
            try await expectAll(client, blob, reference)
            let offsets = offsets(proxy)
            #expect(offsets.count == 2 && offsets == offsets.sorted())
            #expect(offsets.allSatisfy { (1...1_500_000).contains($0) })
        }
    }

    @Test func aConnectionThatStandsStillIsGivenUpAndResumed() async throws {
        try await reading([.stall(after: 700_000)], stall: .milliseconds(300)) { client, blob, reference, proxy in
            try await expectAll(client, blob, reference)
            #expect(ranges(proxy) == ["bytes=700000-"])
        }
    }

    @Test func aServerThatIgnoresRangesSendsAllAgainAndTheConsumerSeesItOnce() async throws {
        try await reading([.truncate(after: 1_234_567), .ignoreRange]) { client, blob, reference, proxy in
            try await expectAll(client, blob, reference)
            #expect(offsets(proxy).count == 1 && offsets(proxy).allSatisfy { (1...1_234_567).contains($0) })
        }
    }

    @Test(arguments: [429, 500, 503])
    func aServerThatIsBusyIsAskedAgain(_ status: Int) async throws {
        let clock = ImpatientClock()
        try await reading(
            [.answer(status, ["Retry-After": "7"]), .truncate(after: 10), .answer(status)], clock: clock
        ) { client, blob, reference, proxy in
            try await expectAll(client, blob, reference)
            #expect(proxy.count(.GET) { $0.path.contains("sha256") } == 4)
            #expect(clock.sleeps.count == 3)
            #expect((clock.sleeps.first ?? .zero) > .seconds(6))
            #expect((clock.sleeps.last ?? .zero) < .seconds(2))
        }
    }

    @Test func aConnectionThatClosesWithoutAnAnswerIsTriedAgain() async throws {
        try await reading([.hangUp, .hangUp]) { client, blob, reference, _ in
            try await expectAll(client, blob, reference)
        }
    }

    @Test func aByteThatChangesIsFound() async throws {
        try await reading([.corrupt(at: 2_000_000)]) { client, blob, reference, _ in
            let error = try await registryError { _ = try await client.bytes(blob, of: reference, verify: true) }
            #expect(error.code == .digestMismatch)
        }
    }

    @Test func aConnectionThatBreaksAgainAndAgainIsGivenUp() async throws {
        let faults = [Fault](repeating: .truncate(after: 1000), count: 50)
        try await reading(faults) { client, blob, reference, proxy in
            let error = try await registryError { _ = try await client.bytes(blob, of: reference) }
            #expect(error.code == .connectionBroken)
            #expect(error.message.contains(proxy.name))
            #expect(proxy.count(.GET) { $0.path.contains("sha256") } == RetryPolicy().attempts)
        }
    }

    @Test func whatMakesProgressIsNotGivenUp() async throws {
        // More failures than attempts; each answer brings more than the policy's measure of progress.
        var policy = RetryPolicy()
        policy.progress = 500_000
        let faults = [Fault](repeating: .stall(after: 250_000), count: 11)
        try await reading(faults, stall: .milliseconds(300), retry: policy) { client, blob, reference, proxy in
            try await expectAll(client, blob, reference)
            #expect(ranges(proxy).count == 11)
        }
    }

    @Test func aSlowConsumerGetsEverything() async throws {
        try await reading([], stall: .milliseconds(100), retry: .none) { client, blob, reference, proxy in
            var read: [UInt8] = []
            var pauses = 0
            try await client.blob(blob, of: reference) { piece in
                piece.withUnsafeBytes { read += $0 }
                guard pauses < 3 else { return }
                pauses += 1
                try await Task.sleep(for: .milliseconds(300))
            }
            #expect(read == bytes)
        }
    }

    @Test func aServerThatStaysBusyIsGivenUp() async throws {
        let faults = [Fault](repeating: .answer(503), count: 50)
        try await reading(faults) { client, blob, reference, proxy in
            let error = try await registryError { _ = try await client.bytes(blob, of: reference) }
            #expect(error.code == .serverFailed)
            #expect(error.message.contains("503"))
            #expect(proxy.count(.GET) { $0.path.contains("sha256") } == RetryPolicy().attempts)
        }
    }

    @Test func aServerThatAsksForTooLongAPauseIsNotWaitedFor() async throws {
        let clock = ImpatientClock()
        try await reading([.answer(429, ["Retry-After": "21600"])], clock: clock) { client, blob, reference, _ in
            let error = try await registryError { _ = try await client.bytes(blob, of: reference) }
            #expect(error.code == .rateLimited)
            #expect(error.message.contains("21600 seconds") && error.message.contains("trice login"))
            #expect(clock.sleeps.isEmpty)
        }
    }

    @Test func aBlobOfAnotherSizeIsNotHandedOn() async throws {
        try await reading([]) { client, blob, reference, _ in
            var short = blob
            short.size -= 1
            var count = 0
            let error = try await registryError {
                try await client.blob(short, of: reference) { count += $0.byteCount }
            }
            #expect(error.code == .sizeMismatch)
            #expect(count == 0)
        }
    }

    @Test func aMirrorThatBreaksForGoodIsLeftInTheMiddle() async throws {
        try await reading([.truncate(after: 900_000), .answer(500), .answer(500)]) { _, blob, _, proxy in
            let settings = RegistrySettings(registries: [server.name: .init(mirrors: ["http://\(proxy.name)"])])
            try await withClient(directory, settings) { client in
                let reference = try Reference("\(server.name)/app:1")
                try await expectAll(client, blob, reference)
                #expect(offsets(proxy).count == 1 && offsets(proxy).allSatisfy { (1...900_000).contains($0) })
            }
        }
    }

    // MARK: Uploads

    @Test(arguments: [UploadMode.whole, .chunks(size: 800_000)])
    func anUploadThatBreaksSucceedsInTheEnd(_ mode: UploadMode) async throws {
        let blob = try descriptor(bytes)
        let faults = [Fault.breakRequest(after: 500_000), .answer(503), .breakRequest(after: 300_000)]
        try await FaultProxy.spoiling(
            server.port, faults, where: { [.PUT, .PATCH].contains($0.method) && $0.path.contains("/uploads/") }
        ) { proxy in
            try await withClient(directory) { client in
                let reference = try Reference("\(proxy.name)/app:1")
                try await client.upload(blob, to: reference, mode: mode, content: BlobContent(bytes))
                try await expectAll(client, blob, reference)
                #expect(proxy.count(.GET) { $0.path.contains("/uploads/") } == 3)
            }
        }
    }

    @Test func aRegistryThatLimitsRequestsGetsChunks() async throws {
        let blob = try descriptor(bytes)
        try await FaultProxy.spoiling(
            server.port, [.answer(413)], where: { $0.method == .PUT && $0.path.contains("/uploads/") }
        ) { proxy in
            try await withClient(directory) { client in
                let reference = try Reference("\(proxy.name)/app:1")
                try await client.upload(blob, to: reference, content: BlobContent(bytes))
                try await expectAll(client, blob, reference)
                #expect(proxy.count(.PATCH) == 1)
            }
        }
    }

    // MARK: Manifests

    @Test func aManifestThatBreaksIsReadAgainAndOneThatChangesIsFound() async throws {
        let config = Array("{}".utf8)
        let text = """
            {"schemaVersion":2,"mediaType":"\(MediaType.manifest.rawValue)","config":{"mediaType":\
            "\(MediaType.configuration.rawValue)","digest":"\(try descriptor(config).digest)","size":2},"layers":[]}
            """
        try await withClient(directory) { client in
            let reference = try Reference("\(server.name)/app:1")
            try await client.upload(try descriptor(config), to: reference, content: BlobContent(config))
            try await client.putManifest(Array(text.utf8), .manifest, as: reference)
        }
        let faults = [Fault.truncate(after: 20), .hangUp, .answer(502)]
        try await FaultProxy.spoiling(server.port, faults, where: { $0.path.contains("/manifests/") }) { proxy in
            try await withClient(directory) { client in
                let reference = try Reference("\(proxy.name)/app:1")
                #expect(try await client.manifest(of: reference).bytes == Array(text.utf8))
                #expect(proxy.count(.GET) { $0.path.contains("/manifests/") } == 4)
            }
        }
        try await FaultProxy.spoiling(
            server.port, [.corrupt(at: 30)], where: { $0.path.contains("/manifests/") }
        ) { proxy in
            try await withClient(directory) { client in
                let error = try await registryError {
                    _ = try await client.manifest(of: Reference("\(proxy.name)/app:1"))
                }
                #expect(error.code == .digestMismatch)
            }
        }
    }
}
