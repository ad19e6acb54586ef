import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// Health checks and `wait`, run by the supervisor in real containers, and what `up` makes of them.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct HealthTests {
        /// - Parameter keys: of the service `db`, each line indented by four.
        private func project(
            _ fixture: Fixture, _ keys: String, command: String = "sleep 1000", more: String = ""
        ) throws -> Project {
            try fixture.project(
                """
                name: \(fixture.id)
                services:
                  db:
                    image: bootstrap:busybox
                    command: \(command)
                    stop_grace_period: 0s
                \(keys)
                \(more)
                """)
        }

        private static let web = """
              web:
                image: bootstrap:busybox
                command: sleep 1000
                stop_grace_period: 0s
                depends_on: {db: {condition: service_healthy}}
            """

        /// Compose: a service starts when what it waits for is healthy
        /// Attributes: `healthcheck`, `depends_on`, `healthcheck.test`, `depends_on.*.condition`
        @Test func aServiceStartsWhenItsDependencyIsHealthy() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture, "    healthcheck: {test: [CMD, test, -f, /ready], interval: 200ms, retries: 100}",
                    command: "sh -c 'sleep 0.5; touch /ready; exec sleep 1000'", more: Self.web)
                expect(try project.trice("plan"), endsWith: 2, saying: "after db-1 is healthy")
                let began = ContinuousClock.now
                expect(try project.trice("up"), endsWith: 0)
                #expect(ContinuousClock.now - began > .milliseconds(500))
                let status = try project.status()
                #expect(try status.service("db").health == "healthy")
                #expect(try status.service("db").healthyAfter ?? 0 >= 500)
                #expect(try status.service("web").health == nil)
                #expect(try project.expectSuccess("status").contains("running (healthy after "))
                // Nothing more to do, and nothing to wait for.
                expect(try project.trice("up"), endsWith: 0)
                expect(try project.trice("plan"), endsWith: 0)
            }
        }

        /// `up` had nothing to do for the other one, and looks at it all the same.
        @Test func aServiceThatIsKilledWhileAnotherIsWaitedForIsAFailure() async throws {
            try await withFixture { fixture in
                func project(_ value: Int) throws -> Project {
                    try self.project(
                        fixture,
                        """
                            environment: {VALUE: "\(value)"}
                            healthcheck: {test: [CMD, test, -f, /ready], interval: 100ms, retries: 100}
                        """, command: "sh -c 'sleep 2; touch /ready; exec sleep 1000'",
                        more: "  other: {image: \"bootstrap:busybox\", command: sleep 1000, stop_grace_period: 0s}")
                }
                try project(1).expectSuccess("up")
                let edited = try project(2)
                let up = try edited.command(["up"]).start()
                #expect(eventually { (try? edited.status().service("db").health) == "starting" })
                kill(try #require(try edited.status().service("other").pid), SIGKILL)
                let output = up.wait(timeout: .seconds(20))
                expect(output, endsWith: 1, saying: "Service other has ended with code 137")
            }
        }

        /// Attributes: `healthcheck.interval`, `healthcheck.retries`
        @Test func anUnhealthyServiceIsAFailureWithItsReason() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture,
                    "    healthcheck: {test: \"echo no table users; exit 7\", interval: 50ms, retries: 2}",
                    command: "sh -c 'echo waiting for files; exec sleep 1000'", more: Self.web)
                let output = try project.trice("up")
                expect(
                    output, endsWith: 1, saying: "db is unhealthy", "no table users", "code 7", "2 times in a row",
                    "waiting for files", "trice logs db")
                let status = try project.status()
                #expect(try status.service("db").health == "unhealthy")
                #expect(status.running == ["db"])
                // The same when nothing has to be started.
                expect(try project.trice("up", "db"), endsWith: 1, saying: "db is unhealthy")
            }
        }

        /// The check fails until the file is there, which a container without a start period does not live to see.
        ///
        /// Attributes: `healthcheck.start_period`
        @Test func failuresDoNotCountWhileItStarts() async throws {
            try await withFixture { fixture in
                func up(_ keys: String) throws -> Command.Output {
                    try project(
                        fixture, "    healthcheck: {test: [CMD, test, -f, /ready], retries: 1, interval: 300ms\(keys)}",
                        command: "sh -c 'sleep 2.5; touch /ready; exec sleep 1000'"
                    ).trice("up", "--force-recreate")
                }
                expect(try up(""), endsWith: 1, saying: "db is unhealthy")
                expect(try up(", start_period: 60s"), endsWith: 0)
            }
        }

        /// Attributes: `healthcheck.timeout`
        @Test func aCheckThatHangsIsKilledWithAllItsProcesses() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture,
                    """
                        healthcheck:
                          test: "sleep 4711 & setsid sleep 4711 & sleep 4711"
                          interval: 50ms
                          timeout: 300ms
                          retries: 1
                    """)
                expect(try project.trice("up"), endsWith: 1, saying: "db is unhealthy", "took too long")
                let pid = try #require(try project.status().supervisor?.pid)
                kill(pid, SIGSTOP)
                defer { kill(pid, SIGCONT) }
                // At most the check that runs at this moment.
                #expect(eventually { processes(named: "sleep 4711") <= 4 })
            }
        }

        private func processes(named words: String) -> Int {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            return names.filter { Int($0) != nil }.count { pid in
                let line = try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)
                return line?.replacing("\0", with: " ").hasPrefix(words) ?? false
            }
        }

        @Test func aCheckMayPrintALot() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture, "    healthcheck: {test: \"head -c 300000000 /dev/zero\", interval: 100ms, timeout: 20s}")
                expect(try project.trice("up"), endsWith: 0)
                #expect(try project.status().service("db").health == "healthy")
            }
        }

        @Test func aCheckWhoseProgramIsMissingSaysSo() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture, "    healthcheck: {test: [CMD, nosuchprogram], interval: 50ms, retries: 1}")
                expect(try project.trice("up"), endsWith: 1, saying: "db is unhealthy", "nosuchprogram", "code 127")
            }
        }

        /// Attributes: `wait`, `wait.tcp`, `wait.http`, `wait.log`, `wait.exec`
        @Test(arguments: [
            ("wait: {tcp: 80}", "sh -c 'sleep 0.3; exec httpd -f -p 80'"),
            ("wait: {http: 80/page}", "sh -c 'sleep 0.3; touch /page; exec httpd -f -p 80 -h /'"),
            ("wait: {log: all is ready}", "sh -c 'sleep 0.3; echo now all is ready here; exec sleep 1000'"),
            ("wait: {exec: test -f /ready}", "sh -c 'sleep 0.3; touch /ready; exec sleep 1000'"),
        ])
        func waitsOfAllKinds(_ wait: String, _ command: String) async throws {
            try await withFixture { fixture in
                let project = try project(fixture, "    \(wait)", command: command, more: Self.web)
                expect(try project.trice("up"), endsWith: 0)
                let db = try project.status().service("db")
                #expect(db.health == "healthy" && (db.healthyAfter ?? 0) >= 300)
            }
        }

        /// Attributes: `wait.timeout`
        @Test(arguments: [
            ("wait: {tcp: 80, timeout: 400ms}", "sleep 1000", "Connection refused"),
            ("wait: {http: 80/none, timeout: 400ms}", "httpd -f -p 80 -h /", "404"),
            ("wait: {log: ready, timeout: 400ms}", "sleep 1000", "no line contains `ready`"),
        ])
        func aWaitThatTakesTooLong(_ wait: String, _ command: String, _ reason: String) async throws {
            try await withFixture { fixture in
                let project = try project(fixture, "    \(wait)", command: command)
                expect(try project.trice("up"), endsWith: 1, saying: "db is unhealthy", reason)
            }
        }

        /// Attributes: `healthcheck.disable`
        @Test func theImageHasACheckOfItsOwn() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, "", command: "sleep 1000", more: Self.web)
                let built = try project.read("Envfile").replacing(
                    "    image: bootstrap:busybox\n    command: sleep 1000\n    stop_grace_period: 0s\n\n",
                    with: "    build: .\n    command: sleep 1000\n    stop_grace_period: 0s\n#more\n")
                try project.write("Envfile", built)
                try project.write(
                    "Dockerfile", "FROM bootstrap:busybox\nHEALTHCHECK --interval=100ms CMD test ! -f /sick\n")
                expect(try project.trice("up"), endsWith: 0)
                #expect(try project.status().service("db").health == "healthy")
                try project.expectSuccess("exec", "db", "touch", "/sick")
                #expect(try eventually { try project.status().service("db").health == "unhealthy" })
                // Switched off nothing can depend on it.
                try project.write("Envfile", built.replacing("#more", with: "    healthcheck: {disable: true}"))
                expect(try project.trice("validate"), endsWith: 1, saying: "`db` is healthy", "switched off")
            }
        }

        @Test func upDoesNotWaitWhereItIsToldSo() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture, "    healthcheck: {test: [CMD, \"false\"], interval: 60s, start_period: 60s}")
                expect(try project.trice("up", "--no-wait"), endsWith: 0)
                #expect(try project.status().service("db").health == "starting")
                let began = ContinuousClock.now
                expect(
                    try project.trice("up", "--wait-timeout", "1"), endsWith: 1, saying: "db is not ready",
                    "--wait-timeout")
                #expect(ContinuousClock.now - began < .seconds(20))
            }
        }

        @Test func anotherSupervisorGoesOnWithTheChecks() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture, "    healthcheck: {test: [CMD, test, -f, /ready], interval: 100ms, retries: 1}",
                    command: "sh -c 'touch /ready; exec sleep 1000'")
                expect(try project.trice("up"), endsWith: 0)
                try project.killSupervisor()
                #expect(try project.status().supervisor == nil)
                #expect(try project.status().service("db").health == "healthy")
                try project.expectSuccess("exec", "db", "rm", "/ready")
                // `logs` needs the supervisor, and starts it.
                try project.expectSuccess("logs")
                #expect(try eventually { try project.status().service("db").health == "unhealthy" })
                #expect(try project.status().running == ["db"])
            }
        }

        /// Attributes: `restart_unhealthy`
        @Test func anUnhealthyContainerStartsAgainWhereTheFileSaysSo() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture,
                    "    healthcheck: {test: [CMD, test, -f, /ready], interval: 50ms, retries: 1}\n"
                        + "    restart_unhealthy: true",
                    command: "sh -c 'touch /ready; exec sleep 1000'")
                expect(try project.trice("up"), endsWith: 0)
                let pid = try #require(try project.status().service("db").pid)
                try project.expectSuccess("exec", "db", "rm", "/ready")
                #expect(
                    try eventually {
                        let db = try project.status().service("db")
                        return db.pid != pid && db.health == "healthy" && db.restarts == 1
                    })
            }
        }
    }
}
