import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Copies of environments, side by side.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct CloneTests {
        private func envfile(_ name: String, port: UInt16) -> String {
            """
            name: \(name)
            services:
              web:
                image: bootstrap:busybox
                command: httpd -f -p 80 -h /data
                stop_grace_period: 0s
                ports: ["\(port):80"]
                volumes: ["data:/data"]
            volumes: { data: {} }

            """
        }

        private func content(_ project: Project, _ arguments: String...) throws -> String {
            let output = try project.command(arguments + ["exec", "web", "cat", "/own", "/data/file"]).run()
            guard output.succeeded else { throw TestError(output.description) }
            return output.standardOutput
        }

        private func set(_ text: String, _ project: Project, _ arguments: String...) throws {
            let script = "echo \(text) >/own; echo \(text) >/data/file"
            let output = try project.command(arguments + ["exec", "web", "sh", "-c", script]).run()
            guard output.succeeded else { throw TestError(output.description) }
        }

        /// Both sides write, and each reads what it wrote; also after the source is gone. Nothing stops the services of a user
        /// for the moment of a copy.
        @Test(arguments: UserRun.isOn ? [false] : [true, false]) func aCopyHasALifeOfItsOwn(sourceRuns: Bool)
            async throws
        {
            try await withFixture { fixture in
                let main = try fixture.project(envfile(fixture.id, port: try Fixture.freePort()), named: "main")
                try main.expectSuccess("up")
                try set("one", main)
                if !sourceRuns { try main.expectSuccess("stop") }
                let name = "\(fixture.id)-copy"
                fixture.onCleanUp { _ = try main.trice("-p", name, "down", "--volumes", "--timeout", "0") }
                expect(try main.trice("clone", fixture.id, name), endsWith: 0, saying: "as \(name)")
                if !sourceRuns { try main.expectSuccess("start") }
                try main.expectSuccess("-p", name, "up")
                #expect(try content(main, "-p", name) == "one\none\n")
                try set("two", main, "-p", name)
                try set("three", main)
                #expect(try content(main, "-p", name) == "two\ntwo\n")
                #expect(try content(main) == "three\nthree\n")
                // Each has a port of its own.
                let ports = [
                    try main.expectSuccess("port", "--env"), try main.expectSuccess("-p", name, "port", "--env"),
                ]
                #expect(ports[0] != ports[1])
                for (number, text) in ["three", "two"].enumerated() {
                    let line = try #require(ports[number].split(separator: "\n").first { $0.hasPrefix("WEB_PORT_80=") })
                    let url = "http://127.0.0.1:\(line.dropFirst("WEB_PORT_80=".count))/file"
                    #expect(try Command("curl", ["-sf", url]).run().standardOutput == "\(text)\n")
                }
                try main.expectSuccess("down", "--volumes")
                try main.expectSuccess("-p", name, "restart")
                #expect(try content(main, "-p", name) == "two\ntwo\n")
                try main.expectSuccess("-p", name, "down", "--volumes")
                try main.expectSuccess("image", "prune", "--force")
                #expect(try SnapshotTests.mounts(fixture).isEmpty)
                #expect(try SnapshotTests.layers(fixture).allSatisfy { !$0.hasPrefix("local-") })
            }
        }

        /// Three worktrees of one project, made from a snapshot of the first; a compose.yaml with a fixed port.
        @Test func worktreesBeginLikeAnother() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let text = envfile(fixture.id, port: port)
                let main = try fixture.project(text, named: "main", file: "compose.yaml")
                try main.expectSuccess("up")
                try set("base", main)
                try main.expectSuccess("snapshot", "save", "seeded", "--stop")
                try set("later", main)
                var copies: [Project] = []
                for name in ["one", "two", "three"] {
                    let copy = try fixture.project(text, named: name, file: "compose.yaml")
                    copies.append(copy)
                    expect(
                        try copy.trice("up", "--like", "main@seeded"), endsWith: 1, saying: "\(port)")
                    try copy.expectSuccess("down", "--volumes")
                    try copy.expectSuccess("up", "--like", "main@seeded", "--auto-ports")
                    #expect(try content(copy) == "base\nbase\n")
                    try set(name, copy)
                    // Neither is asked for twice.
                    expect(try copy.trice("plan"), endsWith: 0, saying: "nothing to do")
                    expect(try copy.trice("up", "--like", "main"), endsWith: 0, saying: "exists already")
                }
                for copy in copies { #expect(try content(copy) == "\(copy.name)\n\(copy.name)\n") }
                #expect(try content(main) == "later\nlater\n")
                let shown = try (copies + [main]).map { try $0.expectSuccess("port", "web", "80") }
                #expect(Set(shown).count == 4)
            }
        }

        @Test func badCopiesAreRefused() async throws {
            try await withFixture { fixture in
                let main = try fixture.project(envfile(fixture.id, port: try Fixture.freePort()), named: "main")
                expect(try main.trice("clone", "nothing"), endsWith: 1, saying: "There is no environment `nothing`")
                try main.expectSuccess("up")
                expect(try main.trice("clone", "main"), endsWith: 1, saying: "cannot be a copy of itself")
                expect(try main.trice("clone", "main@no", "other"), endsWith: 1, saying: "There is no snapshot `no`")
                let other = try fixture.project(envfile(fixture.id, port: try Fixture.freePort()), named: "other")
                try other.expectSuccess("up")
                expect(try other.trice("clone", "main"), endsWith: 1, saying: "exists already and would be lost")
                expect(try other.trice("clone", fixture.id), endsWith: 1, saying: "may be any of")
                #expect(try main.status().running == ["web"] && other.status().running == ["web"])
            }
        }
    }
}
