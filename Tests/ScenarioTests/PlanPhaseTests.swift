import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// Pulls, builds and all else are one plan: `plan` shows them and `up` does them, one row for each operation.
    @Suite(.timeLimit(.minutes(10)), .scenario, .registry) struct PlanPhaseTests {
        private func write(_ scene: ImageScene) throws {
            try scene.project.write(
                // An Envfile's lock would answer instead of the registry.
                "compose.yaml",
                """
                name: \(scene.fixture.id)
                services:
                  api:
                    build: {context: ., dockerfile_inline: "FROM bootstrap:busybox\\nCOPY text /\\n"}
                    command: sleep 1000
                    stop_grace_period: 0s
                  plain:
                    image: bootstrap:busybox
                    command: sleep 1000
                    stop_grace_period: 0s
                  web:
                    image: \(scene.name("team/app:1"))
                    pull_policy: always
                    command: sleep 1000
                    stop_grace_period: 0s
                """)
            try scene.project.write("text", "one\n")
        }

        /// The operations that `up --progress json` told, in the order in which they began: id, action and resource.
        private func operations(of output: Command.Output) throws -> [(id: String, text: String)] {
            var found: [(id: String, text: String)] = []
            for line in output.standardError.split(separator: "\n") {
                guard let row = try JSONValue(text: line.utf8).object, let id = row["operation"]?.string else {
                    continue
                }
                let text = "\(row["action"]?.string ?? "") \(row["resource"]?.string ?? "")"
                if let known = found.first(where: { $0.id == id }) {
                    #expect(known.text == text, "operation \(id) is two things")
                } else {
                    found.append((id, text))
                }
            }
            return found
        }

        @Test func planShowsPullsAndBuildsAndUpDoesThem() async throws {
            try await withImages { scene in
                try scene.publish(.runnable("old"), as: "team/app:1")
                try write(scene)
                let (project, id) = (scene.project, scene.fixture.id)
                let image = scene.name("team/app:1")
                let first = try project.trice("plan")
                expect(
                    first, endsWith: 2, saying: "+ image \(id)-api", "+ image \(image)", "+ image bootstrap:busybox",
                    "+ network default", "+ container api-1", "+ container plain-1", "+ container web-1")
                let up = try project.trice("up", "--progress", "json")
                expect(up, endsWith: 0)
                let all = try operations(of: up)
                let texts = all.map(\.text)
                for text in [
                    "build image \(id)-api", "ensure image \(image)", "start supervisor", "create network default",
                    "apply firewall", "apply names", "create container web-1", "start container web-1",
                ] {
                    #expect(texts.count { $0 == text } == 1, "\(text): \(texts)")
                }
                let network = try #require(texts.firstIndex(of: "create network default"))
                for (index, text) in texts.enumerated() where text.contains("image ") { #expect(index < network) }
                let start = try #require(texts.firstIndex { $0.hasPrefix("start container") })
                for text in ["apply firewall", "apply names"] {
                    #expect(try #require(texts.firstIndex(of: text)) < start, "\(texts)")
                }
            }
        }

        @Test func whatTheRegistryAnswersIsPlannedWith() async throws {
            try await withImages { scene in
                try scene.publish(.runnable("old"), as: "team/app:1")
                try write(scene)
                let (project, image) = (scene.project, scene.name("team/app:1"))
                try project.expectSuccess("up")
                let before = try project.status()
                let asks = try project.trice("plan")
                #expect(
                    asks.standardOutput == """
                        ? image \(image)  pull policy is always
                        # container web-1 is recreated if image \(image) has changed

                        """)
                expect(asks, endsWith: 0)
                // The same image: the registry is asked, and that is all.
                let same = try operations(of: project.trice("up", "--progress", "json"))
                #expect(same.map(\.text) == ["pull image \(image)"])
                #expect(try project.status().service("web").pid == before.service("web").pid)

                try scene.publish(.runnable("new"), as: "team/app:1")
                try project.write("text", "two\n")
                expect(
                    try project.trice("plan"), endsWith: 0,
                    saying: "? image \(image)")
                let build = try project.trice("up", "--build", "--progress", "json")
                let texts = try operations(of: build).map(\.text)
                #expect(texts.contains("pull image \(image)") && texts.contains("build image \(scene.fixture.id)-api"))
                #expect(texts.contains("create container web-1") && texts.contains("create container api-1"))
                #expect(try scene.flavour() == "new")
                #expect(try project.expectSuccess("exec", "api", "--", "cat", "/text") == "two\n")
                #expect(try project.status().service("plain").pid == before.service("plain").pid)
            }
        }

        /// Looking starts no process: neither `status` nor `plan` bring a supervisor back that was killed.
        @Test func lookingStartsNoProcess() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    "name: \(fixture.id)\nservices:\n  a:\n    image: bootstrap:busybox\n    command: sleep 1000\n"
                        + "    stop_grace_period: 0s\n")
                try project.expectSuccess("up")
                let before = try project.status()
                try project.killSupervisor()
                for _ in 0..<2 {
                    let status = try project.status()
                    #expect(status.supervisor == nil)
                    #expect(try status.service("a").state == "running")
                    #expect(try status.service("a").pid == before.service("a").pid)
                }
                let plan = try project.trice("plan")
                expect(plan, endsWith: 2)
                #expect(plan.standardOutput == "> start supervisor  does not run\n")
                #expect(try project.status().supervisor == nil)
                try project.expectSuccess("up")
                #expect(try project.status().supervisor != nil)
                #expect(try project.status().service("a").pid == before.service("a").pid)
                expect(try project.trice("plan"), endsWith: 0, saying: "nothing to do")
                // `down` takes over what runs, too.
                try project.killSupervisor()
                try project.expectSuccess("down")
                #expect(try project.status().services.isEmpty)
            }
        }
    }
}
