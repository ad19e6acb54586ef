import Foundation
import TestSupport
import Testing

extension OnHost {
    /// What `plan` says, `up` does.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct PlanTests {
        private static func envfile(_ fixture: Fixture, port: UInt16, web: String) -> String {
            """
            name: \(fixture.id)
            services:
              cache:
                image: bootstrap:busybox
                command: sleep 1000
              web:
                image: bootstrap:busybox
                command: \(web)
                ports:
                  - "\(port):80"
                depends_on:
                  - cache
            """
        }

        @Test func planTellsWhatUpWillDo() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let project = try fixture.project(Self.envfile(fixture, port: port, web: "httpd -f -p 80 -h /"))

                let first = try project.trice("plan")
                expect(first, endsWith: 2)
                #expect(
                    first.standardOutput == """
                        + image bootstrap:busybox  not in the store
                        + network default          does not exist
                        + container cache-1        does not exist
                        + container web-1          does not exist  after cache-1 has started
                        + ports                    web-1 not yet published

                        """)
                // Planning changed nothing.
                #expect(try project.status().services.isEmpty)
                expect(try project.trice("plan"), endsWith: 2, saying: "+ container web-1")

                try project.expectSuccess("up")
                let second = try project.trice("plan")
                expect(second, endsWith: 0)
                #expect(second.standardOutput == "nothing to do\n")

                let down = try project.trice("plan", "--down")
                expect(down, endsWith: 2, saying: "- container cache-1", "- container web-1", "- network default")
                try project.expectSuccess("down")
                expect(try project.trice("plan", "--down"), endsWith: 0)
            }
        }

        @Test func onlyWhatChangedIsRecreated() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let project = try fixture.project(Self.envfile(fixture, port: port, web: "httpd -f -p 80 -h /"))
                try project.expectSuccess("up")
                let before = try project.status()

                try project.write("Envfile", Self.envfile(fixture, port: port, web: "httpd -f -p 80 -h /bin"))
                let plan = try project.trice("plan")
                expect(plan, endsWith: 2, saying: "~ container web-1", "command changed")
                #expect(!plan.standardOutput.contains("cache-1  "), "\(plan.description)")
                try project.expectSuccess("up")

                let after = try project.status()
                #expect(try after.service("cache").pid == before.service("cache").pid)
                #expect(try after.service("web").pid != before.service("web").pid)
                #expect(try after.port(of: "web", 80) == port)
                #expect(
                    Response.eventually("/busybox", from: Endpoint("127.0.0.1", port)) { $0.status == 200 })
                expect(try project.trice("plan"), endsWith: 0)
            }
        }

        @Test func aCommentChangesNothing() async throws {
            try await withFixture { fixture in
                let text = try Self.envfile(fixture, port: Fixture.freePort(), web: "httpd -f -p 80 -h /")
                let project = try fixture.project(text)
                try project.expectSuccess("up")
                try project.write("Envfile", "# a remark\n" + text + "\nx-note: nothing\n")
                expect(try project.trice("plan"), endsWith: 0, saying: "nothing to do")
            }
        }

        @Test func oneServiceWithWhatItNeeds() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    Self.envfile(fixture, port: Fixture.freePort(), web: "httpd -f -p 80 -h /"))
                try project.expectSuccess("up", "cache")
                #expect(try project.status().running == ["cache"])
                try project.expectSuccess("up", "web")
                #expect(try project.status().running == ["cache", "web"])
            }
        }

        @Test func planOfABadFileIsAnError() async throws {
            try await withFixture { fixture in
                let project = try fixture.project("services: [\n")
                expect(try project.trice("plan"), endsWith: 1, saying: "Envfile:")
            }
        }

        @Test func planIsJSONToo() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(Self.envfile(fixture, port: Fixture.freePort(), web: "sleep 1000"))
                let output = try project.trice("plan", "--json")
                expect(output, endsWith: 2)
                #expect(throws: Never.self) {
                    try JSONSerialization.jsonObject(with: Data(output.standardOutput.utf8))
                }
                #expect(output.standardOutput.contains("web-1"))
            }
        }
    }
}
