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

        /// Attributes: `image`, `pull_policy`
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

        /// Attributes: `pull_policy`
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

        private struct ProgressLine: Decodable {
            var operation: String?
            var resource: String?
            var action: String?
            var phase: String
        }

        /// Pulls and the plan that follows them are rows of one table: none takes another's name or time.
        @Test func everyOperationHasARowOfItsOwn() async throws {
            try await withImages { scene in
                try scene.publish(.runnable(), as: "team/app:1")
                try writeCompose(scene, policy: "always")
                try scene.project.expectSuccess("image", "pull", scene.name("team/app:1"))
                let up = try scene.project.trice("up", "--progress", "json")
                expect(up, endsWith: 0)
                let lines = up.standardError.split(separator: "\n").compactMap { line in
                    try? JSONDecoder().decode(ProgressLine.self, from: Data(line.utf8))
                }
                let events = lines.filter { $0.resource != nil }
                #expect(events.allSatisfy { $0.operation != nil })
                let rows = Dictionary(grouping: events) { $0.operation ?? "" }
                for (operation, events) in rows {
                    #expect(Set(events.map { "\($0.action ?? "") \($0.resource ?? "")" }).count == 1, "\(operation)")
                    #expect(events.filter { $0.phase == "started" }.count == 1, "\(operation)")
                    #expect(events.filter { $0.phase == "finished" }.count == 1, "\(operation)")
                }
                let actions = Set(events.compactMap(\.action))
                #expect(actions.isSuperset(of: ["pull", "create", "start"]), "\(actions)")
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

        /// With an age it asks when the image is that old, and not before.
        ///
        /// Attributes: `pull_refresh_after`
        @Test(arguments: [("1h", "old"), ("1s", "new")])
        func refreshMayWait(_ age: String, _ expected: String) async throws {
            try await withImages { scene in
                try scene.writeEnvfile(
                    image: scene.name("team/app:1"), "pull_policy: refresh", "pull_refresh_after: \(age)",
                    file: "compose.yaml")
                try scene.publish(.runnable("old"), as: "team/app:1")
                try scene.project.expectSuccess("up")
                try scene.publish(.runnable("new"), as: "team/app:1")
                usleep(1_100_000)
                try scene.project.expectSuccess("up")
                #expect(try scene.flavour() == expected)
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
