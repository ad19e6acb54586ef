import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// Behaviours that Docker Compose's own end-to-end scenarios show, with a Compose file and Compose's words.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct ComposeBehaviourTests {
        private func project(_ fixture: Fixture, _ services: String) throws -> Project {
            let lines = services.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
            return try fixture.project("name: \(fixture.id)\nservices:\n\(lines)\n", file: "compose.yaml")
        }

        private static let sleeper = "image: bootstrap:busybox, command: sleep 1000, stop_grace_period: 0s"
        private static let pair =
            "foo: { \(sleeper), depends_on: [bar] }\nbar: { \(sleeper) }\nother: { \(sleeper) }"

        private func pids(_ project: Project) throws -> [String: Int32?] {
            Dictionary(try project.status().services.map { ($0.service, $0.pid) }) { $1 }
        }

        /// Compose: `start` brings the same containers back, and those that they depend on
        /// Compose: `stop SERVICE` leaves what it depends on running
        @Test func stoppingAndStarting() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, Self.pair)
                try project.expectSuccess("up", "-d")
                try project.expectSuccess("exec", "foo", "touch", "/mark")
                try project.expectSuccess("stop", "foo")
                #expect(try project.status().running == ["bar", "other"])
                try project.expectSuccess("stop")
                try project.expectSuccess("start", "foo")
                #expect(try project.status().running == ["bar", "foo"])
                try project.expectSuccess("exec", "foo", "test", "-e", "/mark")
                // What runs already is left alone, and nothing is said of it.
                let before = try pids(project)
                expect(try project.trice("start", "foo"), endsWith: 0)
                #expect(try project.expectSuccess("start", "foo").isEmpty)
                #expect(try pids(project) == before)
            }
        }

        /// Compose: `create SERVICE` and `start SERVICE` make it and what it depends on, and nothing else
        /// Compose: `up --no-deps` makes none of the services that the named ones depend on
        @Test func onlyWhatIsNamedAndWhatItNeeds() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, Self.pair)
                try project.expectSuccess("create", "foo")
                #expect(try project.status().services.map(\.service).sorted() == ["bar", "foo"])
                #expect(try project.status().services.allSatisfy { $0.state == "created" })
                try project.expectSuccess("start", "foo")
                #expect(try project.status().running == ["bar", "foo"])
                try project.expectSuccess("down")
                try project.expectSuccess("up", "--no-deps", "-d", "foo")
                #expect(try project.status().services.map(\.service) == ["foo"])
            }
        }

        /// Compose: `stop`, `start` and `restart` leave the containers of `run` alone
        /// Compose: `exec` takes the container of `run` where the service has none, and the service's where it has one
        @Test func containersOfRunAreNoServices() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, Self.pair)
                let name = try project.expectSuccess("run", "-d", "other", "sleep", "2000").dropLast()
                let runs = String(name)
                #expect(try project.expectSuccess("exec", "other", "ps").contains("sleep 2000"))
                expect(try project.trice("exec", "--index", "1", "other", "true"), endsWith: 1, saying: "other")
                try project.expectSuccess("up", "-d")
                #expect(try !project.expectSuccess("exec", "other", "ps").contains("sleep 2000"))
                let pid = try project.status().service(runs).pid
                for command in ["stop", "start", "restart"] {
                    try project.expectSuccess(command)
                    #expect(try project.status().service(runs).pid == pid, "after \(command)")
                }
                #expect(try project.status().running.filter { $0 != runs } == ["bar", "foo", "other"])
            }
        }

        /// Compose: Ctrl-C of `up SERVICE` stops that one, and not what it depends on
        @Test func ctrlCStopsWhatWasNamed() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, Self.pair)
                try project.expectSuccess("up", "-d", "other")
                let command = try project.command(["up", "--follow", "foo"]).start()
                #expect(
                    try eventually(within: .seconds(30)) { try project.status().running == ["bar", "foo", "other"] })
                usleep(1_000_000)
                command.send(SIGINT)
                expect(command.wait(timeout: .seconds(30)), endsWith: 130)
                #expect(try project.status().running == ["bar", "other"])
            }
        }

        /// Compose: `up` fails when a service that another waits for ends, or never gets healthy; the other is created only
        @Test(arguments: [
            ("command: sh -c 'exit 3', healthcheck: { test: [CMD, \"true\"], interval: 60s }", "code 3"),
            ("command: sleep 100, healthcheck: { test: [CMD, \"false\"], interval: 100ms, retries: 2 }", "unhealthy"),
        ])
        func aDependencyThatFails(_ keys: String, _ reason: String) async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture,
                    """
                    db: { image: bootstrap:busybox, stop_grace_period: 0s, \(keys) }
                    web: { \(Self.sleeper), depends_on: { db: { condition: service_healthy } } }
                    """)
                expect(try project.trice("up", "-d"), endsWith: 1, saying: "db", reason)
                #expect(try project.status().service("web").state == "created")
            }
        }

        /// Compose: a dependency with `required: false` that fails keeps no service from starting
        @Test func aDependencyThatIsNotRequired() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture,
                    """
                    bar: { image: bootstrap:busybox, command: sh -c 'exit 1' }
                    foo:
                      image: bootstrap:busybox
                      command: sleep 1000
                      stop_grace_period: 0s
                      depends_on: { bar: { condition: service_completed_successfully, required: false } }
                    """)
                // That it failed is told, for it is a service of the file.
                expect(try project.trice("up", "-d", "--no-wait"), endsWith: 1, saying: "bar")
                #expect(try project.status().running == ["foo"])
            }
        }

        /// Compose: `scale` and `up --scale` keep the containers that are there, and use free numbers again
        /// Compose: `scale --no-deps` leaves the replicas of dependencies alone, and without it they are as the file says
        @Test func scaling() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, Self.pair)
                func numbers(_ service: String) throws -> [String] {
                    try project.status().services.filter { $0.service == service }.map(\.container).sorted()
                }
                try project.expectSuccess("up", "-d", "--scale", "bar=2")
                let first = try project.status().services.first { $0.container == "bar-1" }?.pid
                try project.expectSuccess("scale", "--no-deps", "foo=2")
                #expect(try numbers("bar") == ["bar-1", "bar-2"] && numbers("foo") == ["foo-1", "foo-2"])
                try project.expectSuccess("scale", "foo=3", "other=0")
                #expect(try numbers("bar") == ["bar-1"] && numbers("foo").count == 3 && numbers("other").isEmpty)
                try project.expectSuccess("up", "-d", "--scale", "bar=2")
                #expect(try numbers("bar") == ["bar-1", "bar-2"])
                #expect(try project.status().services.first { $0.container == "bar-1" }?.pid == first)
            }
        }

        /// Compose: `wait` returns when the named service has ended, with its exit code, whatever the others do
        @Test func waitingForOne() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture,
                    """
                    faster: { image: bootstrap:busybox, command: sh -c 'sleep 2; exit 4' }
                    infinity: { \(Self.sleeper) }
                    """)
                try project.expectSuccess("up", "-d", "--no-wait")
                expect(try project.trice("wait", "faster"), endsWith: 4, saying: "4")
                #expect(try project.status().running == ["infinity"])
            }
        }

        /// Compose: `restart` starts what has ended again, in the same container, and what says `restart: true` of it
        @Test func restarting() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture,
                    """
                    app: { image: bootstrap:busybox, command: sh -c 'test -e /lock && exec sleep 1000; touch /lock' }
                    base: { \(Self.sleeper) }
                    with: { \(Self.sleeper), depends_on: { base: { condition: service_started, restart: true } } }
                    without: { \(Self.sleeper), depends_on: [base] }
                    """)
                try project.expectSuccess("up", "-d")
                #expect(try eventually { try project.status().service("app").state == "exited" })
                try project.expectSuccess("restart", "app")
                #expect(try project.status().service("app").state == "running")
                let before = try pids(project)
                try project.expectSuccess("restart", "base")
                let after = try pids(project)
                let changed = Set(before.keys.filter { before[$0] != after[$0] })
                #expect(changed == ["base", "with"])
            }
        }

        /// Compose: `--abort-on-container-failure` lets clean ends pass and returns the code of the first that fails
        /// Compose: the end of a container of `run` aborts nothing
        @Test func abortingOnAFailure() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture,
                    """
                    exit: { image: bootstrap:busybox, command: "true" }
                    fail: { image: bootstrap:busybox, command: sh -c 'while ! test -e /go/now; do sleep 0.1; done; exit 111', volumes: [".:/go"] }
                    running: { \(Self.sleeper) }
                    """)
                let command = try project.command(["up", "--no-wait", "--abort-on-container-failure"]).start()
                #expect(
                    try eventually(within: .seconds(30)) {
                        let status = try project.status()
                        return try status.running == ["fail", "running"] && status.service("exit").exitCode == 0
                    })
                expect(try project.trice("run", "--rm", "--no-deps", "running", "false"), endsWith: 1)
                #expect(try project.status().running == ["fail", "running"])
                try project.write("now", "")
                let output = command.wait(timeout: .seconds(30))
                expect(output, endsWith: 111)
                #expect(output.standardError.contains("fail-1 exited with code 111"), "\(output.description)")
                #expect(try project.status().running.isEmpty)
            }
        }

        /// Compose: `up --force-recreate --no-deps SERVICE` leaves what it depends on alone
        @Test func recreatingOne() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, Self.pair)
                try project.expectSuccess("up", "-d")
                let before = try pids(project)
                try project.expectSuccess("up", "-d", "--force-recreate", "--no-deps", "foo")
                let after = try pids(project)
                #expect(before["foo"] != after["foo"] && before["bar"] == after["bar"])
            }
        }

        /// Compose: `COMPOSE_REMOVE_ORPHANS` and `COMPOSE_IGNORE_ORPHANS` count, in `.env` too
        @Test func orphans() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, Self.pair)
                try project.expectSuccess("up", "-d")
                try project.write("compose.yaml", "name: \(fixture.id)\nservices:\n  foo: { \(Self.sleeper) }\n")
                expect(try project.trice("up", "-d"), endsWith: 0, saying: "bar-1 is no longer in the Envfile")
                let silent = try project.trice("up", "-d", environment: ["COMPOSE_IGNORE_ORPHANS": "true"])
                #expect(!silent.standardError.contains("no longer"), "\(silent.description)")
                #expect(try project.status().running == ["bar", "foo", "other"])
                try project.write(".env", "COMPOSE_REMOVE_ORPHANS=1\n")
                try project.expectSuccess("up", "-d")
                #expect(try project.status().services.map(\.service) == ["foo"])
                let quiet = try project.trice("down", environment: ["COMPOSE_PROGRESS": "quiet"])
                expect(quiet, endsWith: 0)
                #expect(quiet.standardError.isEmpty, "\(quiet.description)")
            }
        }

        /// Compose: `events` of a service that is not there is an error
        /// Compose: `pause` freezes the named service only; one that is not there is an error
        @Test(.needsRoot(.freezing)) func namesThatAreWrong() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, Self.pair)
                try project.expectSuccess("up", "-d")
                for command in ["events", "pause"] {
                    expect(
                        try project.trice(command, "nothere", timeout: .seconds(20)), endsWith: 1, saying: "nothere")
                }
                try project.expectSuccess("pause", "bar")
                #expect(try project.status().services.map(\.state).sorted() == ["paused", "running", "running"])
                try project.expectSuccess("unpause", "bar")
                #expect(try project.status().running == ["bar", "foo", "other"])
            }
        }

        /// Compose: `events` tells the start and the end of what runs for a moment
        @Test func eventsOfAShortLife() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, "job: { image: bootstrap:busybox, command: sh -c 'exit 3' }")
                let command = try project.command(["events", "--json"]).start()
                usleep(1_000_000)
                // Whether `up` still sees the end (code 1) or is done before it (0) depends on the machine.
                let brought = try project.trice("up", "-d")
                #expect(brought.exit == .code(0) || brought.standardError.contains("code 3"), "\(brought.description)")
                #expect(try eventually { try project.status().service("job").exitCode == 3 })
                usleep(600_000)
                command.send(SIGINT)
                let lines = command.wait(timeout: .seconds(10)).standardOutput.split(separator: "\n")
                let actions = lines.compactMap { $0.firstMatch(of: /"action":"(\w+)"/).map { String($0.1) } }
                #expect(actions == ["create", "start", "die"], "\(lines)")
                #expect(lines.last?.contains("\"exitCode\":\"3\"") == true)
            }
        }

        /// Compose: `exec -e NAME` passes the caller's variable where it is set, and none where it is not
        /// Compose: `exec` returns the exit code of the command
        @Test func variablesOfExec() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, Self.pair)
                try project.expectSuccess("up", "-d", "bar")
                let set = try project.trice("exec", "-e", "FOO", "bar", "env", environment: ["FOO": "BAR"])
                expect(set, endsWith: 0, saying: "FOO=BAR")
                #expect(try !project.expectSuccess("exec", "-e", "FOO", "bar", "env").contains("FOO="))
                expect(try project.trice("exec", "bar", "false"), endsWith: 1)
            }
        }

        /// Compose: `run` starts what the service depends on, and nothing else; nothing with `--no-deps`
        @Test func whatRunStarts() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, Self.pair)
                try project.expectSuccess("run", "--rm", "--no-deps", "foo", "true")
                #expect(try project.status().services.isEmpty)
                try project.expectSuccess("run", "--rm", "foo", "true")
                #expect(try project.status().services.map(\.service) == ["bar"])
            }
        }

        /// Compose: another subnet makes the network anew, and the containers get addresses of it
        @Test func anotherSubnet() async throws {
            try await withFixture { fixture in
                func write(_ subnet: String) throws -> Project {
                    try fixture.project(
                        """
                        name: \(fixture.id)
                        services:
                          test: { \(Self.sleeper) }
                        networks:
                          default: { ipam: { config: [{ subnet: \(subnet) }] } }
                        """, file: "compose.yaml")
                }
                let project = try write("10.217.31.0/24")
                try project.expectSuccess("up", "-d")
                #expect(try project.status().service("test").address?.hasPrefix("10.217.31.") == true)
                try project.write(
                    "compose.yaml", try project.read("compose.yaml").replacing("10.217.31", with: "10.217.32"))
                try project.expectSuccess("up", "-d")
                #expect(try project.status().service("test").address?.hasPrefix("10.217.32.") == true)
            }
        }

        /// Compose: `logs -f` shows what comes later: other services, and replicas that are added
        @Test func logsOfWhatComesLater() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture,
                    """
                    ping: { image: bootstrap:busybox, command: sh -c 'while true; do echo ping; sleep 0.2; done', stop_grace_period: 0s }
                    hello: { image: bootstrap:busybox, command: echo hello }
                    """)
                try project.expectSuccess("up", "-d", "ping")
                let command = try project.command(["logs", "-f"]).start()
                usleep(1_000_000)
                try project.expectSuccess("up", "-d", "hello")
                try project.expectSuccess("up", "-d", "--scale", "ping=2", "ping")
                usleep(2_500_000)
                command.send(SIGINT)
                let text = command.wait(timeout: .seconds(10)).standardOutput
                for name in ["ping-1", "hello-1", "ping-2"] { #expect(text.contains(name), "\(name) in \(text)") }
            }
        }
    }
}
