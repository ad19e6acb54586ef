import Foundation
import TestSupport
import Testing

extension OnHost {
    /// `Envfile.lock` and what Dockerfiles start from.
    @Suite(.timeLimit(.minutes(10)), .scenario, .registry) struct ComposeBuildLockTests {
        private func write(_ scene: ImageScene, _ file: String = "Envfile", options: String = "") throws {
            try scene.project.write(
                file,
                """
                name: \(scene.fixture.id)
                services:
                  web:
                    build: {context: .\(options)}
                    \(ComposeBuildTests.sleeps)
                """)
            try scene.project.write("Dockerfile", "FROM \(scene.name("team/base:1"))\nCOPY text /\n")
            try scene.project.write("text", "one\n")
        }

        @Test func basesAreLockedUntilTheyAreUpgraded() async throws {
            try await withImages { scene in
                let project = scene.project
                let name = scene.name("team/base:1")
                let old = try scene.publish(.runnable("old"), as: "team/base:1")
                try write(scene)
                for arguments in [["up", "--frozen"], ["build", "--frozen"]] where arguments[0] == "up" {
                    expectOneError(
                        try project.command(arguments).run(), saying: "--frozen", name, "which a Dockerfile starts from"
                    )
                }
                try project.expectSuccess("up")
                #expect(try project.read("Envfile.lock").contains("  \(name): \(old)\n"))
                try project.expectSuccess("up", "--frozen")
                expect(try project.trice("outdated"), endsWith: 0, saying: name, "up to date")

                let new = try scene.publish(.runnable("new"), as: "team/base:1")
                let outdated = try project.trice("outdated")
                expect(outdated, endsWith: 2, saying: name, "outdated")
                // Whoever starts from nothing builds on the old one, also when it is asked to pull.
                try project.expectSuccess("down", "--rmi", "all")
                try project.expectSuccess("image", "prune", "--all", "--force")
                try project.expectSuccess("build", "--pull")
                try project.expectSuccess("up", "--frozen")
                #expect(try scene.flavour() == "old")

                expect(try project.trice("upgrade"), endsWith: 0, saying: name, "→")
                #expect(try project.read("Envfile.lock").contains("  \(name): \(new)\n"))
                #expect(try scene.flavour() == "old", "what runs is changed by `up`")
                expect(try project.trice("plan"), endsWith: 2, saying: "~ container web-1")
                try project.expectSuccess("up")
                #expect(try scene.flavour() == "new")
                expect(try project.trice("outdated"), endsWith: 0)
            }
        }

        @Test func pullAsksForTheBaseWhereThereIsNoLock() async throws {
            try await withImages { scene in
                let project = scene.project
                try scene.publish(.runnable("old"), as: "team/base:1")
                try write(scene, "compose.yaml")
                try project.expectSuccess("up")
                try scene.publish(.runnable("new"), as: "team/base:1")
                try project.expectSuccess("up", "--build")
                #expect(try scene.flavour() == "old", "a base that is here is not asked about")
                try write(scene, "compose.yaml", options: ", pull: true")
                try project.expectSuccess("up", "--build")
                #expect(try scene.flavour() == "new")
                #expect(!FileManager.default.fileExists(atPath: "\(project.directory)/Envfile.lock"))

                try scene.publish(.runnable("newest"), as: "team/base:1")
                try write(scene, "compose.yaml")
                try project.expectSuccess("build", "--pull")
                try project.expectSuccess("up")
                #expect(try scene.flavour() == "newest")
            }
        }
    }
}
