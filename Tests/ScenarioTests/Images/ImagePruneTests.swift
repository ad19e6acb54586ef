import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// What may go and what may not, and what is left when taking it away is interrupted.
    @Suite(.timeLimit(.minutes(10)), .scenario, .registry) struct ImagePruneTests {
        @Test func whatIsUsedStays() async throws {
            try await withImages { scene in
                let project = scene.project
                let used = scene.name("team/used:1")
                try scene.publish(.runnable("used"), as: "team/used:1")
                try scene.publish(.runnable("spare"), as: "team/spare:1")
                try scene.writeEnvfile(image: used)
                try project.expectSuccess("up")
                try project.expectSuccess("image", "pull", scene.name("team/spare:1"))

                // Without --all, named images stay; where nobody can be asked, --all wants --force.
                let report = try scene.json("image", "prune", "--json").object
                #expect(report?["images"] == .array([]) && report?["layers"] == .array([]), "\(report ?? [:])")
                expect(try project.trice("image", "prune", "--all"), endsWith: 64, saying: "--force")
                #expect(try scene.names().count == 2)

                let prune = try project.trice("image", "prune", "--all", "--force")
                expect(prune, endsWith: 0, saying: "removed \(scene.name("team/spare:1"))", "1 layer")
                #expect(try scene.names() == [used])
                #expect(try scene.flavour() == "used")
                try scene.expectValidStore(unpacking: used)
                // The container can be made anew without the registry.
                scene.registry.stop()
                try project.expectSuccess("up", "--force-recreate")
                #expect(try scene.flavour() == "used")

                try project.expectSuccess("down")
                try project.expectSuccess("image", "prune", "--all", "--force")
                #expect(try scene.names() == [])
                #expect(try scene.blobs() == [])
            }
        }

        @Test func aNameInUseIsTakenOnlyByForce() async throws {
            try await withImages { scene in
                let project = scene.project
                let name = scene.name("team/app:1")
                try scene.publish(.runnable(), as: "team/app:1")
                try scene.writeEnvfile(image: name)
                try project.expectSuccess("up")
                let refused = try project.trice("image", "rm", name)
                expectOneError(refused, saying: name, "web-1", "--force")
                #expect(try scene.names() == [name])

                // With another name it is not gone.
                try project.expectSuccess("image", "tag", name, "team/kept:1")
                try project.expectSuccess("image", "rm", "team/kept:1")
                expect(try project.trice("image", "rm", "--force", name), endsWith: 0, saying: "removed \(name)")
                #expect(try scene.names() == [])
                try project.expectSuccess("image", "prune", "--all", "--force")
                #expect(try scene.flavour() == "plain", "the container goes on")
                // It dies and is started again from what it was made of.
                scene.registry.stop()
                let pid = try #require(try project.status().service("web").pid)
                kill(pid, SIGKILL)
                #expect(eventually { (try? project.status().running) == [] })
                try project.expectSuccess("up", "--offline")
                #expect(try scene.flavour() == "plain")
            }
        }

        @Test func aKilledPruneIsFinishedByTheNext() async throws {
            try await withImages { scene in
                let project = scene.project
                var image = SampleImage.runnable()
                image.layers += (1...6).map { SampleImage.Layer(noise: 200_000 + $0) }
                try scene.publish(image, as: "team/app:1")
                let name = scene.name("team/app:1")
                for milliseconds in [15, 25, 30, 35, 40, 50] {
                    try project.expectSuccess("image", "pull", name)
                    let prune = try project.command(["image", "prune", "--all", "--force"]).start()
                    usleep(UInt32(milliseconds * 1000))
                    prune.send(SIGKILL)
                    _ = prune.wait()
                    try scene.expectValidStore()
                    // Half of an image may be gone: then it is brought again, and is whole.
                    if milliseconds.isMultiple(of: 2) {
                        try project.expectSuccess("image", "pull", name)
                        expect(
                            try project.trice("image", "tree", name), endsWith: 0, saying: "flavour", "noise-200006")
                        try scene.expectValidStore(unpacking: name)
                    }
                    try project.expectSuccess("image", "prune", "--all", "--force")
                    #expect(try scene.blobs() == [])
                    let layers = try FileManager.default.contentsOfDirectory(
                        atPath: "\(scene.fixture.stateDirectory)/layers")
                    #expect(Set(layers).isSubset(of: ["ingest", "unsettled"]), "\(layers)")
                    try scene.expectNothingUnfinished()
                }
            }
        }

        @Test func pruneAndPullAtTheSameTime() async throws {
            try await withImages { scene in
                let project = scene.project
                let names = (1...4).map { scene.name("team/app:\($0)") }
                for number in 1...4 {
                    try scene.publish(
                        SampleImage(
                            SampleImage.Layer(busybox: true), SampleImage.Layer(noise: 500_000 + number)),
                        as: "team/app:\(number)")
                }
                let running = try names.flatMap { name in
                    [
                        try project.command(["image", "pull", name]).start(),
                        try project.command(["image", "prune"]).start(),
                    ]
                }
                for command in running { expect(command.wait(), endsWith: 0) }
                #expect(try scene.names() == names)
                for (number, name) in zip(1..., names) {
                    expect(
                        try project.trice("image", "tree", name), endsWith: 0, saying: "busybox",
                        "noise-\(500_000 + number)")
                }
                try scene.expectValidStore(unpacking: names[3])
                try scene.expectNothingUnfinished()
            }
        }
    }
}
