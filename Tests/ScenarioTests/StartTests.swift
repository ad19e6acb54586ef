import Foundation
import TestSupport
import Testing

extension OnHost {
    /// What `up` says of programs that cannot start, and of services that end at once.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct StartTests {
        private func project(_ fixture: Fixture, _ keys: String, more: String = "") throws -> Project {
            try fixture.project(
                """
                name: \(fixture.id)
                services:
                  web:
                    image: bootstrap:busybox
                    stop_grace_period: 0s
                    ports: ["\(Fixture.freePort()):80"]
                \(keys)
                \(more)
                """)
        }

        @Test(arguments: ["", "    init: true", "    init: false", "    tty: true"])
        func aProgramThatIsNotThere(_ keys: String) async throws {
            try await withFixture { fixture in
                let project = try project(fixture, "    command: nosuchprogram --port 80\n\(keys)")
                let output = try project.trice("up")
                expect(output, endsWith: 1, saying: "web", "nosuchprogram")
                #expect(!output.standardOutput.contains("http://"), "\(output.description)")
                #expect(!output.standardError.contains("web-1: start done"), "\(output.description)")
            }
        }

        @Test func aFileThatIsNoProgram() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, "    command: [/etc/passwd]\n    volumes: [\"./file:/etc/passwd\"]")
                try project.write("file", "text\n")
                expect(try project.trice("up"), endsWith: 1, saying: "web", "/etc/passwd")
            }
        }

        /// A program that starts and ends is not reported as one that could not be started.
        @Test func aProgramThatEndsAtOnceHasStarted() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, "    command: \"true\"")
                for _ in 0..<3 { expect(try project.trice("up"), endsWith: 0) }
                // With the code that a shell gives for a missing program, but by itself.
                try project.write(
                    "Envfile", project.read("Envfile").replacing("\"true\"", with: "sh -c 'sleep 1; exit 127'"))
                expect(try project.trice("up"), endsWith: 0)
            }
        }

        @Test func aServiceThatHasEndedAlreadyIsNamed() async throws {
            try await withFixture { fixture in
                let later = """
                      late:
                        image: bootstrap:busybox
                        command: sleep 1000
                        stop_grace_period: 0s
                        depends_on: [web]
                    """
                let project = try project(
                    fixture, "    command: sh -c 'echo no configuration >&2; exit 3'", more: later)
                let output = try project.trice("up")
                expect(output, endsWith: 1, saying: "web", "code 3", "no configuration", "trice logs web")
                #expect(!output.standardOutput.contains("http://"), "\(output.description)")
                // The others run.
                #expect(try project.status().running == ["late"])
            }
        }
    }
}
