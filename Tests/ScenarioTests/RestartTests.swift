import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// Containers that end, and what starts them again: the supervisor alone, in the network that they had.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct RestartTests {
        private func project(_ fixture: Fixture, _ keys: String, command: String) throws -> Project {
            let project = try fixture.project(
                """
                name: \(fixture.id)
                services:
                  web:
                    image: bootstrap:busybox
                    command: \(command)
                    stop_grace_period: 0s
                \(keys)
                """)
            // A directory that is missing is an error.
            try project.write("out/place", "")
            return project
        }

        /// Attributes: `restart`
        @Test func aCrashedContainerServesAgain() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let project = try project(
                    fixture, "    restart: always\n    ports: [\"\(port):80\"]",
                    command: "sh -c 'echo here >/page; exec httpd -f -p 80 -h /'")
                expect(try project.trice("up"), endsWith: 0)
                let first = try project.status().service("web")
                for round in 1...2 {
                    let pid = try #require(try project.status().service("web").pid)
                    kill(pid, SIGKILL)
                    #expect(
                        try eventually {
                            let web = try project.status().service("web")
                            return web.state == "running" && web.pid != pid && web.restarts == round
                        })
                }
                let again = try project.status().service("web")
                #expect(again.address == first.address)
                #expect(again.lastExit?.signal == SIGKILL)
                // Its program listens a moment after it has started.
                #expect(Response.eventually("/page", from: Endpoint("127.0.0.1", port)) { $0.body == "here\n" })
                #expect(try project.expectSuccess("status").contains("2 restarts, last exit 137"))
            }
        }

        @Test func failuresAreLimited() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture, "    restart: on-failure:2\n    volumes: [\"./out:/out\"]",
                    command: "sh -c 'echo run >>/out/runs; echo no configuration; exit 3'")
                let first = try project.trice("up")
                #expect(
                    try eventually {
                        let web = try project.status().service("web")
                        return web.state == "exited" && web.exitCode == 3 && web.restarts == 2
                    })
                #expect(try project.read("out/runs") == "run\nrun\nrun\n")
                // `up` looks once, so on a slow machine the program may live a moment longer than it.
                var last = first
                for _ in 1...20 where last.succeeded { last = try project.trice("up") }
                expect(last, endsWith: 1, saying: "web", "code 3", "no configuration", "trice logs web")
            }
        }

        /// The usual way to wait for a database without a health check.
        @Test func aServiceThatRunsAtTheSecondTryIsNoFailure() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture, "    restart: on-failure\n    volumes: [\"./out:/out\"]",
                    command: "sh -c 'test -e /out/tried || { touch /out/tried; exit 1; }; exec sleep 1000'")
                expect(try project.trice("up"), endsWith: 0)
                // The first try may end after `up` has seen it run.
                #expect(
                    try eventually {
                        let web = try project.status().service("web")
                        return web.state == "running" && web.restarts == 1 && web.lastExit?.code == 1
                    })
            }
        }

        @Test func aCrashLoopIsToldAfterAFewTries() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture, "    deploy: {restart_policy: {condition: any, delay: 20ms}}",
                    command: "sh -c 'echo out of luck; exit 4'")
                // `up` may have looked before the first end; the next one finds the loop.
                var last = try project.trice("up")
                for _ in 1...20 where last.succeeded { last = try project.trice("up") }
                expect(last, endsWith: 1, saying: "again and again", "code 4", "out of luck")
                expect(try project.trice("down"), endsWith: 0)
                #expect(try project.status().services.isEmpty)
            }
        }

        /// The seconds at which the container has started, once it is not started again.
        private func runs(
            _ fixture: Fixture, _ policy: String, for seconds: String = "0", code: Int = 1, count: Int
        ) throws -> [Int] {
            let project = try project(
                fixture, "    volumes: [\"./out:/out\"]\n    deploy: {restart_policy: {\(policy)}}",
                command: "sh -c 'date +%s >>/out/runs; sleep \(seconds); exit \(code)'")
            try project.write("out/runs", "")
            _ = try project.trice("up", "--force-recreate", "--no-wait")
            func runs() throws -> [Int] { try project.read("out/runs").split(separator: "\n").compactMap { Int($0) } }
            #expect(try eventually(within: .seconds(20)) { try runs().count >= count }, "\(policy)")
            usleep(1_500_000)
            let found = try runs()
            try project.expectSuccess("down")
            return found
        }

        /// Attributes: `deploy.restart_policy`, `deploy.restart_policy.condition`, `deploy.restart_policy.delay`
        /// Attributes: `deploy.restart_policy.max_attempts`, `deploy.restart_policy.window`
        @Test func theRestartPolicyOfDeploy() async throws {
            try await withFixture { fixture in
                #expect(try runs(fixture, "condition: none", count: 1).count == 1)
                #expect(try runs(fixture, "condition: on-failure", code: 0, count: 1).count == 1)
                #expect(try runs(fixture, "condition: any, max_attempts: 2", code: 0, count: 3).count == 3)
                let late = try runs(fixture, "condition: on-failure, max_attempts: 2, delay: 2s", count: 3)
                #expect(late.count == 3 && zip(late, late.dropFirst()).allSatisfy { $1 - $0 >= 2 }, "\(late)")
                // What has run as long as the window begins to count anew.
                let policy = "condition: any, max_attempts: 1, delay: 100ms"
                #expect(try runs(fixture, policy, for: "0.6", count: 2).count == 2)
                #expect(try runs(fixture, policy + ", window: 500ms", for: "0.6", count: 4).count >= 4)
            }
        }

        @Test func aProgramThatIsMissingIsNotStartedAgain() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture, "    deploy: {restart_policy: {condition: any, delay: 3s}}", command: "nosuchprogram")
                expect(try project.trice("up"), endsWith: 1, saying: "nosuchprogram")
                #expect(try eventually { try project.status().service("web").state == "exited" })
                // Longer than the pause.
                usleep(3_500_000)
                #expect(try project.status().service("web").state == "exited")
            }
        }

        @Test func anotherSupervisorKeepsTheCount() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, "    restart: on-failure:2", command: "sleep 1000")
                expect(try project.trice("up"), endsWith: 0)
                func crash() throws {
                    kill(try #require(try project.status().service("web").pid), SIGKILL)
                }
                try crash()
                #expect(try eventually { try project.status().service("web").restarts == 1 })
                #expect(try eventually { try project.status().service("web").state == "running" })
                try project.killSupervisor()
                #expect(try project.status().supervisor == nil)
                #expect(try project.status().service("web").restarts == 1)
                try project.expectSuccess("logs")
                try crash()
                #expect(try eventually { try project.status().service("web").restarts == 2 })
                #expect(try eventually { try project.status().service("web").state == "running" })
                try crash()
                #expect(try eventually { try project.status().service("web").state == "exited" })
            }
        }

        /// Compose: a `post_start` hook that fails is a failure of `up`, with its exit code
        /// Compose: a `pre_stop` hook runs in the container before that is stopped
        /// Attributes: `post_start`, `pre_stop`, `post_start.*.command`, `post_start.*.environment`
        /// Attributes: `post_start.*.privileged`, `post_start.*.user`, `post_start.*.working_dir`
        /// Attributes: `pre_stop.*.command`, `pre_stop.*.environment`, `pre_stop.*.privileged`, `pre_stop.*.user`
        /// Attributes: `pre_stop.*.working_dir`
        @Test func hooksRunInsideAndTheirFailureIsTold() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture,
                    """
                        volumes: ["./out:/out"]
                        post_start:
                          - command: sh -c 'echo started by $$NAME in $$PWD >>/out/hooks'
                            environment: {NAME: hook}
                            working_dir: /tmp
                          - command: [sh, -c, "grep CapEff /proc/self/status >/out/caps"]
                            privileged: true
                          - command: sh -c 'echo user $$(id -u) >>/out/hooks'
                            user: "7:8"
                        pre_stop:
                          - command: sh -c 'echo stopping by $$NAME in $$PWD as $$(id -u):$$(id -g) >>/out/hooks'
                            environment: {NAME: end}
                            working_dir: /etc
                            user: "9:10"
                          - command: [sh, -c, "grep CapEff /proc/self/status >/out/stopcaps"]
                            privileged: true
                    """, command: "sleep 1000")
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o777], ofItemAtPath: "\(project.directory)/out")
                try project.write("out/hooks", "")
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o666], ofItemAtPath: "\(project.directory)/out/hooks")
                expect(try project.trice("up"), endsWith: 0)
                let started = "started by hook in /tmp\nuser 7\n"
                #expect(try project.read("out/hooks") == started)
                let plain = try project.expectSuccess("exec", "web", "grep", "CapEff", "/proc/self/status")
                #expect(try project.read("out/caps") > plain)
                expect(try project.trice("down"), endsWith: 0)
                #expect(try project.read("out/hooks") == started + "stopping by end in /etc as 9:10\n")
                #expect(try project.read("out/stopcaps") > plain)

                try project.write(
                    "Envfile",
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sleep 1000
                        stop_grace_period: 0s
                        post_start: [{command: sh -c 'echo no rights; exit 9'}]
                        pre_stop: [{command: "false"}]
                    """)
                expect(
                    try project.trice("up"), endsWith: 1, saying: "`post_start` of service web failed", "no rights",
                    "code 9")
                #expect(try project.status().service("web").state == "exited")
            }
        }

        /// Attributes: `stop_signal`, `stop_grace_period`
        @Test func aProcessThatIgnoresItsSignalIsNamed() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture, "    stop_signal: SIGINT\n",
                    command: "sh -c 'trap \"\" INT; while true; do sleep 0.1; done'")
                try project.write(
                    "Envfile",
                    project.read("Envfile").replacing("stop_grace_period: 0s", with: "stop_grace_period: 300ms"))
                expect(try project.trice("up"), endsWith: 0)
                let output = try project.trice("down")
                expect(output, endsWith: 0, saying: "web did not end within 300ms after SIGINT")
            }
        }

        /// Attributes: `scale`, `deploy.replicas`
        @Test func replicasHaveNamesAndPortsOfTheirOwn() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let project = try project(
                    fixture, "    scale: 3\n    ports: [\"\(port)-\(port + 2):80\"]",
                    command: "sh -c 'hostname >/page; exec httpd -f -p 80 -h /'")
                expect(try project.trice("up"), endsWith: 0)
                func containers() throws -> [String] { try project.status().services.map(\.container).sorted() }
                #expect(try containers() == ["web-1", "web-2", "web-3"])
                let ports = try project.status().services.flatMap(\.ports).map(\.hostPort)
                #expect(Set(ports).isSubset(of: [port, port + 1, port + 2]) && Set(ports).count == 3)
                #expect(try project.expectSuccess("exec", "--index", "2", "web", "hostname") == "web-2\n")
                #expect(try project.expectSuccess("ssh", "--index", "3", "web", "hostname") == "web-3\n")
                expect(try project.trice("exec", "--index", "4", "web", "true"), endsWith: 1, saying: "web-4")
                let pids = try project.status().services.map(\.pid)
                expect(try project.trice("up"), endsWith: 0)
                #expect(try project.status().services.map(\.pid) == pids)
                expect(try project.trice("scale", "web=1"), endsWith: 0)
                #expect(try containers() == ["web-1"])
                expect(try project.trice("up", "--scale", "web=2"), endsWith: 0)
                #expect(try containers() == ["web-1", "web-2"])
                expect(try project.trice("scale", "wob=2"), endsWith: 1, saying: "wob", "`web`")
                expect(try project.trice("scale", "web=many"), endsWith: 64)
            }
        }
    }
}
