import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Layers in every compression, and digests that all tools agree on.
    @Suite(.timeLimit(.minutes(10)), .scenario, .registry) struct LayerFormatTests {
        @Test(arguments: ["gzip", "none", "zstd"]) func aCompressedImageRuns(_ format: String) async throws {
            try await withImages { scene in
                try publish(scene, format, as: "team/app:1")
                let types = try scene.registry.manifest("team/app:1").object?["layers"]?.array?
                    .compactMap { $0.object?["mediaType"]?.string }
                let ending = format == "none" ? "tar" : "tar+\(format)"
                #expect(types?.count == 2 && types?.allSatisfy { $0.hasSuffix(ending) } == true, "\(types ?? [])")

                try scene.writeEnvfile(image: scene.name("team/app:1"))
                try scene.project.expectSuccess("up")
                #expect(try scene.flavour() == format)
                try scene.expectValidStore()
                try scene.expectNothingUnfinished()
                // What a registry gave is handed on as it is.
                let copy = scene.name("team/copy:1")
                try scene.project.expectSuccess("image", "tag", scene.name("team/app:1"), copy)
                try scene.project.expectSuccess("image", "push", copy)
                #expect(try scene.registry.digest("team/copy:1") == scene.registry.digest("team/app:1"))
            }
        }

        /// Puts an image whose layers are compressed so into the registry: skopeo knows zstd, and only we send a layer
        /// without compression as it is.
        private func publish(_ scene: ImageScene, _ format: String, as short: String) throws {
            if format == "gzip" {
                try scene.publish(.runnable(format), as: short)
                return
            }
            let layout = "\(scene.fixture.directory)/layout"
            _ = try SampleImage.runnable(format, compression: .none).write(toLayout: layout)
            if format == "zstd" {
                return try scene.registry.copy(
                    "oci:\(layout):image", to: short, ["--dest-compress-format", "zstd"])
            }
            let place = scene.elsewhere("publisher")
            for arguments in [
                ["image", "pull", "oci:\(layout):image"],
                ["image", "tag", "oci:\(layout):image", scene.name(short)], ["image", "push", scene.name(short)],
            ] {
                expect(try scene.project.command(arguments, environment: place).run(), endsWith: 0)
            }
        }

        @Test func theSameLayerInAnotherCompressionIsUnpackedOnce() async throws {
            try await withImages { scene in
                let layout = "\(scene.fixture.directory)/layout"
                _ = try SampleImage.runnable(compression: .none).write(toLayout: layout)
                try scene.publish(.runnable(), as: "team/small:1")
                try scene.registry.copy(
                    "oci:\(layout):image", to: "team/large:1", ["--dest-compress-format", "zstd"])
                #expect(try scene.registry.digest("team/small:1") != scene.registry.digest("team/large:1"))
                let names = [scene.name("team/small:1"), scene.name("team/large:1")]
                for name in names { try scene.project.expectSuccess("image", "pull", name) }
                let inspected = try names.map { try scene.json("image", "inspect", $0).array?.first?.object }
                #expect(inspected[0]?["LayerDirectories"] == inspected[1]?["LayerDirectories"])
                #expect(inspected[0]?["Id"] == inspected[1]?["Id"], "the same configuration is the same image")
                try scene.expectValidStore(unpacking: names[0])
            }
        }

        @Test func allToolsAgreeOnWhatIsMadeHere() async throws {
            try await withImages { scene in
                let project = scene.project
                let name = scene.name("team/made:1")
                try scene.publish(.runnable(), as: "team/app:1")
                try scene.writeEnvfile(image: scene.name("team/app:1"))
                try project.expectSuccess("up")
                try project.expectSuccess(
                    "exec", "web", "--", "sh", "-c", "mkdir -p /srv/a; echo made >/srv/a/made; rm /flavour")
                try project.expectSuccess("commit", "web", name)
                try project.expectSuccess("image", "save", "--format", "directory", "--output", "saved", name)
                try project.expectSuccess("image", "save", "--format", "docker", "--output", "saved.tar", name)
                try project.expectSuccess("image", "push", name)

                // skopeo sends the saved layout to another place: it is the same manifest.
                try scene.registry.copy(
                    "oci:\(project.directory)/saved:\(name)", to: "team/skopeo:1", ["--preserve-digests"])
                #expect(try scene.registry.digest("team/skopeo:1") == scene.registry.digest("team/made:1"))
                // skopeo reads the docker archive: it is the same configuration.
                let archive = try Command(
                    "skopeo", ["inspect", "--config", "--raw", "docker-archive:\(project.directory)/saved.tar"],
                    environment: scene.fixture.environment
                ).run()
                expect(archive, endsWith: 0)
                let sum = try Command("sha256sum").run(input: archive.standardOutput).standardOutput.prefix(64)
                let configuration = try scene.registry.manifest("team/made:1").object?["config"]?.object?["digest"]
                #expect(configuration == .string("sha256:\(sum)"), "\(archive.standardOutput)")

                // umoci unpacks it and finds what the container had.
                let unpack = try Command(
                    "umoci", ["unpack", "--image", "saved:\(name)", "bundle"], directory: project.directory
                ).run()
                expect(unpack, endsWith: 0)
                #expect(try project.read("bundle/rootfs/srv/a/made") == "made\n")
                #expect(!FileManager.default.fileExists(atPath: "\(project.directory)/bundle/rootfs/flavour"))
            }
        }

        @Test(arguments: ["docker", "oci", "directory"]) func savingTwiceGivesTheSameBytes(_ format: String)
            async throws
        {
            try await withImages { scene in
                let project = scene.project
                let script = "mkdir -p root/etc; echo hello >root/etc/motd; tar -cf rootfs.tar -C root ."
                expect(try Command("sh", ["-ec", script], directory: project.directory).run(), endsWith: 0)
                try scene.publish(.runnable(), as: "team/app:1")
                let names = ["local/root:1", scene.name("team/app:1")]
                try project.expectSuccess("image", "import", "rootfs.tar", names[0])
                try project.expectSuccess("image", "pull", names[1])
                func save(_ to: String, environment: [String: String] = [:]) throws -> String {
                    let arguments = ["image", "save", "--format", format, "--output", to] + names
                    expect(try project.command(arguments, environment: environment).run(), endsWith: 0)
                    let sums = Command(
                        "sh",
                        [
                            "-ec",
                            "find \(to) -type f | sort | sed 's/^[^/]*//' >list; find \(to) -type f | sort | "
                                + "xargs cat | cat list - | sha256sum",
                        ], directory: project.directory)
                    return try sums.run().standardOutput
                }
                let first = try save("one")
                #expect(try save("two") == first)
                guard format != "directory" else { return }
                // Also where the archive itself came from.
                let place = scene.elsewhere("b")
                expect(
                    try project.trice("image", "load", "--input", "one", environment: place), endsWith: 0,
                    saying: names[0])
                #expect(try save("three", environment: place) == first)
            }
        }

        @Test func savingToAPipe() async throws {
            try await withImages { scene in
                try scene.publish(.runnable(), as: "team/app:1")
                let name = scene.name("team/app:1")
                try scene.project.expectSuccess("image", "pull", name)
                let binary = try #require(Fixture.binary)
                let listed = try Command(
                    "sh", ["-c", "\(binary) image save \(name) | tar -t"], environment: scene.fixture.environment
                ).run()
                expect(listed, endsWith: 0, saying: "manifest.json")
                // What cannot be written whole is not there at all.
                let output = try scene.project.trice("image", "save", "--output", "no/such/place.tar", name)
                expectOneError(output, saying: "no/such/place.tar")
            }
        }
    }
}
