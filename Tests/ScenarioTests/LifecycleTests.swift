import Foundation
import TestSupport
import Testing

extension OnHost {
    /// `stop`, `start`, `restart`, `rm`, `kill`, `pause`, `unpause`, `create` and `destroy`.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct LifecycleTests {
        private func project(_ fixture: Fixture, port: UInt16? = nil) throws -> Project {
            let ports = try port.map { $0 } ?? Fixture.freePort()
            return try fixture.project(
                """
                name: \(fixture.id)
                services:
                  db:
                    image: bootstrap:busybox
                    command: sh -c 'echo up; trap "exit 0" TERM; while true; do sleep 0.1; done'
                    volumes: ["data:/data"]
                  web:
                    image: bootstrap:busybox
                    command: sh -c 'mkdir -p /www; exec httpd -f -p 80 -h /www'
                    stop_grace_period: 0s
                    ports: ["\(ports):80"]
                    volumes: ["/anon"]
                    depends_on: [db]
                volumes: { data: {} }
                """)
        }

        private func state(_ project: Project, _ service: String) throws -> String {
            try project.status().service(service).state
        }

        @Test(arguments: ["stop", "halt"]) func whatIsStoppedStaysStopped(command: String) async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let project = try project(fixture, port: port)
                try project.expectSuccess("up")
                try project.expectSuccess("exec", "web", "--", "sh", "-c", "mkdir -p /www; echo kept >/www/index.html")
                #expect(Response.eventually(from: Endpoint("127.0.0.1", port)) { $0.body == "kept\n" })
                try project.expectSuccess(command, "web")
                #expect(try state(project, "web") == "exited")
                #expect(try state(project, "db") == "running")
                // Nothing listens on its port.
                #expect((try? Socket(connecting: .tcp, to: Endpoint("127.0.0.1", port))) == nil)
                expect(try project.trice("status"), endsWith: 0, saying: "exited (")
                let one = try project.expectSuccess("status", "db")
                #expect(one.contains("db-1") && !one.contains("web-1"))
                expect(try project.trice("status", "dbb"), endsWith: 1, saying: "dbb", "db")
                try project.expectSuccess(command)
                #expect(try state(project, "db") == "exited")
                #expect(try project.status().service("db").exitCode == 0)
                // Twice is once.
                try project.expectSuccess(command)
                // Its own changes are there again, also when its supervisor was ended meanwhile.
                if command == "halt" { try project.expectSuccess("up") } else { try project.expectSuccess("start") }
                #expect(try project.status().running == ["db", "web"])
                #expect(Response.eventually(from: Endpoint("127.0.0.1", port)) { $0.body == "kept\n" })
                expect(try project.trice("plan"), endsWith: 0, saying: "nothing to do")
            }
        }

        @Test func aStartOfOneStartsWhatItNeeds() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                expect(try project.trice("start", "web"), endsWith: 1, saying: "web", "trice up web")
                try project.expectSuccess("up")
                try project.expectSuccess("stop")
                try project.expectSuccess("start", "web")
                #expect(try project.status().running == ["db", "web"])
                expect(try project.trice("stop", "wbe"), endsWith: 1, saying: "wbe", "db, web")
                expect(try project.trice("stop", "-t", "-1"), endsWith: 64, saying: "-t")
            }
        }

        @Test func aRestartKeepsTheContainer() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let project = try project(fixture, port: port)
                try project.expectSuccess("up")
                try project.expectSuccess("exec", "web", "--", "sh", "-c", "mkdir -p /www; echo kept >/www/index.html")
                let before = try project.status()
                try project.expectSuccess("restart", "--no-deps", "web")
                var after = try project.status()
                #expect(try after.service("web").pid != before.service("web").pid)
                #expect(try after.service("db").pid == before.service("db").pid)
                #expect(Response.eventually(from: Endpoint("127.0.0.1", port)) { $0.body == "kept\n" })
                // What was stopped starts.
                try project.expectSuccess("stop", "web")
                try project.expectSuccess("restart", "-t", "1")
                after = try project.status()
                #expect(after.running == ["db", "web"])
                #expect(try after.service("db").pid != before.service("db").pid)
            }
        }

        @Test func onlyWhatIsStoppedIsRemoved() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.expectSuccess("up")
                try project.expectSuccess("exec", "web", "--", "sh", "-c", "echo kept >/anon/file")
                try project.expectSuccess("rm", "-f")
                #expect(try project.status().running == ["db", "web"])
                try project.expectSuccess("stop", "web")
                try project.expectSuccess("rm", "-f", "web")
                #expect(try project.status().services.map(\.service) == ["db"])
                // Its volume without a name waits for its successor.
                try project.expectSuccess("up")
                #expect(try project.expectSuccess("exec", "web", "cat", "/anon/file") == "kept\n")
                try project.expectSuccess("rm", "-fsv", "web")
                #expect(try project.status().services.map(\.service) == ["db"])
                try project.expectSuccess("up")
                expect(try project.trice("exec", "web", "cat", "/anon/file"), endsWith: 1)
                try project.expectSuccess("rm", "--stop", "--force")
                #expect(try project.status().services.isEmpty)
            }
        }

        @Test func signalsReachTheService() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.expectSuccess("up")
                try project.expectSuccess("kill", "-s", "SIGTERM", "db")
                #expect(try eventually { try state(project, "db") == "exited" })
                #expect(try project.status().service("db").exitCode == 0)
                try project.expectSuccess("kill")
                #expect(try eventually { try state(project, "web") == "exited" })
                #expect(try project.status().service("web").exitCode == 137)
                expect(try project.trice("kill", "-s", "SIGNOTHING"), endsWith: 64, saying: "SIGNOTHING")
            }
        }

        @Test(.needsRoot(.freezing), arguments: [["pause", "unpause"], ["suspend", "resume"]])
        func whatIsPausedGoesOn(commands: [String]) async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.expectSuccess("up")
                let pid = try #require(try project.status().service("web").pid)
                try project.expectSuccess(commands[0], "web")
                #expect(try state(project, "web") == "paused")
                expect(try project.trice("status"), endsWith: 0, saying: "paused")
                expect(try project.trice("exec", "web", "true"), endsWith: 1, saying: "paused", "unpause")
                expect(try project.trice("plan"), endsWith: 2, saying: "resume container web-1")
                try project.expectSuccess(commands[1])
                #expect(try state(project, "web") == "running")
                #expect(try project.status().service("web").pid == pid)
                // `up` lets it go on as well, and a paused one can be stopped and removed.
                try project.expectSuccess(commands[0])
                try project.expectSuccess("up")
                #expect(try project.status().running == ["db", "web"])
                try project.expectSuccess(commands[0])
                try project.expectSuccess("stop", "-t", "1", "db")
                #expect(try state(project, "db") == "exited")
                try project.expectSuccess("down")
            }
        }

        @Test func whatIsCreatedWaits() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.expectSuccess("create")
                #expect(try state(project, "web") == "created")
                try project.expectSuccess("start")
                #expect(try project.status().running == ["db", "web"])
                try project.expectSuccess("destroy", "--force")
                #expect(try project.status().services.isEmpty)
                #expect(try project.expectSuccess("volumes", "-q").isEmpty)
            }
        }

        @Test func aDryRunDoesNothing() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                expect(try project.trice("up", "--dry-run"), endsWith: 0, saying: "+ container web-1")
                #expect(try project.status().services.isEmpty)
                try project.expectSuccess("up")
                expect(try project.trice("--dry-run", "stop"), endsWith: 0, saying: "< stop container web-1")
                expect(try project.trice("down", "--dry-run"), endsWith: 0, saying: "- container web-1")
                expect(try project.trice("commit", "--dry-run", "web", "x:1"), endsWith: 0, saying: "nothing was done")
                #expect(try project.status().running == ["db", "web"])
            }
        }
    }
}
