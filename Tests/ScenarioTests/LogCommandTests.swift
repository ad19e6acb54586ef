import Foundation
import TestSupport
import Testing

extension OnHost {
    /// What `logs` shows, and how large logs become.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct LogCommandTests {
        @Test func linesOfATimeAndOfOneContainer() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sh -c 'echo early; sleep 1.2; echo late; printf "no end"; exec sleep 1000'
                        stop_grace_period: 0s
                        scale: 2
                    """)
                expect(try project.trice("up"), endsWith: 0)
                func lines(_ arguments: String...) throws -> [String] {
                    let output = try project.command(["logs", "--no-log-prefix"] + arguments).run()
                    #expect(output.succeeded, "\(output.description)")
                    return output.standardOutput.split(separator: "\n").map(String.init)
                }
                #expect(try eventually { try lines("--index", "2", "web") == ["early", "late", "no end"] })
                #expect(try eventually { try lines().count == 6 })
                let stamped = try project.expectSuccess("logs", "-t", "--no-log-prefix", "--index", "1", "web")
                let times = stamped.split(separator: "\n").map { String($0.prefix { $0 != " " }) }
                // The times are shown in milliseconds.
                #expect(try lines("--since", times[1], "--index", "1", "web") == ["late", "no end"])
                #expect(try lines("--until", times[1].replacing("Z", with: ""), "--index", "1", "web") == ["early"])
                #expect(try lines("--since", "1h").count == 6)
                #expect(try lines("--until", "1h") == [])
                expect(try project.trice("logs", "--since", "yesterday"), endsWith: 64)
                expect(try project.trice("logs", "--index", "3", "web"), endsWith: 1, saying: "1, 2")
            }
        }

        /// A job with a schedule has a container before it ever runs; what a user runs by hand has containers of its own.
        @Test func theLogsOfAJobAreThoseOfItsRuns() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services: { web: { image: "bootstrap:busybox", command: sleep 1000, stop_grace_period: 0s } }
                    jobs:
                      greet:
                        image: bootstrap:busybox
                        command: [sh, -c, 'echo hello $$NAME']
                        triggers: { manual: true, schedule: ["@yearly"] }

                    """)
                expect(try project.trice("logs", "greet"), endsWith: 1, saying: "no container", "trice run greet")
                expect(try project.trice("up"), endsWith: 0)
                #expect(try project.expectSuccess("logs", "greet") == "")
                for name in ["zoe", "adam", "mia"] {
                    expect(
                        try project.trice("run", "-e", "NAME=\(name)", "greet"), endsWith: 0, saying: "hello \(name)")
                }
                let shown = try project.expectSuccess("logs", "--no-log-prefix", "greet")
                #expect(shown == "hello zoe\nhello adam\nhello mia\n", "\(shown)")
            }
        }

        /// Attributes: `logging`, `logging.options`
        @Test func logsAreRotatedAsTheFileSays() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sh -c 'seq 1 200000; exec sleep 1000'
                        stop_grace_period: 0s
                        logging: {options: {max-size: 64k, max-file: 3}}
                    """)
                expect(try project.trice("up"), endsWith: 0)
                func last() throws -> String? {
                    try project.expectSuccess("logs", "--no-log-prefix", "--tail", "1").split(separator: "\n").last
                        .map(String.init)
                }
                #expect(try eventually { try last() == "200000" })
                let shown = try project.expectSuccess("logs", "--no-log-prefix").split(separator: "\n")
                    .compactMap { Int($0) }
                // All that is kept is one row of numbers without a gap. The oldest file may begin inside a number.
                #expect(shown.last == 200_000 && shown.count < 200_000 && shown.count > 10000)
                let whole = shown.dropFirst()
                #expect(zip(whole, whole.dropFirst()).allSatisfy { $0 + 1 == $1 })
            }
        }
    }
}
