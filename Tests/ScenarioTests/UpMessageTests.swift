import Foundation
import TestSupport
import Testing

extension OnHost {
    /// What `up` says beside what it does, and what it refuses before it does anything.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct UpMessageTests {
        @Test func attributesWithoutEffectAreNamedOnce() async throws {
            try await withFixture { fixture in
                let text = """
                    name: \(fixture.id)
                    services:
                      web: { image: "bootstrap:busybox", command: sleep 1000, cpu_count: 2, isolation: process }

                    """
                let project = try fixture.project(text)
                let summary = "without effect: `cpu_count`, `isolation`; `trice validate` says where and why"
                expect(try project.trice("up"), endsWith: 0, saying: summary)
                let again = try project.trice("up")
                #expect(again.succeeded && !again.standardError.contains("without effect"), "\(again.description)")
                for command in ["plan", "config", "status"] {
                    let output = try project.trice(command)
                    #expect(!output.standardError.contains("cpu_count"), "\(output.description)")
                }
                expect(try project.trice("validate"), endsWith: 0, saying: "`cpu_count` is for Windows", "`isolation`")
                try project.write("Envfile", text.replacing("isolation: process", with: "cpu_percent: 50"))
                expect(try project.trice("up"), endsWith: 0, saying: "without effect: `cpu_count`, `cpu_percent`;")
            }
        }

        /// As with Compose, whose answer is "container … has no healthcheck configured".
        @Test func nothingWaitsForTheHealthOfAServiceWithoutACheck() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sleep 1000
                        depends_on: { db: { condition: service_healthy } }
                      db: { image: "bootstrap:busybox", command: sleep 1000 }

                    """)
                expect(
                    try project.trice("up"), endsWith: 1, saying: "Service `db` has no health check",
                    "Add `healthcheck:` to it")
                #expect(try project.status().running == [])
            }
        }

        /// A name alone in `environment` wins over `env_file`.
        @Test func anUnsetVariableIsNotInTheContainer() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sleep 1000
                        env_file: web.env
                        environment: [TRICE_TEST_UNSET, KEPT=1]

                    """)
                try project.write("web.env", "TRICE_TEST_UNSET=file\nOTHER=2\n")
                try project.expectSuccess("up")
                let lines = try project.expectSuccess("exec", "web", "env").split(separator: "\n")
                #expect(lines.contains("KEPT=1") && lines.contains("OTHER=2"))
                #expect(!lines.contains { $0.hasPrefix("TRICE_TEST_UNSET") })
            }
        }
    }
}
