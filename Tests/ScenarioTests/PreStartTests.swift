import Foundation
import TestSupport
import Testing

extension OnHost {
    /// `pre_start`: containers that run to their end before a service starts.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct PreStartTests {
        private func text(_ fixture: Fixture, steps: String) -> String {
            """
            name: \(fixture.id)
            services:
              db:
                image: bootstrap:busybox
                command: sh -c 'sleep 0.3; touch /tmp/ready; exec httpd -f -p 80'
                stop_grace_period: 0s
                healthcheck: {test: [CMD, test, -f, /tmp/ready], interval: 100ms, retries: 100}
              web:
                image: bootstrap:busybox
                command: sh -c 'echo "start $$HOSTNAME" >>/data/log; exec sleep 1000'
                stop_grace_period: 0s
                hostname: web
                depends_on: {db: {condition: service_healthy}}
                environment: {STAGE: service, KEPT: "yes"}
                volumes: ["data:/data"]
                pre_start:
            \(steps)
            volumes: {data: }
            """
        }

        private static let steps = """
                  - command: sh -c 'wget -q -O /dev/null http://db/ ; echo "first $$? $$STAGE $$KEPT" >>/data/log; chmod 666 /data/log'
                    environment: {STAGE: step}
                  - command: [sh, -c, 'echo "second $$(id -u) $$PWD" >>/data/log']
                    user: "7:7"
                    working_dir: /tmp
                    volumes: ["data:/data"]
                    per_replica: true
            """

        private func log(_ project: Project) throws -> String {
            try project.expectSuccess("exec", "web", "cat", "/data/log")
        }

        /// The server of `db` says 404 to a request for its directory, which is 1 of `wget`: it was reached.
        ///
        /// Compose: the steps of `pre_start` run in their order before the service, once for all replicas
        /// Attributes: `pre_start`, `pre_start.*.per_replica`
        @Test func stepsRunInOrderWithWhatTheirServiceHas() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(text(fixture, steps: Self.steps))
                expect(try project.trice("up"), endsWith: 0, saying: "container web-pre-start-1-1: run")
                let lines = try log(project).split(separator: "\n").map(String.init)
                #expect(lines == ["first 1 step yes", "second 7 /tmp", "start web"])
                // They are gone, and run no more while the service is what it is.
                #expect(try project.status().services.map(\.service) == ["db", "web"])
                expect(try project.trice("restart", "web"), endsWith: 0)
                expect(try project.trice("stop", "web"), endsWith: 0)
                expect(try project.trice("up"), endsWith: 0)
                #expect(try log(project).split(separator: "\n").count { $0.hasPrefix("first") } == 1)
                // Another container has only the step for each.
                expect(try project.trice("up", "--scale", "web=2"), endsWith: 0)
                let scaled = try log(project).split(separator: "\n")
                #expect(scaled.count { $0.hasPrefix("first") } == 1, "\(scaled)")
                #expect(scaled.count { $0.hasPrefix("second") } == 2, "\(scaled)")
                // One that is made anew has all of them.
                expect(try project.trice("up", "--force-recreate", "web"), endsWith: 0)
                #expect(try log(project).split(separator: "\n").count { $0.hasPrefix("first") } == 2)
            }
        }

        /// Compose: a step of `pre_start` that fails is a failure of `up` that names the step; the service is created only
        @Test func aStepThatFailsKeepsItsContainerForALook() async throws {
            try await withFixture { fixture in
                let failing = """
                          - command: sh -c 'echo created table users'
                          - command: sh -c 'echo no column age; exit 3'
                          - command: sh -c 'echo never >>/data/log'
                    """
                let project = try fixture.project(
                    text(fixture, steps: failing), file: "compose.yaml")
                expect(
                    try project.trice("up"), endsWith: 1, saying: "Step 2 of `pre_start` of service web",
                    "ended with code 3", "no column age", "trice logs web-pre-start-2")
                let status = try project.status()
                #expect(status.running == ["db"])
                #expect(try status.service("web-pre-start-2").exitCode == 3)
                #expect(try project.expectSuccess("logs", "web-pre-start-2").contains("no column age"))
                expect(try project.trice("plan"), endsWith: 2, saying: "run container web-pre-start-2-1")
                // The next `up` runs them once more; what was kept goes first.
                try project.write("compose.yaml", text(fixture, steps: failing.replacing("exit 3", with: "exit 0")))
                expect(try project.trice("up"), endsWith: 0)
                #expect(try project.status().services.map(\.service) == ["db", "web"])
                #expect(try log(project).contains("never"))
                try project.write("compose.yaml", text(fixture, steps: failing))
                expect(try project.trice("up"), endsWith: 1, saying: "no column age")
                expect(try project.trice("down", "--volumes"), endsWith: 0, saying: "web-pre-start-2-1: remove")
                expect(try project.trice("status"), endsWith: 0, saying: "nothing is up")
            }
        }

        @Test func aStepThatHangsEndsWithTheTime() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    text(fixture, steps: "      - {command: sleep 1000, stop_grace_period: 0s}"))
                expect(
                    try project.trice("up", "--wait-timeout", "2"), endsWith: 1,
                    saying: "did not end within the time of `--wait-timeout`")
                #expect(try project.status().service("web-pre-start-1").state == "exited")
                // One whose program is not there says so.
                try project.write("Envfile", text(fixture, steps: "      - {command: nosuchprogram}"))
                expect(
                    try project.trice("up"), endsWith: 1, saying: "Step 1 of `pre_start` of service web",
                    "nosuchprogram")
            }
        }
    }
}
