import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// Processes that are stopped, killed or hostile at a bad moment: the next command says so, or mends it.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct InterruptionTests {
        private func project(_ fixture: Fixture, _ keys: String) throws -> Project {
            let project = try fixture.project(
                """
                name: \(fixture.id)
                services:
                  box:
                    image: bootstrap:busybox
                    init: true
                    \(keys)
                """)
            try project.expectSuccess("up")
            return project
        }

        private func environment(_ project: Project) throws -> String {
            try #require(
                try FileManager.default.contentsOfDirectory(atPath: "\(project.fixture.runDirectory)/environments")
                    .first { $0.hasPrefix(project.name) })
        }

        private func containerDirectory(_ project: Project) throws -> String {
            "\(project.fixture.runDirectory)/environments/\(try environment(project))/containers/box-1"
        }

        /// Rules and networks go side by side, so the rules can be what a killed `down` leaves.
        @Test func rulesWithoutNetworksGoWithTheNextDown() async throws {
            try await withFixture { fixture in
                // A user's namespaces stay while something is up in them.
                let other = try fixture.project(
                    "services: {a: {image: \"bootstrap:busybox\", command: sleep 1000}}", named: "o-\(fixture.id)")
                try other.expectSuccess("up")
                let project = try project(fixture, "command: sleep 1000")
                let table = "trice-\(try environment(project))"
                func nft(_ arguments: String...) throws -> String {
                    let output = try UserRun.inside("nft", arguments).run()
                    guard output.succeeded else { throw TestError(output.description) }
                    return output.standardOutput
                }
                #expect(try nft("list", "tables").contains("table inet \(table)\n"))
                try project.expectSuccess("down")
                #expect(try !nft("list", "tables").contains(table))
                _ = try nft("add", "table", "inet", table)
                _ = try nft("add", "chain", "inet", table, "guard")
                try project.expectSuccess("down")
                #expect(try !nft("list", "tables").contains(table))
            }
        }

        @Test func aSupervisorThatDoesNotAnswerIsNamed() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, "command: sleep 1000")
                let supervisor = try #require(try project.status().supervisor).pid
                kill(supervisor, SIGSTOP)
                defer { kill(supervisor, SIGCONT) }
                for command in [["status"], ["up"], ["down"], ["logs"], ["plan"]] {
                    let output = try project.command(command).run(timeout: .seconds(25))
                    expect(output, endsWith: 1, saying: "has not answered for 5 s", "kill -CONT \(supervisor)")
                }
                // What needs none works.
                #expect(try project.expectSuccess("exec", "box", "echo", "inside") == "inside\n")
                kill(supervisor, SIGCONT)
                try project.expectSuccess("down")
            }
        }

        @Test(.needsRoot(.freezing)) func whatAKilledCommitLeftPausedGoesOn() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, "command: sleep 1000")
                let directory = try containerDirectory(project)
                let entry = try Data(contentsOf: URL(filePath: "\(directory)/entry"))
                let fields = entry.split(separator: 0, omittingEmptySubsequences: false).map {
                    String(decoding: $0, as: UTF8.self)
                }
                let runtime = Array(fields.prefix { !$0.isEmpty })
                let id = fields[runtime.count + 1]
                func pause() throws {
                    try Data().write(to: URL(filePath: "\(directory)/paused"))
                    let output = try Command(
                        runtime[0], Array(runtime.dropFirst()) + ["pause", id], environment: fixture.environment
                    ).run()
                    #expect(output.succeeded, "\(output)")
                }
                for command in [["exec", "box", "true"], ["up"], ["down", "--timeout", "1"]] {
                    try pause()
                    let output = try project.command(command).run(timeout: .seconds(30))
                    expect(output, endsWith: 0)
                    #expect(access("\(directory)/paused", F_OK) != 0)
                }
            }
        }

        /// The memory of /run belongs to all environments.
        @Test func aContainerWritesNothingBelowRun() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, "command: sleep 1000")
                let script = """
                    for file in /etc/hosts /etc/resolv.conf /etc/hostname /proc/1/fd/3; do
                        dd if=/dev/zero of=$file bs=1M count=4 2>/dev/null
                    done
                    """
                let before = try size(of: fixture.runDirectory)
                try project.expectSuccess("exec", "box", "sh", "-c", script)
                #expect(try size(of: fixture.runDirectory) < before + 1_000_000)
                // The next command gives the names back.
                try project.expectSuccess("up", "--force-recreate")
                #expect(try project.expectSuccess("exec", "box", "cat", "/etc/hosts").contains("box"))
            }
        }

        private func size(of directory: String) throws -> Int {
            let output = try Command("du", ["-xsk", directory]).run()
            return try #require(Int(output.standardOutput.prefix { $0.isNumber })) * 1024
        }

        /// Also when no supervisor is the parent that learns the status.
        @Test func aContainerDoesNotForgeItsEnd() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture,
                    """
                    command:
                          - sh
                          - -c
                          - |
                            (while true; do echo 'exited 0' > /proc/1/fd/3; done) 2> /dev/null &
                            while ! [ -e /stop ]; do usleep 10000; done
                            exit 7
                    """)
                let pid = try #require(try project.status().service("box").pid)
                try project.expectSuccess("exec", "box", "true")
                try project.killSupervisor()
                expect(try UserRun.inside("touch", ["/proc/\(pid)/root/stop"]).run(), endsWith: 0)
                #expect(eventually { Project.hasEnded(pid) })
                #expect(try project.status().service("box").exitCode == 7)
            }
        }

        /// A process that was killed is in the list of processes for a moment.
        @Test func upStartsWhatWasKilledJustBefore() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, "command: sh -c 'sleep 1000 & sleep 1000 & exec sleep 1000'")
                for _ in 0..<8 {
                    let pid = try #require(try project.status().service("box").pid)
                    kill(pid, SIGKILL)
                    try project.expectSuccess("up")
                    #expect(try project.status().running == ["box"])
                    #expect(try project.status().service("box").pid != pid)
                }
            }
        }

        @Test func logsFollowOpenLinesNewServicesAndTheEnd() async throws {
            try await withFixture { fixture in
                let box = """
                    name: \(fixture.id)
                    services:
                      box:
                        image: bootstrap:busybox
                        command:
                          - sh
                          - -c
                          - |
                            printf 'a prompt: '
                            while ! [ -e /shared/go ]; do usleep 20000; done
                            echo answered
                            head -c 200000 /dev/zero | tr '\\0' x
                            echo
                            echo after
                            exec sleep 1000
                        volumes: ["./shared:/shared"]

                    """
                let project = try fixture.project(box)
                try project.write("shared/readme", "")
                try project.expectSuccess("up")
                let follower = try project.command(["logs", "-f", "--no-log-prefix"]).start()
                let showsPrompt = eventually { follower.standardOutput == "a prompt: " }
                #expect(showsPrompt, "\(follower.standardOutput)")
                try project.write("shared/go", "")
                let showsRest = eventually { follower.standardOutput.hasSuffix("after\n") }
                #expect(showsRest)
                #expect(
                    follower.standardOutput
                        == "a prompt: answered\n" + String(repeating: "x", count: 200_000) + "\nafter\n")
                try project.write(
                    "Envfile",
                    box + """
                          added:
                            image: bootstrap:busybox
                            command: sh -c 'echo from the added one; exec sleep 1000'
                        """)
                try project.expectSuccess("up")
                let showsAdded = eventually { follower.standardOutput.contains("from the added one\n") }
                #expect(showsAdded)
                // A container that is made again has a new log.
                try project.expectSuccess("up", "--force-recreate")
                let showsAgain = eventually {
                    follower.standardOutput.components(separatedBy: "from the added one\n").count == 3
                }
                #expect(showsAgain)
                try project.expectSuccess("down", "--timeout", "1")
                #expect(follower.wait(timeout: .seconds(10)).exit == .code(0))
            }
        }
    }
}
