import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// The store is an image layout that other tools read, whatever was done to it and however it ended.
    @Suite(.timeLimit(.minutes(10)), .scenario, .registry) struct ImageStoreTests {
        @Test func everyOperationLeavesAValidLayout() async throws {
            try await withImages { scene in
                let project = scene.project
                let name = scene.name("team/app:1")
                try scene.publish(.runnable(), as: "team/app:1")
                try project.expectSuccess("image", "pull", name)
                try scene.expectValidStore(unpacking: name)

                let other = scene.name("team/other:2")
                try project.expectSuccess("image", "tag", name, other)
                try scene.expectValidStore(unpacking: other)
                try project.expectSuccess("image", "push", other)
                try scene.expectValidStore()
                try project.expectSuccess("image", "pull", "\(name.dropLast(2))@\(scene.registry.digest("team/app:1"))")
                try scene.expectValidStore()

                try makeRootfs(scene, "rootfs.tar")
                try project.expectSuccess("image", "import", "rootfs.tar", "local/root:1")
                try scene.expectValidStore()
                for format in ["oci", "docker", "directory"] {
                    try project.expectSuccess(
                        "image", "save", "--format", format, "--output", "saved-\(format)", "local/root:1", name)
                    try scene.expectValidStore()
                }
                try project.expectSuccess("image", "rm", "local/root:1", name)
                try scene.expectValidStore()
                try project.expectSuccess("image", "load", "--input", "saved-oci")
                try project.expectSuccess("image", "load", "--input", "saved-docker")
                try scene.expectValidStore(unpacking: "docker.io/local/root:1")
                #expect(try Set(scene.names()).isSuperset(of: [name, other, "local/root:1"]))

                try project.expectSuccess("image", "prune", "--all", "--force")
                try scene.expectValidStore()
                #expect(try scene.names() == [])
                #expect(try scene.blobs() == [])
                let layers = try FileManager.default.contentsOfDirectory(
                    atPath: "\(scene.fixture.stateDirectory)/layers")
                #expect(Set(layers).isSubset(of: ["ingest", "unsettled"]), "\(layers)")
                try scene.expectNothingUnfinished()
            }
        }

        /// Where Debian's packages cannot be had, an image that another machine made of them comes in an archive.
        @Test func anImageThatMachinesMakeKeepsItsNameInAnArchive() async throws {
            try await withImages { scene in
                let project = scene.project
                let names = ["bootstrap:busybox", "bootstrap:debian/bookworm?include=curl,nginx&variant=apt"]
                try project.expectSuccess("image", "pull", names[0])
                try project.expectSuccess("image", "save", "--format", "directory", "--output", "saved", names[0])
                let index = "\(project.directory)/saved/index.json"
                let text = try String(contentsOfFile: index, encoding: .utf8)
                try project.expectSuccess("image", "rm", names[0])
                for name in names {
                    try Data(text.replacing(names[0], with: name).utf8).write(to: URL(filePath: index))
                    let archive = try Command(
                        "tar", ["-C", "\(project.directory)/saved", "-cf", "\(project.directory)/saved.tar", "."]
                    ).run()
                    try #require(archive.succeeded, "\(archive)")
                    #expect(try project.expectSuccess("image", "load", "--input", "saved.tar") == "loaded \(name)\n")
                    #expect(try scene.names() == [name])
                    try scene.writeEnvfile(image: name)
                    let up = try project.trice("up", "--offline")
                    #expect(up.succeeded && !up.standardError.contains("mmdebstrap"), "\(up)")
                    try project.expectSuccess("down")
                    try project.expectSuccess("image", "rm", name)
                }
            }
        }

        @Test func aCommittedImageIsPackedIntoTheLayout() async throws {
            try await withImages { scene in
                try scene.publish(.runnable(), as: "team/app:1")
                try scene.writeEnvfile(image: scene.name("team/app:1"))
                try scene.project.expectSuccess("up")
                try scene.project.expectSuccess("exec", "web", "--", "sh", "-c", "echo made >/made; rm /flavour")
                let name = scene.name("team/made:1")
                try scene.project.expectSuccess("commit", "web", name)
                try scene.expectValidStore()
                try scene.project.expectSuccess("image", "push", name)
                try scene.expectValidStore(unpacking: name)

                // Elsewhere it is the same image.
                try scene.project.expectSuccess("down")
                try scene.project.expectSuccess("image", "prune", "--all", "--force")
                try scene.writeEnvfile(image: name)
                try scene.project.expectSuccess("up")
                #expect(try scene.project.expectSuccess("exec", "web", "--", "cat", "/made") == "made\n")
                expect(try scene.project.trice("exec", "web", "--", "cat", "/flavour"), endsWith: 1)
            }
        }

        @Test func severalProcessesPullTheSameImageAtOnce() async throws {
            try await withImages { scene in
                let image = SampleImage(
                    SampleImage.Layer(busybox: true), SampleImage.Layer(noise: 3_000_000),
                    SampleImage.Layer(noise: 2_000_000))
                try scene.publish(image, as: "team/app:1")
                let name = scene.name("team/app:1")
                let requests = try scene.registry.requests {
                    let pulls = try (0..<3).map { _ in try scene.project.command(["image", "pull", name]).start() }
                    for pull in pulls { expect(pull.wait(), endsWith: 0, saying: name) }
                }
                let blobs = requests.filter { $0.method == "GET" && $0.path.contains("/blobs/") }.map(\.path)
                #expect(blobs.count == Set(blobs).count, "what one brings the others need not bring: \(blobs)")
                try scene.expectValidStore(unpacking: name)
                try scene.expectNothingUnfinished()
            }
        }

        @Test(arguments: ["trice", "trice-remote"]) func aKilledPullIsRepairedByTheNext(_ victim: String) async throws {
            try await withImages { scene in
                let layers = (1...5).map { SampleImage.Layer(noise: 3_000_000 + $0) }
                var image = SampleImage.runnable()
                image.layers += layers
                try scene.publish(image, as: "team/app:1")
                let name = scene.name("team/app:1")
                var interrupted = 0
                for milliseconds in [0, 30, 60, 100, 150] {
                    let place = scene.elsewhere("at-\(milliseconds)")
                    let pull = try scene.project.command(["image", "pull", name], environment: place).start()
                    try Self.kill(victim, of: pull, after: milliseconds)
                    let output = pull.wait()
                    if output.exit != .code(0) { interrupted += 1 }
                    // A process whose parent was killed needs a moment to notice.
                    let state = try #require(place["TRICE_STATE_DIRECTORY"])
                    if FileManager.default.fileExists(atPath: "\(state)/content/index.json") {
                        try scene.expectValidStore(state: state)
                    }
                    let again = try scene.project.command(["image", "pull", name], environment: place).run()
                    expect(again, endsWith: 0, saying: name)
                    try scene.expectValidStore(state: state)
                    try scene.expectNothingUnfinished(state: state)
                    let tree = try scene.project.command(["image", "tree", name], environment: place).run()
                    expect(tree, endsWith: 0, saying: "busybox", "flavour", "noise-3000005")
                }
                #expect(interrupted > 0, "every pull was through before it was killed")
            }
        }

        /// Kills a program, or a child of it, so many milliseconds after that has begun; one that is gone already is fine.
        private static func kill(_ victim: String, of program: RunningCommand, after milliseconds: Int) throws {
            var victims = [program.process]
            if victim != "trice" {
                victims = []
                while victims.isEmpty, program.isRunning {
                    let found = try Command("pgrep", ["-P", "\(program.process)", victim]).run().standardOutput
                    victims = found.split(separator: "\n").compactMap { Int32($0) }
                }
            }
            usleep(UInt32(milliseconds * 1000))
            guard program.isRunning else { return }
            for victim in victims { Glibc.kill(victim, SIGKILL) }
        }

        /// Makes a tar of a root file system in the project.
        private func makeRootfs(_ scene: ImageScene, _ path: String) throws {
            let script =
                "mkdir -p root/etc root/bin; echo hello >root/etc/motd; cp /bin/busybox root/bin/; tar -cf \(path) -C root ."
            let output = try Command("sh", ["-ec", script], directory: scene.project.directory).run()
            expect(output, endsWith: 0)
        }
    }
}
