import Foundation
import Images
import OCI
import Registry
import Synchronization
import SystemPackage
import TestSupport
import Testing
import Transfer

/// Whole requests, as `trice-remote` carries them out.
@Suite(.timeLimit(.minutes(2))) struct TransferTests {
    private let directory: TemporaryDirectory
    private var state: String { "\(directory.path)/state" }

    init() throws { directory = try TemporaryDirectory() }

    /// The events of a request.
    private func events(_ work: RemoteRequest.Work, registries: String? = nil) async -> [RemoteEvent] {
        let events = Mutex<[RemoteEvent]>([])
        let request = RemoteRequest(
            work, stateDirectory: state, platform: .host, limits: ExtractionLimits(), registries: registries)
        let transfer = Transfer(request, environment: ["HOME": directory.path, "PATH": "/usr/bin:/bin"]) { event in
            events.withLock { $0.append(event) }
        }
        await transfer.run()
        return events.withLock { $0 }
    }

    private func failure(of events: [RemoteEvent]) -> RemoteFailure? {
        if case .failed(let failure)? = events.last { failure } else { nil }
    }

    private func layers(of events: [RemoteEvent]) -> [LayerProgress.Phase] {
        events.compactMap { if case .layer(let progress) = $0 { progress.phase } else { nil } }
    }

    @Test(arguments: [
        ("[]", "at ``"), ("{\"r.lan\": {\"mirrors\": [7]}}", "at `r.lan.mirrors"),
        ("{\"r.lan\": {\"insecure\": \"maybe\"}}", "at `r.lan.insecure`"),
    ])
    func settingsThatCannotBeUsedAreNamed(registries: String, place: String) async throws {
        let failure = try #require(failure(of: await events(.logout(registry: "r.lan"), registries: registries)))
        #expect(failure.code == "invalidSettings")
        #expect(failure.message.contains("The `registries` of settings.json cannot be used: \(place)"), "\(failure)")
    }

    @Test func eachNameThatCannotBeResolvedIsReportedAndTheRestGoesOn() async throws {
        let port = try Fixture.freePort()
        let names = ["a", "b"].map { "localhost:\(port)/\($0):1" }
        let events = await events(.resolve(try names.map { try Reference($0) }))
        var missing: [String] = []
        for case .unresolved(let reference, let failure) in events {
            missing.append("\(reference)")
            #expect(failure.isUnreachable)
        }
        #expect(missing.sorted() == names)
        guard case .done? = events.last else {
            Issue.record("\(events)")
            return
        }
    }

    @Test func loggingOutWhereThereIsNoPasswordSaysSo() async throws {
        let events = await events(.logout(registry: "r.lan"))
        guard case .message(let text)? = events.first, case .done? = events.last else {
            Issue.record("\(events)")
            return
        }
        #expect(text == "there was no password for r.lan")
    }

    @Test(.enabled("needs docker-registry and python3") { try Requirement.met(.registry, .python3) })
    func anImageIsPulledAndPushedAndNothingIsSentTwice() async throws {
        let server = try RegistryServer(in: directory.path)
        let source = try Reference("\(server.address)/team/app:1")
        try await upload(to: source)

        let first = await events(.pull(source))
        var pulled: Descriptor?
        for case .image(let descriptor) in first { pulled = descriptor }
        let image = try #require(pulled, "\(first)")
        #expect(layers(of: first).last == .done)
        let second = await events(.pull(source))
        #expect(Set(layers(of: second)) == [.waiting, .present])

        let target = try Reference("\(server.address)/team/other:2")
        #expect(layers(of: await events(.push(image, to: target))).last == .done)
        let again = await events(.push(image, to: target))
        #expect(Set(layers(of: again)) == [.waiting, .present], "\(again)")
        let resolved = await events(.resolve([target]))
        guard case .resolved(_, let descriptor)? = resolved.first else {
            Issue.record("\(resolved)")
            return
        }
        #expect(descriptor.digest == image.digest)
    }

    /// Puts an image with one layer into the registry.
    private func upload(to reference: Reference) async throws {
        let script = """
            import io, tarfile
            t = tarfile.open('layer.tar', 'w')
            i = tarfile.TarInfo('greeting'); i.size = 6
            t.addfile(i, io.BytesIO(b'hello\\n')); t.close()
            """
        let output = try Command("sh", ["-ec", "cd \(directory.path) && python3 -"]).run(input: script)
        #expect(output.succeeded, "\(output)")
        let layer = [UInt8](try Data(contentsOf: URL(filePath: "\(directory.path)/layer.tar")))
        func descriptor(_ bytes: [UInt8], _ type: String) -> Descriptor {
            Descriptor(MediaType(rawValue: type), Digester.digest(of: bytes, .sha256), size: Int64(bytes.count))
        }
        let prefix = "application/vnd.oci.image"
        let layerBlob = descriptor(layer, "\(prefix).layer.v1.tar")
        let configuration = Array(
            """
            {"architecture": "\(Platform.host.architecture)", "os": "linux", "config": {},
            "rootfs": {"type": "layers", "diff_ids": ["\(layerBlob.digest)"]}}
            """.utf8)
        let configurationBlob = descriptor(configuration, "\(prefix).config.v1+json")
        let manifest = """
            {"schemaVersion": 2, "mediaType": "\(prefix).manifest.v1+json",
            "config": \(text(configurationBlob)), "layers": [\(text(layerBlob))]}
            """
        let client = try RegistryClient(
            settings: RegistrySettings(), credentials: CredentialStore(environment: ["HOME": directory.path]),
            environment: [:])
        try await client.upload(layerBlob, to: reference, content: BlobContent(layer))
        try await client.upload(configurationBlob, to: reference, content: BlobContent(configuration))
        try await client.putManifest(
            Array(manifest.utf8), MediaType(rawValue: "\(prefix).manifest.v1+json"), as: reference)
        await client.shutdown()
    }

    private func text(_ blob: Descriptor) -> String {
        #"{"mediaType": "\#(blob.mediaType.rawValue)", "digest": "\#(blob.digest)", "size": \#(blob.size)}"#
    }
}
