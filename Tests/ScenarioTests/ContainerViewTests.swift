import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `ps`, `port`, `images`, `volumes`, `top`, `stats`, `wait`, `events`, `attach`, and the options of `exec`.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct ContainerViewTests {
        private func project(_ fixture: Fixture) throws -> (Project, UInt16) {
            let port = try Fixture.freePort()
            let project = try fixture.project(
                """
                name: \(fixture.id)
                services:
                  web:
                    image: bootstrap:busybox
                    command: sh -c 'sleep 1001 & exec httpd -f -p 80'
                    stop_grace_period: 0s
                    ports: ["\(port):80", "\(port):53/udp"]
                    volumes: ["data:/data"]
                  job:
                    image: bootstrap:busybox
                    command: sh -c 'echo begun; while [ ! -e /done ]; do echo tick; sleep 0.1; done; echo ended; exit 4'
                    stop_grace_period: 0s
                volumes: { data: {} }
                """)
            try project.expectSuccess("up")
            return (project, port)
        }

        @Test func tablesAndData() async throws {
            try await withFixture { fixture in
                let (project, port) = try project(fixture)
                expect(try project.trice("ps"), endsWith: 0, saying: "web-1", "job-1", "running")
                #expect(try project.expectSuccess("ps", "-q", "web") == "web-1\n")
                #expect(try project.expectSuccess("ps", "--services") == "job\nweb\n")
                #expect(try project.expectSuccess("port", "web", "80") == "127.0.0.1:\(port)\n")
                #expect(try project.expectSuccess("port", "--protocol", "udp", "web", "53") == "127.0.0.1:\(port)\n")
                expect(try project.trice("port", "web"), endsWith: 0, saying: "80/tcp -> 127.0.0.1:\(port)")
                expect(try project.trice("port", "web", "81"), endsWith: 1, saying: "81/tcp")
                expect(try project.trice("images"), endsWith: 0, saying: "web-1", "bootstrap:busybox", "linux/")
                #expect(try project.expectSuccess("volumes", "-q") == "data\n")
                #expect(try project.expectSuccess("volumes", "-q", "job").isEmpty)
                expect(try project.trice("top"), endsWith: 0, saying: "sleep 1001", "httpd", "COMMAND")
                #expect(try !project.expectSuccess("top", "job").contains("httpd"))
                let stats = try project.trice("stats", "--no-stream")
                expect(stats, endsWith: 0, saying: "web-1", "CPU %", "PIDS")
                let rows = try project.expectSuccess("stats", "--no-stream", "--format", "json", "web")
                    .split(separator: "\n")
                let row = try JSONSerialization.jsonObject(with: Data(rows[0].utf8)) as? [String: Any]
                #expect(row?["container"] as? String == "web-1" && row?["received"] is Int, "\(rows)")
                #expect(
                    try project.expectSuccess("ps", "--format", "{{.Name}} {{.State}}", "web") == "web-1 running\n")
                #expect(try project.expectSuccess("ps", "--format", "json", "web").contains("\"Publishers\":[{"))
                #expect(try project.expectSuccess("volumes", "--format", "{{.Driver}}/{{.Name}}") == "local/data\n")
                #expect(
                    try project.expectSuccess("stats", "--no-stream", "--format", "{{.Name}} {{.CPUPerc}}", "web")
                        .contains(/web-1 [0-9]+\.[0-9]{2}%/))
                expect(try project.trice("ps", "--format", "{{.Nmae}}"), endsWith: 64, saying: "Name", "Service")
                try project.expectSuccess("stop", "web")
                #expect(try project.expectSuccess("ps", "-q") == "job-1\n")
                #expect(try project.expectSuccess("ps", "-aq") == "job-1\nweb-1\n")
                #expect(try project.expectSuccess("ps", "--status", "exited", "-q") == "web-1\n")
                #expect(try project.expectSuccess("ps", "--filter", "status=exited", "-q") == "web-1\n")
                expect(try project.trice("ps", "--filter", "x=y"), endsWith: 64, saying: "status=STATE")
                expect(try project.trice("top", "nosuch"), endsWith: 1, saying: "nosuch", "job, web")
            }
        }

        /// `stats` finds the environment and its containers without the Envfile, and says what it said with it.
        @Test func figuresOfNamedServices() async throws {
            try await withFixture { fixture in
                let (project, _) = try project(fixture)
                func names(_ arguments: String...) throws -> String {
                    let output = try project.command(["stats", "--no-stream", "--format", "{{.Name}}"] + arguments)
                        .run()
                    expect(output, endsWith: 0)
                    return output.standardOutput
                }
                #expect(try names() == "job-1\nweb-1\n")
                #expect(try names("web-1") == "web-1\n")
                expect(
                    try project.trice("stats", "--no-stream", "web", "nosuch"), endsWith: 1, saying: "nosuch",
                    "job, web")
                try project.expectSuccess("stop", "web")
                #expect(try names("web", "job") == "job-1\n")
                #expect(try names("web").isEmpty)
                #expect(try names("-a", "web") == "web-1\n")
                // Another name of the same directory is another environment, also where only `.env` says so.
                try project.write(".env", "COMPOSE_PROJECT_NAME=\(fixture.id)-other\n")
                #expect(try names().isEmpty)
                // What the fixture takes down is the environment without that name.
                try project.write(".env", "")
            }
        }

        @Test(.needsRoot(.freezing)) func waitingForAnEnd() async throws {
            try await withFixture { fixture in
                let (project, _) = try project(fixture)
                let waiting = try project.command(["wait", "job"]).start()
                let attached = try project.command(["attach", "--no-stdin", "job"]).start()
                let events = try project.command(["events", "--json", "job"]).start()
                #expect(eventually(within: .seconds(30)) { attached.standardOutput.contains("tick") })
                // Until the observer is there: it tells of what happens after its start only.
                let isObserved = try eventually(within: .seconds(30)) {
                    try project.expectSuccess("pause", "job")
                    try project.expectSuccess("unpause", "job")
                    return events.standardOutput.contains("\"unpause\"")
                }
                #expect(isObserved, "\(events.standardOutput)")
                try project.expectSuccess("exec", "job", "touch", "/done")
                let end = waiting.wait(timeout: .seconds(20))
                expect(end, endsWith: 4)
                #expect(end.standardOutput == "4\n")
                let seen = attached.wait(timeout: .seconds(20))
                expect(seen, endsWith: 4)
                #expect(seen.standardOutput.hasSuffix("tick\nended\n"), "\(seen.description)")
                #expect(!seen.standardOutput.contains("begun"))
                // It ends at once now, and with a failure, which a start tells that is not faster than it.
                let isTold = try eventually(within: .seconds(30)) {
                    let start = try project.trice("start", "job")
                    return start.exit == .code(1) && start.standardError.contains("code 4")
                }
                #expect(isTold)
                try project.expectSuccess("rm", "-fs", "job")
                #expect(eventually { events.standardOutput.contains("\"destroy\"") }, "\(events.standardOutput)")
                events.send(SIGTERM)
                let told = events.wait(timeout: .seconds(10)).standardOutput
                let die = try #require(told.split(separator: "\n").first { $0.contains("\"die\"") })
                let event = try JSONSerialization.jsonObject(with: Data(die.utf8)) as? [String: Any]
                #expect(event?["service"] as? String == "job" && event?["type"] as? String == "container")
                #expect((event?["attributes"] as? [String: String])?["exitCode"] == "4", "\(told)")
                expect(try project.trice("attach", "job"), endsWith: 1, saying: "job")
                expect(try project.trice("events", "--until", "1s", timeout: .seconds(20)), endsWith: 0)
            }
        }

        @Test func signalsOfAttachReachTheService() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      job:
                        image: bootstrap:busybox
                        command: sh -c 'trap "echo asked; exit 7" INT; while true; do echo up; sleep 0.1; done'
                        stop_grace_period: 0s
                    """)
                try project.expectSuccess("up")
                let attached = try project.command(["attach", "--no-stdin", "job"]).start()
                #expect(eventually { attached.standardOutput.contains("up") })
                attached.send(SIGINT)
                expect(attached.wait(timeout: .seconds(20)), endsWith: 7, saying: "asked")
            }
        }

        @Test func commandsInsideHaveComposesOptions() async throws {
            try await withFixture { fixture in
                let (project, _) = try project(fixture)
                expect(
                    try project.trice("exec", "-d", "web", "sh", "-c", "echo background >/data/file; sleep 1002"),
                    endsWith: 0)
                #expect(
                    try eventually { try project.expectSuccess("exec", "web", "cat", "/data/file") == "background\n" })
                #expect(try eventually { try project.expectSuccess("top").contains("sleep 1002") })
                #expect(
                    try project.expectSuccess("exec", "-it", "--index", "1", "-e", "A=b", "web", "sh", "-c", "echo $A")
                        == "b\n")
                expect(try project.trice("exec", "--index", "2", "web", "true"), endsWith: 1, saying: "web-2")
                let script = "grep CapEff /proc/self/status"
                let plain = try project.expectSuccess("exec", "web", "--", "sh", "-c", script)
                let more = try project.expectSuccess("exec", "--privileged", "web", "--", "sh", "-c", script)
                #expect(plain != more && more > plain, "\(plain) \(more)")
            }
        }
    }
}
