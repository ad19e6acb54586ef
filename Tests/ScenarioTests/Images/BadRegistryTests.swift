import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// Registries that lie, break or are not there: one error, nothing half-written, and a second pull that succeeds.
    @Suite(.timeLimit(.minutes(10)), .scenario, .registry) struct BadRegistryTests {
        /// Two layers, the second large enough to be in the middle of.
        private static let image = SampleImage(
            SampleImage.Layer(busybox: true), SampleImage.Layer(files: ["flavour": "plain\n"], noise: 2_000_000))

        /// The large layer's digest and file in the registry.
        private func largeLayer(_ scene: ImageScene) throws -> (digest: String, file: String) {
            let layers = try scene.registry.manifest("team/app:1").object?["layers"]?.array ?? []
            let digest = try #require(layers.last?.object?["digest"]?.string)
            return (digest, scene.registry.blob(digest))
        }

        @Test(arguments: ["wrong content", "cut short", "too long", "missing"])
        func aDamagedLayer(_ damage: String) async throws {
            try await withImages { scene in
                let name = scene.name("team/app:1")
                try scene.publish(Self.image, as: "team/app:1")
                let (digest, file) = try largeLayer(scene)
                let script =
                    switch damage {
                    case "wrong content": "printf X | dd of=\(file) bs=1 seek=1000000 conv=notrunc status=none"
                    case "cut short": "truncate -s 1000000 \(file)"
                    case "too long": "echo more >>\(file)"
                    default: "rm \(file)"
                    }
                expect(try Command("sh", ["-ec", "cp \(file) \(file).whole; \(script)"]).run(), endsWith: 0)
                let output = try scene.project.trice("image", "pull", name)
                expectOneError(output, saying: name, String(digest.dropFirst(7).prefix(12)))
                #expect(try scene.names() == [])
                #expect(try !scene.blobs().contains(String(digest.dropFirst(7))))
                try scene.expectValidStore()
                try scene.expectNothingUnfinished()

                // What was whole is not brought again.
                expect(try Command("mv", ["\(file).whole", file]).run(), endsWith: 0)
                let whole = try scene.blobs()
                let requests = try scene.registry.requests {
                    try scene.project.expectSuccess("image", "pull", name)
                }
                let blobs = requests.filter { $0.path.contains("/blobs/") && $0.method == "GET" }
                #expect(blobs.filter { $0.path.contains(digest.dropFirst(7)) }.count == 1, "\(requests)")
                #expect(!blobs.contains { blob in whole.contains { blob.path.hasSuffix($0) } }, "\(blobs)")
                try scene.expectValidStore(unpacking: name)
            }
        }

        @Test func aManifestThatIsNotWhatItsDigestSays() async throws {
            try await withImages { scene in
                let digest = try scene.publish(Self.image, as: "team/app:1")
                let file = scene.registry.blob(digest)
                expect(try Command("sed", ["-i", "s/schemaVersion/schemaversion/", file]).run(), endsWith: 0)
                for name in [scene.name("team/app:1"), "\(scene.name("team/app"))@\(digest)"] {
                    expectOneError(try scene.project.trice("image", "pull", name), saying: name)
                }
                #expect(try scene.blobs() == [])
                try scene.expectNothingUnfinished()
            }
        }

        @Test func aManifestOfAnUnknownType() async throws {
            try await withImages { scene in
                try scene.publish(Self.image, as: "team/app:1")
                let digest = try scene.registry.digest("team/app:1")
                // The document is found under its digest, but says of itself that it is something else.
                let text = #"{"schemaVersion":2,"mediaType":"application/vnd.example.thing+json","things":[]}"#
                let sum = try Command("sha256sum").run(input: text).standardOutput.prefix(64)
                let repository = "\(scene.registry.storage)/docker/registry/v2/repositories/team/app/_manifests"
                let script = """
                    mkdir -p $(dirname \(scene.registry.blob("sha256:\(sum)"))) \(repository)/revisions/sha256/\(sum)
                    printf %s '\(text)' >\(scene.registry.blob("sha256:\(sum)"))
                    printf %s sha256:\(sum) >\(repository)/revisions/sha256/\(sum)/link
                    printf %s sha256:\(sum) >\(repository)/tags/1/current/link
                    """
                expect(try Command("sh", ["-ec", script]).run(), endsWith: 0)
                let output = try scene.project.trice("image", "pull", scene.name("team/app:1"))
                expectOneError(output, saying: scene.name("team/app:1"))
                #expect(try scene.blobs() == [])
                try scene.project.expectSuccess("image", "pull", "\(scene.name("team/app"))@\(digest)")
            }
        }

        @Test func noImageForThisPlatform() async throws {
            try await withImages { scene in
                let host = try SampleImage.hostArchitecture()
                for isIndex in [true, false] {
                    try scene.publish(
                        SampleImage(
                            SampleImage.Layer(files: ["a": "b"]),
                            platforms: [SampleImage.Platform(architecture: "s390x")],
                            isIndex: isIndex),
                        as: "team/app:1")
                    let output = try scene.project.trice("image", "pull", scene.name("team/app:1"))
                    expectOneError(output, saying: scene.name("team/app:1"), "s390x", host)
                    #expect(try scene.names() == [])
                    try scene.expectNothingUnfinished()
                }
            }
        }

        @Test func theRegistryDiesInTheMiddle() async throws {
            try await withImages { scene in
                let name = scene.name("team/app:1")
                let image = SampleImage(
                    SampleImage.Layer(busybox: true), SampleImage.Layer(noise: 30_000_000),
                    SampleImage.Layer(noise: 31_000_000))
                try scene.publish(image, as: "team/app:1")
                let pull = try scene.project.command(["image", "pull", name]).start()
                let ingest = "\(scene.content)/ingest"
                // In the middle: something is unfinished.
                #expect(
                    eventually {
                        // The directory may not be there yet.
                        ((try? FileManager.default.contentsOfDirectory(atPath: ingest)) ?? []).count > 1
                    })
                usleep(20_000)
                scene.registry.stop()
                expectOneError(pull.wait(), saying: name, scene.registry.address)
                #expect(try scene.names() == [])
                try scene.expectNothingUnfinished()
                try scene.expectValidStore()
                try scene.registry.start()
                try scene.project.expectSuccess("image", "pull", name)
                try scene.expectValidStore(unpacking: name)
            }
        }

        @Test func theDiskIsFull() async throws {
            try await withImages { scene in
                let name = scene.name("team/app:1")
                try scene.publish(
                    SampleImage(SampleImage.Layer(busybox: true), SampleImage.Layer(noise: 6_000_000)), as: "team/app:1"
                )
                let state = scene.fixture.stateDirectory
                expect(try Command("mkdir", ["-p", state]).run(), endsWith: 0)
                expect(try Command("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", state]).run(), endsWith: 0)
                scene.fixture.onCleanUp { _ = try Command("umount", ["-l", state]).run() }
                let output = try scene.project.trice("image", "pull", name)
                expectOneError(output, saying: name, "space")
                #expect(try scene.names() == [])
                try scene.expectNothingUnfinished()
                try scene.expectValidStore()

                expect(try Command("mount", ["-o", "remount,size=64m", state]).run(), endsWith: 0)
                try scene.project.expectSuccess("image", "pull", name)
                try scene.expectValidStore(unpacking: name)
            }
        }

        @Test func nobodyIsThere() async throws {
            try await withImages { scene in
                try scene.publish(Self.image, as: "team/app:1")
                let dead = "localhost:\(try Fixture.freePort())"
                func pull(_ name: String) throws -> Command.Output { try scene.project.trice("image", "pull", name) }
                expectOneError(try pull("\(dead)/team/app:1"), saying: dead, "refuses the connection", "Check")
                expectOneError(try pull("registry.invalid/app:1"), saying: "registry.invalid", "no address", "Check")
                expectOneError(try pull(scene.name("team/app:7")), saying: scene.name("team/app:7"), "404", "Check")
                expectOneError(try pull(scene.name("team/none:1")), saying: scene.name("team/none:1"), "Check")
                let push = scene.name("team/none:1")
                expectOneError(try scene.project.trice("image", "push", push), saying: push, "trice image ls")
                try scene.expectNothingUnfinished()
                #expect(try scene.blobs() == [])
            }
        }

        @Test(arguments: ["a::b", "a:1:2", "team/App", "a@sha256:12", "a@md5:00", "-x y", "a/../b", "http://a/b"])
        func aMalformedName(_ name: String) async throws {
            try await withFixture { fixture in
                let project = try fixture.emptyProject(named: fixture.id)
                let output = try project.trice("image", "pull", "--", name)
                expectOneError(output, saying: name)
                #expect(!output.standardError.contains("docker.io"), "\(output.description)")
            }
        }
    }
}
