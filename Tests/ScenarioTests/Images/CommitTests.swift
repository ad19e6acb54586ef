import Foundation
import TestSupport
import Testing

extension OnHost {
    /// What a container has changed, and images of it.
    @Suite(.timeLimit(.minutes(10)), .scenario, .registry) struct CommitTests {
        private func change(_ scene: ImageScene) throws {
            try scene.publish(.runnable(), as: "team/app:1")
            try scene.writeEnvfile(image: scene.name("team/app:1"), "volumes: [\"./shared:/shared\"]")
            try scene.project.write("shared/outside", "not part of it\n")
            try scene.project.expectSuccess("up")
            try scene.project.expectSuccess(
                "exec", "web", "--", "sh", "-c", "echo new >/etc/made; rm /flavour; chmod 700 /tmp; touch /shared/more")
        }

        @Test func diffShowsWhatTheContainerChanged() async throws {
            try await withImages { scene in
                try change(scene)
                let report = try scene.json("diff", "web", "--json")
                let paths = (report.object?["paths"]?.array ?? []).compactMap(\.object)
                func kind(_ path: String) -> String? {
                    paths.first { $0["path"] == .string(path) }?["kind"]?.string
                }
                #expect(kind("/etc/made") == "added")
                #expect(kind("/flavour") == "removed")
                #expect(kind("/tmp") == "changed")
                #expect(paths.allSatisfy { !($0["path"]?.string ?? "").hasPrefix("/shared/") }, "\(paths)")
                // What Trice itself put there is no change of the container's.
                for path in ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"] {
                    #expect(kind(path) == nil, "\(path)")
                }

                let text = try scene.project.expectSuccess("diff", "web")
                #expect(text.contains("/etc/made") && text.contains("/flavour"), "\(text)")
                let patch = try scene.project.expectSuccess("diff", "-p", "web")
                #expect(patch.contains("--- a/flavour\n+++ /dev/null\n@@ -1 +0,0 @@\n-plain\n"), "\(patch)")
                #expect(patch.contains("+new\n"), "\(patch)")
                expectOneError(try scene.project.trice("diff", "wbe"), saying: "wbe")
            }
        }

        @Test func commitKeepsMessageAndAuthor() async throws {
            try await withImages { scene in
                try change(scene)
                let project = scene.project
                let before = try project.status().service("web").pid
                let made = try project.trice(
                    "commit", "web", "team/made:1", "--message", "a change of mine", "--author", "Anna <anna@lan>")
                expect(made, endsWith: 0, saying: "team/made:1")
                #expect(try project.status().service("web").pid == before, "the container goes on")
                #expect(try project.expectSuccess("exec", "web", "--", "echo", "on") == "on\n")

                let history = try #require(try scene.json("image", "history", "--json", "team/made:1").array)
                #expect(history.count == 3)
                #expect(history.first?.object?["comment"] == .string("a change of mine"))
                #expect(history.first?.object?["author"] == .string("Anna <anna@lan>"))
                let text = try project.expectSuccess("image", "history", "team/made:1")
                #expect(text.contains("a change of mine") && text.contains("Author: Anna <anna@lan>"), "\(text)")

                let base = scene.name("team/app:1")
                let difference = try scene.json("image", "diff", "--json", base, "team/made:1").object
                let paths = (difference?["paths"]?.array ?? []).compactMap { $0.object?["path"]?.string }
                #expect(Set(paths).isSuperset(of: ["/etc/made", "/flavour", "/tmp"]), "\(paths)")
                #expect(!paths.contains { $0.hasPrefix("/shared/") }, "\(paths)")

                let row = try scene.json("commit", "web", "team/made:2", "--json", "--no-pause").object
                #expect(row?["name"] == .string("team/made:2"))
                #expect(row?["layers"]?.integer == 3)
                #expect(row?["isLocal"] == .bool(true))
                expectOneError(try project.trice("commit", "nobody", "team/x:1"), saying: "nobody")
                expectOneError(try project.trice("commit", "web", "Team/X:1:2"), saying: "Team/X:1:2")
                #expect(try Set(scene.names()) == [base, "team/made:1", "team/made:2"])
            }
        }

        @Test func aCommittedImageIsUsedAsAnyOther() async throws {
            try await withImages { scene in
                try change(scene)
                let project = scene.project
                let name = scene.name("team/made:1")
                try project.expectSuccess("commit", "web", name)
                let requests = try scene.registry.requests { try project.expectSuccess("image", "push", name) }
                // The two layers below it are the registry's already.
                let sent = requests.filter { $0.method == "PUT" && $0.path.contains("/blobs/uploads/") }
                #expect(sent.count <= 2, "one layer and the configuration: \(sent)")
                let digest = try scene.registry.digest("team/made:1")
                expect(try project.trice("image", "ls", "--json"), endsWith: 0, saying: digest)

                // On top of it, another one.
                try project.expectSuccess("down")
                try scene.writeEnvfile(image: name)
                try project.expectSuccess("up")
                try project.expectSuccess("exec", "web", "--", "sh", "-c", "echo second >/second")
                let second = scene.name("team/made:2")
                try project.expectSuccess("commit", "web", second)
                try project.expectSuccess("image", "push", second)
                #expect(try scene.registry.manifest("team/made:2").object?["layers"]?.array?.count == 4)
                let pull = try project.command(["image", "pull", second], environment: scene.elsewhere("b")).run()
                expect(pull, endsWith: 0, saying: try scene.registry.digest("team/made:2"))
                let tree = try project.command(
                    ["image", "tree", second], environment: scene.elsewhere("b")
                ).run()
                expect(tree, endsWith: 0, saying: "second", "made")
                #expect(!tree.standardOutput.contains("flavour"))
                try scene.expectValidStore(unpacking: second)
            }
        }
    }
}
