import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// The supervisor may die at any time: nothing but itself is lost.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct SupervisorTests {
        /// Counts in its log until the file `stop` appears, then ends with code 7.
        ///
        /// - Parameter keys: more keys of the service.
        private func counting(_ fixture: Fixture, _ keys: String = "init: true") throws -> Project {
            let project = try fixture.project(
                """
                name: \(fixture.id)
                services:
                  counter:
                    image: bootstrap:busybox
                    command:
                      - sh
                      - -c
                      - |
                        i=0
                        while ! [ -e /shared/stop ]; do
                            i=$$((i + 1))
                            echo "line $$i"
                            usleep 2000
                        done
                        echo "last $$i"
                        exit 7
                    volumes:
                      - ./shared:/shared
                    \(keys)
                """)
            try project.write("shared/readme", "put a file called stop here\n")
            try project.expectSuccess("up")
            // Enough to lose some of.
            #expect(try eventually { try project.expectSuccess("logs").contains("line 20") })
            return project
        }

        /// Checks that the log holds every line once and in order.
        private func expectComplete(_ log: String) throws {
            let lines = log.split(separator: "\n").map(String.init)
            let last = try #require(lines.last)
            #expect(last.hasPrefix("last "), "the log does not end as the service did: \(last)")
            let count = try #require(Int(last.dropFirst(5)))
            #expect(count > 10)
            let expected = (1...max(count, 1)).map { "line \($0)" } + [last]
            let isComplete = lines == expected
            #expect(isComplete, "\(lines.count) lines instead of \(expected.count)")
        }

        @Test func containersLiveOnAndNoLineIsLost() async throws {
            try await withFixture { fixture in
                let project = try counting(fixture)
                let before = try project.status().service("counter")
                for _ in 1...3 {
                    usleep(100_000)
                    try project.killSupervisor()
                    usleep(100_000)
                    // `up` starts a new supervisor, which adopts what runs.
                    try project.expectSuccess("up")
                    #expect(try project.status().service("counter").pid == before.pid)
                    #expect(try project.status().supervisor != nil)
                }
                try project.write("shared/stop", "")
                #expect(try eventually { try project.status().service("counter").state == "exited" })
                #expect(try project.status().service("counter").exitCode == 7)
                try expectComplete(project.expectSuccess("logs", "--no-log-prefix", "counter"))
            }
        }

        @Test(arguments: ["init: true", "init: false"])
        func anExitWhileNobodyWatchesIsKnownAfterwards(keys: String) async throws {
            try await withFixture { fixture in
                let project = try counting(fixture, keys)
                try project.killSupervisor()
                try project.write("shared/stop", "")
                usleep(300_000)
                let status = try project.status().service("counter")
                #expect(status.state == "exited")
                #expect(status.exitCode == 7)
                try expectComplete(project.expectSuccess("logs", "--no-log-prefix", "counter"))
            }
        }

        @Test(arguments: ["init: true", "init: false"])
        func aTerminalIsNotHungUp(keys: String) async throws {
            try await withFixture { fixture in
                let project = try counting(fixture, "\(keys)\n    tty: true")
                let before = try project.status().service("counter").pid
                try project.killSupervisor()
                usleep(100_000)
                #expect(try project.status().service("counter").pid == before)
                let seen = try project.expectSuccess("logs").count
                #expect(try eventually { try project.expectSuccess("logs").count > seen + 100 })
            }
        }

        @Test func nothingStaysForAContainerWhoseOutputNobodyReads() async throws {
            try await withFixture { fixture in
                let project = try counting(fixture, "init: false")
                try project.killSupervisor()
                try project.write("shared/stop", "")
                usleep(100_000)
                try project.expectSuccess("down")
                let programs = try Command("pgrep", ["-f", "trice-init -x 3 -k \(fixture.runDirectory)"]).run()
                #expect(programs.standardOutput == "", "left: \(programs)")
            }
        }

        @Test(.alone) func aKilledSupervisorIsBackByItself() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sh -c 'echo here >/page; exec httpd -f -p 80 -h /'
                        stop_grace_period: 0s
                        ports: ["\(port):80"]
                        healthcheck: {test: [CMD, test, -f, /page], interval: 100ms, retries: 1}
                      client:
                        image: bootstrap:busybox
                        command: sleep 1000
                        stop_grace_period: 0s
                    """)
                try project.expectSuccess("up")
                try project.expectSuccess("down")
                let before = try HostSnapshot.take()
                try project.expectSuccess("up")
                let first = try project.status()
                var supervisor = try #require(first.supervisor?.pid)
                for _ in 1...3 {
                    kill(supervisor, SIGKILL)
                    #expect(
                        try eventually {
                            let next = try project.status().supervisor?.pid
                            return next != nil && next != supervisor
                        })
                    supervisor = try #require(try project.status().supervisor?.pid)
                    #expect(Response.eventually("/page", from: Endpoint("127.0.0.1", port)) { $0.body == "here\n" })
                    try project.expectSuccess("exec", "client", "--", "nslookup", "web")
                    #expect(try project.status().services.map(\.pid) == first.services.map(\.pid))
                    expect(try project.trice("plan"), endsWith: 0)
                }
                // It looks after them as the first one did.
                try project.expectSuccess("exec", "web", "rm", "/page")
                #expect(try eventually { try project.status().service("web").health == "unhealthy" })
                try project.expectSuccess("down")
                let left = try HostSnapshot.settledDifference(from: before, ignoring: [.setting])
                // What a supervisor does ten seconds after the first `up`.
                #expect(left.filter { !$0.contains("/layers/unsettled/") } == [])
            }
        }

        /// Ended while no supervisor lives, it has its network again when the next one starts it.
        @Test(arguments: ["", "network_mode: host", "network_mode: service:other"])
        func aContainerThatEndsBetweenTwoSupervisorsStartsAgain(_ network: String) async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      other: {image: "bootstrap:busybox", command: sleep 1000, stop_grace_period: 0s}
                      web:
                        image: bootstrap:busybox
                        command: sh -c 'echo here >/page; exec httpd -f -p 80\(network.hasSuffix("host") ? "81" : "") -h /'
                        stop_grace_period: 0s
                        restart: always
                        \(network.isEmpty ? "ports: [\"\(port):80\"]" : network)
                    """)
                try project.expectSuccess("up")
                for round in 1...2 {
                    let before = try project.status()
                    let supervisor = try #require(before.supervisor?.pid)
                    let web = try #require(try before.service("web").pid)
                    let guarding = try #require(try Project.supervisorGuard(of: supervisor))
                    kill(guarding, SIGSTOP)
                    for victim in [supervisor, web] {
                        kill(victim, SIGKILL)
                        #expect(eventually { Project.hasEnded(victim) })
                    }
                    kill(guarding, SIGCONT)
                    #expect(
                        try eventually {
                            let now = try project.status().service("web")
                            return now.state == "running" && now.pid != web && now.restarts == round
                        })
                    let after = try project.status().service("web")
                    #expect(try after.address == before.service("web").address)
                    #expect(after.lastExit?.signal == SIGKILL)
                    if network.isEmpty {
                        #expect(Response.eventually("/page", from: Endpoint("127.0.0.1", port)) { $0.body == "here\n" })
                    }
                }
                expect(try project.trice("plan"), endsWith: 0)
            }
        }

        @Test func survivesTheTerminal() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    "name: \(fixture.id)\nservices:\n  a:\n    image: bootstrap:busybox\n    command: sleep 1000\n")
                do {
                    let terminal = try Terminal(project.command(["up"]))
                    #expect(terminal.wait() == .code(0), "\(terminal.screen)")
                }  // the terminal closes here
                usleep(100_000)
                #expect(try project.status().running == ["a"])
                #expect(try project.status().supervisor != nil)
            }
        }

        @Test func holdsNoOutputOfItsStarterOpen() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    "name: \(fixture.id)\nservices:\n  a:\n    image: bootstrap:busybox\n    command: sleep 1000\n")
                let binary = try #require(Fixture.binary)
                let output = try Command(
                    "sh", ["-c", "\(binary) up 2>&1 | cat; echo ended"], environment: fixture.environment,
                    directory: project.directory
                ).run(timeout: .seconds(30))
                expect(output, endsWith: 0, saying: "ended")
            }
        }

        @Test func logsKeepTimesAndStreams() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      a:
                        image: bootstrap:busybox
                        command: sh -c 'echo one; usleep 50000; echo two >&2; usleep 50000; echo three'
                    """)
                try project.expectSuccess("up")
                #expect(try eventually { try project.status().service("a").state == "exited" })
                let rows = try project.expectSuccess("logs", "--json").split(separator: "\n").map {
                    try JSONDecoder().decode(LogRow.self, from: Data($0.utf8))
                }
                #expect(rows.map(\.line) == ["one", "two", "three"])
                #expect(rows.map(\.stream) == ["stdout", "stderr", "stdout"])
                #expect(rows.map(\.time) == rows.map(\.time).sorted())
                let tail = try project.expectSuccess("logs", "--tail", "1", "--no-log-prefix")
                #expect(tail == "three\n")
            }
        }

        private struct LogRow: Decodable {
            var container: String
            var stream: String
            var time: String
            var line: String
        }

        @Test func logsFollow() async throws {
            try await withFixture { fixture in
                let project = try counting(fixture)
                let follower = try project.command(["logs", "-f", "--no-log-prefix"]).start()
                let seen = eventually { follower.standardOutput.contains("line 50\n") }
                #expect(seen)
                try project.write("shared/stop", "")
                let ended = eventually { follower.standardOutput.contains("\nlast ") }
                #expect(ended)
                follower.send(SIGINT)
                #expect(follower.wait(timeout: .seconds(5)).exit != .timedOut)
            }
        }
    }
}
