import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `reload` and the other verbs of Vagrant, `start --wait`, and what an interrupted `up` says.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct VagrantVerbTests {
        private func text(_ fixture: Fixture, value: String = "1", health: String = "test -f /ready") -> String {
            """
            name: \(fixture.id)
            services:
              db: {image: bootstrap:busybox, command: sleep 1000, stop_grace_period: 0s}
              web:
                image: bootstrap:busybox
                command: sh -c 'sleep 0.5; touch /ready; exec httpd -f -p 80'
                stop_grace_period: 0s
                environment: {VALUE: "\(value)"}
                ports: ["80"]
                healthcheck: {test: "\(health)", interval: 100ms, retries: 1000}
            """
        }

        @Test func aReloadRestartsWhatRunsAndMakesAnewWhatChanged() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(text(fixture))
                expect(try project.trice("up"), endsWith: 0)
                let before = try project.status()
                expect(
                    try project.trice("reload", "--dry-run"), endsWith: 0, saying: "> restart container db-1",
                    "> restart container web-1")
                expect(try project.trice("exec", "db", "touch", "/kept"), endsWith: 0)
                try project.write("Envfile", text(fixture, value: "2"))
                expect(try project.trice("reload"), endsWith: 0)
                let after = try project.status()
                #expect(try before.service("db").pid != after.service("db").pid)
                #expect(try after.service("web").health == "healthy")
                #expect(try project.expectSuccess("exec", "web", "sh", "-c", "echo $VALUE") == "2\n")
                expect(try project.trice("exec", "db", "test", "-e", "/kept"), endsWith: 0)
                // One service alone.
                expect(try project.trice("reload", "web"), endsWith: 0)
                #expect(try project.status().service("db").pid == after.service("db").pid)
                #expect(try project.status().service("web").pid != after.service("web").pid)
                let all = try project.expectSuccess("port")
                #expect(all.hasPrefix("web-1 80/tcp -> 127.0.0.1:"), "\(all)")
            }
        }

        @Test func aStartWaitsWhereThatIsAskedFor() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(text(fixture))
                expect(try project.trice("up"), endsWith: 0)
                expect(try project.trice("stop"), endsWith: 0)
                expect(try project.trice("exec", "web", "true"), endsWith: 1)
                expect(try project.trice("start", "--wait"), endsWith: 0)
                #expect(try project.status().service("web").health == "healthy")
                try project.write("Envfile", text(fixture, health: "false"))
                expect(try project.trice("up", "--no-wait"), endsWith: 0)
                expect(try project.trice("stop", "web"), endsWith: 0)
                expect(
                    try project.trice("start", "--wait", "--wait-timeout", "1", "web"), endsWith: 1,
                    saying: "web is not ready within the time")
                expect(try project.trice("start", "--wait-timeout", "-1"), endsWith: 64)
            }
        }

        @Test func anInterruptedUpSaysWhatRuns() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(text(fixture, health: "false"))
                let running = try project.command(["up"]).start()
                #expect(try eventually { try project.status().running == ["db", "web"] })
                usleep(300_000)
                running.send(SIGINT)
                let output = running.wait(timeout: .seconds(20))
                let error = output.standardError
                #expect(error.contains("Left running: db-1, web-1 (not healthy)."), "\(output.description)")
                #expect(error.contains("trice down"), "\(output.description)")
            }
        }

        @Test func runWritesNothingOfItsOwnIntoAPipe() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(text(fixture))
                let output = try project.trice("run", "--rm", "db", "echo", "hello")
                #expect(output.standardOutput == "hello\n" && output.standardError.isEmpty, "\(output.description)")
            }
        }
    }
}
