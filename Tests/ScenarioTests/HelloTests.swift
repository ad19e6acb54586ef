import Foundation
import TestSupport
import Testing

extension OnHost {
    /// A newcomer's first environment, from `templates/hello`, all the way.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct HelloTests {
        @Test func endToEnd() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(copying: "templates/hello/site", envfile: "templates/hello/Envfile")
                let up = try project.trice("up", environment: ["GREETING": "Ahoy"])
                expect(up, endsWith: 0, saying: "http://localhost:")

                let status = try project.status()
                #expect(status.running == ["web", "worker"])
                let job = try status.service("prepare")
                #expect(job.state == "exited" && job.exitCode == 0)

                // The page: made by one container, served by another, different every second.
                let port = try status.port(of: "web", 80)
                #expect(Response.eventually(from: Endpoint("127.0.0.1", port)))
                #expect(
                    Response.eventually(from: Endpoint("::1", port)) { $0.body.contains("Ahoy from Trice") })
                let page = try Response.get(from: Endpoint("127.0.0.1", port)).body
                #expect(
                    Response.eventually(from: Endpoint("127.0.0.1", port)) { $0.body != page },
                    "the page does not change")
                // A change of the shared folder on this side is seen on the other side.
                try project.write("site/page.html", "changed here @TIME@")
                #expect(
                    Response.eventually(from: Endpoint("127.0.0.1", port)) { $0.body.hasPrefix("changed here") })

                #expect(try project.read("site/index.html").hasPrefix("changed here"))
                expect(try project.trice("logs", "worker"), endsWith: 0, saying: "wrote the page of")
                expect(try project.trice("ssh", "web", "--", "sh", "-c", "exit 7"), endsWith: 7)

                try project.expectSuccess("down")
                #expect(try project.status().services.isEmpty)
                #expect(throws: TestError.self) { try Response.get(from: Endpoint("127.0.0.1", port)) }
                // What was shared with the containers belongs to the project.
                #expect(FileManager.default.fileExists(atPath: "\(project.directory)/site/index.html"))
            }
        }

        @Test func upTwiceDoesNothing() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(copying: "templates/hello/site", envfile: "templates/hello/Envfile")
                try project.expectSuccess("up")
                let before = try project.status()
                expect(try project.trice("plan"), endsWith: 0, saying: "nothing to do")
                try project.expectSuccess("up")
                let after = try project.status()
                #expect(after.services.map(\.pid) == before.services.map(\.pid))
                #expect(after.supervisor?.pid == before.supervisor?.pid)
            }
        }

        /// Attributes: `services`, `command`, `depends_on.*.condition`
        @Test func aFailedJobKeepsItsDependentsDown() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      prepare:
                        image: bootstrap:busybox
                        command: sh -c 'echo no good; exit 9'
                      web:
                        image: bootstrap:busybox
                        command: sleep 1000
                        depends_on:
                          prepare:
                            condition: service_completed_successfully
                      other:
                        image: bootstrap:busybox
                        command: sleep 1000
                    """)
                expect(try project.trice("up"), endsWith: 1, saying: "prepare", "9")
                // What succeeded stays; what waited for the job never ran.
                #expect(try project.status().running == ["other"])
                // Mended, the next `up` converges.
                try project.write("Envfile", project.read("Envfile").replacingOccurrences(of: "exit 9", with: "exit 0"))
                try project.expectSuccess("up")
                #expect(try project.status().running == ["other", "web"])
            }
        }
    }
}
