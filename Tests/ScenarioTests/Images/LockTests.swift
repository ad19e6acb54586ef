import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `Envfile.lock`: the same images for everybody until somebody moves it.
    @Suite(.timeLimit(.minutes(10)), .scenario, .registry) struct LockTests {
        @Test func theLockHoldsTheImageUntilItIsUpgraded() async throws {
            try await withImages { scene in
                let project = scene.project
                let name = scene.name("team/app:1")
                let old = try scene.publish(.runnable("old"), as: "team/app:1")
                try scene.writeEnvfile(image: name)
                try project.expectSuccess("up")
                #expect(try project.read("Envfile.lock").contains("  \(name): \(old)\n"))
                expect(try project.trice("outdated"), endsWith: 0, saying: name, "up to date")

                let new = try scene.publish(.runnable("new"), as: "team/app:1")
                let written = try project.read("Envfile.lock")
                let outdated = try project.trice("outdated")
                expect(outdated, endsWith: 2, saying: name, "web", "outdated", "trice upgrade web")
                let report = try project.trice("outdated", "--json")
                #expect(report.exit == .code(2))
                let row = try JSONValue(text: report.standardOutput.utf8).object?["images"]?.array?.first?.object
                #expect(row?["current"] == .string(old) && row?["latest"] == .string(new), "\(report.description)")

                // Whoever starts from nothing gets the old image.
                try project.expectSuccess("down")
                try project.expectSuccess("image", "prune", "--all", "--force")
                try project.expectSuccess("pull")
                try project.expectSuccess("up", "--frozen")
                #expect(try scene.flavour() == "old")
                #expect(try project.read("Envfile.lock") == written)

                let upgrade = try project.trice("upgrade")
                expect(upgrade, endsWith: 0, saying: name, "→")
                #expect(try project.read("Envfile.lock").contains("  \(name): \(new)\n"))
                #expect(try scene.flavour() == "old", "what runs is changed by `up`")
                try project.expectSuccess("up")
                #expect(try scene.flavour() == "new")
                expect(try project.trice("outdated"), endsWith: 0)
                expect(try project.trice("upgrade"), endsWith: 0, saying: "Every image is the one that the lock names.")
            }
        }

        /// A job that is only started by hand has its image by the lock, as services have.
        @Test func theImagesOfJobsAreLockedAndPulled() async throws {
            try await withImages { scene in
                let project = scene.project
                let name = scene.name("team/tool:1")
                let old = try scene.publish(.runnable("old"), as: "team/tool:1")
                try scene.publish(.runnable("web"), as: "team/app:1")
                try scene.writeEnvfile(image: scene.name("team/app:1"))
                try project.write(
                    "Envfile",
                    try project.read("Envfile")
                        + "jobs: { tool: { image: \"\(name)\", command: cat /flavour, triggers: {manual: true} } }\n")
                expectOneError(try project.trice("pull", "--frozen"), saying: name, "tool")
                try project.expectSuccess("pull")
                #expect(try scene.names().contains(name))
                #expect(try project.read("Envfile.lock").contains("  \(name): \(old)\n"))
                try scene.publish(.runnable("new"), as: "team/tool:1")
                expect(try project.trice("outdated"), endsWith: 2, saying: name, "tool")
                #expect(try project.expectSuccess("run", "--rm", "tool").hasSuffix("old\n"))
                try project.expectSuccess("image", "rm", name)
                try project.expectSuccess("pull", "tool")
                #expect(try project.expectSuccess("run", "--rm", "tool").hasSuffix("old\n"))
                expect(try project.trice("upgrade"), endsWith: 0, saying: name, "→")
                #expect(try project.expectSuccess("run", "--rm", "tool").hasSuffix("new\n"))
            }
        }

        /// `image ls` shows an image of the name, and still it is not the one that is wanted.
        @Test func anErrorSaysThatTheLockIsTheReason() async throws {
            try await withImages { scene in
                let project = scene.project
                let name = scene.name("team/app:1")
                try scene.publish(.runnable("old"), as: "team/app:1")
                try scene.writeEnvfile(image: name)
                try project.expectSuccess("up")
                try project.expectSuccess("down")
                try project.expectSuccess("image", "prune", "--all", "--force")
                try scene.publish(.runnable("new"), as: "team/app:1")
                try project.expectSuccess("image", "pull", name)
                #expect(try project.expectSuccess("image", "ls").contains("team/app"))
                expectOneError(
                    try project.trice("up", "--offline"), saying: "Envfile.lock", "another one of this name",
                    "trice upgrade")
                let text = try project.read("Envfile")
                try project.write("Envfile", text.replacing("image:", with: "pull_policy: never\n    image:"))
                expectOneError(
                    try project.trice("up"), saying: "Envfile.lock", "another one of this name", "trice upgrade")
            }
        }

        @Test func frozenRefusesAndChangesNothing() async throws {
            try await withImages { scene in
                let project = scene.project
                try scene.publish(.runnable(), as: "team/app:1")
                try scene.writeEnvfile(image: scene.name("team/app:1"))
                for command in ["up", "pull"] {
                    let refused = try project.trice(command, "--frozen")
                    expectOneError(refused, saying: "Envfile.lock", "--frozen", scene.name("team/app:1"), "web")
                }
                #expect(!FileManager.default.fileExists(atPath: "\(project.directory)/Envfile.lock"))
                #expect(try scene.blobs() == [])
                #expect(try project.status().services.isEmpty)

                try project.expectSuccess("pull")
                try project.expectSuccess("up", "--frozen")
                let written = try project.read("Envfile.lock")
                let pid = try project.status().service("web").pid
                try scene.writeEnvfile(image: scene.name("team/app:2"))
                expectOneError(try project.trice("up", "--frozen"), saying: scene.name("team/app:2"), "--frozen")
                #expect(try project.read("Envfile.lock") == written)
                #expect(try project.status().service("web").pid == pid)
            }
        }

        @Test func whatIsAndIsNotLocked() async throws {
            try await withImages { scene in
                let project = scene.project
                let digest = try scene.publish(.runnable(), as: "team/app:1")
                let pinned = "\(scene.name("team/app"))@\(digest)"
                try project.write(
                    "Envfile",
                    """
                    name: \(scene.fixture.id)
                    services:
                      tagged: {image: "\(scene.name("team/app:1"))", command: sleep 1000}
                      pinned: {image: "\(pinned)", command: sleep 1000}
                      local: {image: "bootstrap:busybox", command: sleep 1000}
                    """)
                try project.expectSuccess("pull")
                let lines = try project.read("Envfile.lock").split(separator: "\n").filter { !$0.hasPrefix("#") }
                #expect(lines == ["version: 1", "images:", "  \(scene.name("team/app:1")): \(digest)"])

                // Where Compose's own meaning counts nobody asked for a lock.
                let other = try scene.fixture.emptyProject(named: "\(scene.fixture.id)-c")
                try other.write(
                    "compose.yaml",
                    "services:\n  web:\n    image: \(scene.name("team/app:1"))\n    command: sleep 1000\n")
                try other.expectSuccess("pull")
                try other.expectSuccess("up")
                let files = try FileManager.default.contentsOfDirectory(atPath: other.directory)
                #expect(files == ["compose.yaml"])
            }
        }

        @Test(.needsRoot(.otherUser)) func theLockBelongsToWhomItsDirectoryBelongsTo() async throws {
            try await withImages { scene in
                try scene.publish(.runnable(), as: "team/app:1")
                try scene.writeEnvfile(image: scene.name("team/app:1"))
                #expect(chown(scene.project.directory, 4711, 4712) == 0)
                try scene.project.expectSuccess("pull")
                let owner = try Command(
                    "stat", ["-c", "%u:%g %a", "Envfile.lock"], directory: scene.project.directory
                ).run()
                #expect(owner.standardOutput == "4711:4712 644\n")
            }
        }

        struct Broken: CustomTestStringConvertible, Sendable {
            var testDescription: String
            var text: String
            var says: [String]
        }

        @Test(arguments: [
            Broken(
                testDescription: "a merge conflict",
                text: "version: 1\nimages:\n<<<<<<< HEAD\n  a:1: sha256:00\n=======\n>>>>>>> theirs\n",
                says: ["Envfile.lock:3:1", "the marks of a merge", "keep one side"]),
            Broken(
                testDescription: "a later version", text: "version: 7\nimages: {}\n", says: ["Envfile.lock:1", "7"]),
            Broken(
                testDescription: "an unknown key", text: "version: 1\nimags: {}\n", says: ["Envfile.lock:2", "imags"]),
            Broken(
                testDescription: "no digest", text: "version: 1\nimages:\n  a:1: latest\n", says: ["Envfile.lock:3"]),
            Broken(testDescription: "not YAML", text: "version: [1\n", says: ["Envfile.lock:"]),
        ]) func aLockThatCannotBeRead(_ broken: Broken) async throws {
            try await withImages { scene in
                let project = scene.project
                try scene.publish(.runnable(), as: "team/app:1")
                try scene.writeEnvfile(image: scene.name("team/app:1"))
                try project.write("Envfile.lock", broken.text)
                for arguments in [["up"], ["pull"], ["upgrade"], ["outdated"]] {
                    let output = try project.command(arguments).run()
                    #expect(output.exit == .code(1), "\(output.description)")
                    for text in broken.says {
                        #expect(output.standardError.contains(text), "`\(text)` is missing: \(output.description)")
                    }
                }
                #expect(try project.read("Envfile.lock") == broken.text)
                #expect(try scene.blobs() == [])
            }
        }
    }
}
