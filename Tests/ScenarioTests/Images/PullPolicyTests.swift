import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `pull_policy`, and `--pull` instead of it.
    @Suite(.timeLimit(.minutes(10)), .scenario, .registry) struct PullPolicyTests {
        /// A compose.yaml has no lock: what counts is the policy alone.
        private func writeCompose(_ scene: ImageScene, policy: String?) throws {
            let lines = policy.map { ["pull_policy: \($0)"] } ?? []
            try scene.writeEnvfile(image: scene.name("team/app:1"), lines.joined(), file: "compose.yaml")
        }

        /// The flavour that runs after a second `up`, when the registry has a newer image.
        private func flavourAfterSecondUp(_ scene: ImageScene, policy: String?, _ arguments: String...) throws -> String
        {
            try scene.publish(.runnable("old"), as: "team/app:1")
            try writeCompose(scene, policy: policy)
            try scene.project.expectSuccess("image", "pull", scene.name("team/app:1"))
            try scene.project.expectSuccess("up")
            #expect(try scene.flavour() == "old")
            try scene.publish(.runnable("new"), as: "team/app:1")
            let up = try scene.project.command(["up"] + arguments).run()
            guard up.succeeded else { throw TestError(up.description) }
            return try scene.flavour()
        }

        @Test(arguments: ["missing", "if_not_present", "never", "daily", "weekly", nil])
        func staysWithWhatIsHere(_ policy: String?) async throws {
            try await withImages { scene in
                let flavour = try flavourAfterSecondUp(scene, policy: policy)
                #expect(flavour == "old")
            }
        }

        @Test(arguments: ["always", "every_1s"]) func asksAgain(_ policy: String) async throws {
            try await withImages { scene in
                try scene.publish(.runnable("old"), as: "team/app:1")
                try writeCompose(scene, policy: policy)
                try scene.project.expectSuccess("up")
                #expect(try scene.flavour() == "old")
                try scene.publish(.runnable("new"), as: "team/app:1")
                if policy == "every_1s" { usleep(1_100_000) }
                expect(try scene.project.trice("plan"), endsWith: 0, saying: scene.name("team/app:1"))
                try scene.project.expectSuccess("up")
                #expect(try scene.flavour() == "new")
            }
        }

        @Test func theCommandLineCounts() async throws {
            try await withImages { scene in
                #expect(try flavourAfterSecondUp(scene, policy: "never", "--pull", "always") == "new")
                try scene.publish(.runnable("newest"), as: "team/app:1")
                try writeCompose(scene, policy: "always")
                try scene.project.expectSuccess("up", "--pull", "never")
                #expect(try scene.flavour() == "new")
                expect(try scene.project.trice("up", "--pull", "sometimes"), endsWith: 64, saying: "sometimes")
            }
        }

        @Test func neverMeansNever() async throws {
            try await withImages { scene in
                try scene.publish(.runnable(), as: "team/app:1")
                try writeCompose(scene, policy: "never")
                let requests = try scene.registry.requests {
                    expectOneError(try scene.project.trice("up"), saying: scene.name("team/app:1"), "never")
                }
                #expect(requests.isEmpty, "\(requests)")
            }
        }

        @Test func refreshIsAnotherWordForAlways() async throws {
            try await withImages { scene in
                try writeCompose(scene, policy: "refresh")
                try scene.publish(.runnable("old"), as: "team/app:1")
                try scene.project.expectSuccess("up")
                try scene.publish(.runnable("new"), as: "team/app:1")
                try scene.project.expectSuccess("up")
                #expect(try scene.flavour() == "new")
            }
        }

        @Test func anUnchangedImageIsAskedForAndNotBrought() async throws {
            try await withImages { scene in
                try scene.publish(.runnable(), as: "team/app:1")
                try writeCompose(scene, policy: "always")
                try scene.project.expectSuccess("up")
                let pid = try scene.project.status().service("web").pid
                let requests = try scene.registry.requests { try scene.project.expectSuccess("up") }
                #expect(!requests.isEmpty)
                #expect(!requests.contains { $0.path.contains("/blobs/") }, "\(requests)")
                #expect(try scene.project.status().service("web").pid == pid, "nothing was recreated")

                // A registry that is away is no reason to stop what can run from here.
                scene.registry.stop()
                try scene.project.expectSuccess("up", "--pull", "missing")
            }
        }
    }
}
