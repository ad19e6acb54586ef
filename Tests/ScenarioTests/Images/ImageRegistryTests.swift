import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Pull and push against Debian's registry, and what skopeo says of it.
    @Suite(.timeLimit(.minutes(10)), .scenario, .registry) struct ImageRegistryTests {
        @Test func withACertificateAndAPassword() async throws {
            try await withFixture { fixture in
                let identity = try TestCertificate(fixture)
                let scene = try ImageScene(
                    fixture, RegistryServer.Options(identity: identity, users: ["anna": "open sesame"]))
                try scene.publish(.runnable(), as: "team/app:1")
                let (project, name) = (scene.project, scene.name("team/app:1"))
                let account = ["DOCKER_CONFIG": "\(fixture.directory)/docker"]

                let unknown = try project.trice("image", "pull", name, environment: account)
                expectOneError(unknown, saying: scene.registry.address, "certificate", "ca")
                try scene.writeSettings("{\"\(scene.registry.address)\": {\"ca\": \"\(identity.authority)\"}}")
                let stranger = try project.trice("image", "pull", name, environment: account)
                expectOneError(stranger, saying: scene.registry.address, "trice login")
                let address = scene.registry.address
                let wrong = try project.trice(
                    "login", address, "--username", "anna", "--password-stdin", input: "sesame\n", environment: account)
                expectOneError(wrong, saying: address, "credentials")
                #expect(!FileManager.default.fileExists(atPath: "\(fixture.directory)/docker/config.json"))

                let login = try project.trice(
                    "login", address, "--username", "anna", "--password-stdin", input: "open sesame\n",
                    environment: account)
                expect(login, endsWith: 0, saying: address, "anna", "\(fixture.directory)/docker/config.json")
                let mode = try Command("stat", ["-c", "%a", "\(fixture.directory)/docker/config.json"]).run()
                #expect(mode.standardOutput == "600\n")
                expect(try project.trice("image", "pull", name, environment: account), endsWith: 0, saying: name)
                let pushed = scene.name("team/copy:1")
                try project.expectSuccess("image", "tag", name, pushed)
                expect(try project.trice("image", "push", pushed, environment: account), endsWith: 0)
                #expect(try scene.registry.digest("team/copy:1") == scene.registry.digest("team/app:1"))

                expect(try project.trice("logout", address, environment: account), endsWith: 0, saying: address)
                let gone = try project.trice("image", "pull", name, environment: account)
                expectOneError(gone, saying: address, "trice login")
                try scene.expectValidStore(unpacking: name)
            }
        }

        @Test func theHostsPlatformIsChosen() async throws {
            try await withImages { scene in
                let host = try SampleImage.hostArchitecture()
                let other = host == "amd64" ? "arm64" : "amd64"
                let image = SampleImage(
                    SampleImage.Layer(files: ["flavour": "for PLATFORM\n"], busybox: true),
                    platforms: [
                        SampleImage.Platform(architecture: other),
                        SampleImage.Platform(os: "windows", architecture: host),
                        SampleImage.Platform(architecture: host),
                    ])
                let digest = try scene.publish(image, as: "team/app:1")
                let name = scene.name("team/app:1")
                let pulled = try scene.project.expectSuccess("image", "pull", name)
                #expect(pulled.contains(digest), "what stands under the name is the index \(digest): \(pulled)")
                let inspected = try scene.json("image", "inspect", name).array?.first?.object
                #expect(inspected?["Architecture"] == .string(host))
                #expect(inspected?["RepoDigests"] == .array([.string("\(name.dropLast(2))@\(digest)")]))
                try scene.writeEnvfile(image: name)
                try scene.project.expectSuccess("up")
                #expect(try scene.flavour() == "for \(host)")
                try scene.expectValidStore(unpacking: name)
                // What is pushed from here is one manifest; the index with the others stays where it was.
                let single = scene.name("team/single:1")
                try scene.project.expectSuccess("image", "tag", name, single)
                try scene.project.expectSuccess("image", "push", single)
                #expect(try scene.registry.manifest("team/single:1").object?["layers"]?.array?.count == 1)
            }
        }

        @Test func aMirrorIsAskedFirst() async throws {
            try await withImages { scene in
                let digest = try scene.publish(.runnable(), as: "team/app:1")
                try scene.writeSettings("{\"docker.io\": {\"mirrors\": [\"http://\(scene.registry.address)\"]}}")
                expect(try scene.project.trice("image", "pull", "team/app:1"), endsWith: 0, saying: digest)
                #expect(try scene.names() == ["team/app:1"])

                // A mirror that is down is passed over.
                let dead = try Fixture.freePort()
                try scene.writeSettings(
                    "{\"\(scene.registry.address)\": {\"mirrors\": [\"http://localhost:\(dead)\"]}}")
                let name = scene.name("team/app:1")
                expect(try scene.project.trice("image", "pull", name), endsWith: 0, saying: digest)
            }
        }

        @Test func whatIsPushedComesBackTheSame() async throws {
            try await withImages { scene in
                let (project, name) = (scene.project, scene.name("team/root:1"))
                let script =
                    "mkdir -p root/etc; echo hello >root/etc/motd; ln -s motd root/etc/link; tar -cf rootfs.tar -C root ."
                expect(try Command("sh", ["-ec", script], directory: project.directory).run(), endsWith: 0)
                try project.expectSuccess("image", "import", "rootfs.tar", name)
                try project.expectSuccess("image", "push", name)
                let here = try scene.json("image", "inspect", name).array?.first?.object?["RootFS"]

                let pull = try project.command(
                    ["image", "pull", "--json", name], environment: scene.elsewhere("b")
                ).run()
                expect(pull, endsWith: 0)
                let there = try JSONValue(text: pull.standardOutput.utf8).array?.first?.object
                #expect(there?["digest"]?.string == (try scene.registry.digest("team/root:1")))
                let inspect = try project.command(
                    ["image", "inspect", name], environment: scene.elsewhere("b")
                ).run()
                #expect(try JSONValue(text: inspect.standardOutput.utf8).array?.first?.object?["RootFS"] == here)
                try scene.expectValidStore(state: scene.elsewhere("b")["TRICE_STATE_DIRECTORY"], unpacking: name)
            }
        }

        @Test func aSecondRepositoryGetsNoLayerAgain() async throws {
            try await withImages { scene in
                let (project, first) = (scene.project, scene.name("team/app:1"))
                try scene.publish(.runnable(), as: "team/app:1")
                try project.expectSuccess("image", "pull", first)
                let second = scene.name("other/place:2")
                try project.expectSuccess("image", "tag", first, second)
                let requests = try scene.registry.requests { try project.expectSuccess("image", "push", second) }
                let sent = requests.filter { ["PUT", "PATCH"].contains($0.method) && $0.path.contains("/blobs/") }
                #expect(sent.count <= 1, "only the configuration may be sent: \(sent)")
                let mounts = requests.filter { $0.method == "POST" && $0.path.contains("mount=") }
                #expect(mounts.count >= 2 && mounts.allSatisfy { $0.status == 201 }, "\(requests)")
                #expect(try scene.registry.digest("other/place:2") == scene.registry.digest("team/app:1"))

                // The same again sends nothing but the manifest.
                let again = try scene.registry.requests { try project.expectSuccess("image", "push", second) }
                #expect(again.filter { $0.method == "POST" }.isEmpty, "\(again)")
            }
        }
    }
}
