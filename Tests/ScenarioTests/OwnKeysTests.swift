import Foundation
import TestSupport
import Testing

extension OnHost {
    /// What Trice's own keys do.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct OwnKeysTests {
        private func project(_ fixture: Fixture, _ top: String = "") throws -> Project {
            try fixture.project(
                """
                name: \(fixture.id)
                \(top)
                services:
                  web:
                    image: bootstrap:busybox
                    primary: true
                    hostname: the-web
                    command: httpd -f -p 80
                    ports: ["\(Fixture.freePort()):80"]
                  cache: { image: "bootstrap:busybox", command: sleep 1000 }
                  tool: { image: "bootstrap:busybox", command: sleep 1000, autostart: false }

                """)
        }

        /// Attributes: `post_up_message`
        @Test func theMessageComesAfterUpWithThePort() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, "post_up_message: 'Open http://localhost:${PORT:web:80}/ now'")
                let output = try project.expectSuccess("up")
                let port = try project.status().port(of: "web", 80)
                #expect(output.hasSuffix("\nOpen http://localhost:\(port)/ now\n"), "\(output)")
                #expect(try !project.expectSuccess("up", "--json").contains("Open http"))
            }
        }

        /// Attributes: `post_up_message`, `requires`
        @Test func aComposeFileHasThemUnderOurKey() async throws {
            try await withFixture { fixture in
                let project = try fixture.emptyProject(named: fixture.id)
                func write(_ requirement: String) throws {
                    try project.write(
                        "compose.yaml",
                        """
                        name: \(fixture.id)
                        x-trice:
                          requires: "\(requirement)"
                          post_up_message: |
                            Open http://localhost:${PORT:web:80}/ for $${HOME} of ${WHO:-all}
                        services:
                          web:
                            image: bootstrap:busybox
                            command: httpd -f -p 80
                            stop_grace_period: 0s
                            ports: ["80"]

                        """)
                }
                try write(">=0")
                let output = try project.expectSuccess("up")
                let port = try project.status().port(of: "web", 80)
                #expect(output.hasSuffix("\nOpen http://localhost:\(port)/ for ${HOME} of all\n"), "\(output)")
                try write(">=99")
                expect(try project.trice("up"), endsWith: 1, saying: "compose.yaml:3:13", "needs Trice >=99")
            }
        }

        /// Attributes: `primary`, `autostart`
        @Test func sshWithoutANameMeansThePrimary() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.expectSuccess("up")
                #expect(try project.status().running == ["cache", "web"])
                #expect(try project.expectSuccess("ssh", "--", "hostname") == "the-web\n")
                try project.expectSuccess("up", "tool")
                #expect(try project.status().running == ["cache", "tool", "web"])
                expect(try project.trice("plan"), endsWith: 0, saying: "nothing to do")
            }
        }

        /// Attributes: `requires`
        @Test func aFileForAnotherVersionIsRefused() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, "requires: '>=99'")
                expect(
                    try project.trice("up"), endsWith: 1, saying: "Envfile:2:11", "needs Trice >=99",
                    "but this is Trice 0.")
                #expect(!FileManager.default.fileExists(atPath: "\(fixture.runDirectory)/environments"))
            }
        }
    }
}
