import Foundation
import TestSupport
import Testing

extension Tag {
    /// Takes a minute: makes images from Debian's packages.
    @Tag static var slow: Self
}

extension OnHost {
    /// `Envfile.example`: nginx, an application and PostgreSQL.
    @Suite(
        .timeLimit(.minutes(15)), .scenario,
        .enabled("needs Debian's package mirror") { try Requirement.met(.network) }, .tags(.slow))
    struct ExampleTests {
        private struct Note: Decodable {
            var text: String
        }

        /// The notes, once the whole chain from nginx to the database answers.
        private func notes(_ port: UInt16) throws -> [String] {
            var notes: [String] = []
            let answers = eventually(within: .seconds(60)) {
                // Not up yet in any of its parts: ask again.
                guard let answer = try? Response.get("/notes", from: Endpoint("127.0.0.1", port)), answer.status == 200,
                    let list = try? JSONDecoder().decode([Note].self, from: Data(answer.body.utf8))
                else { return false }
                notes = list.map(\.text)
                return true
            }
            guard answers else { throw TestError("the example does not answer on port \(port)") }
            return notes
        }

        @Test func aRowSurvivesDownAndUp() async throws {
            try await withFixture { fixture in
                try fixture.shareImages()
                let project = try fixture.project(copying: "templates", envfile: "Envfile.example")
                expect(try project.trice("up", timeout: .seconds(600)), endsWith: 0)
                let status = try project.status()
                #expect(status.running == ["app", "db", "web"])

                let port = try status.port(of: "web", 80)
                #expect(try notes(port) == [])
                let posted = try Response.post("a row", path: "/notes", to: Endpoint("127.0.0.1", port))
                #expect(posted.status == 201, "\(posted)")
                #expect(try notes(port) == ["a row"])
                // In the database itself, not in the application's memory.
                let query = ["exec", "db", "--", "psql", "-U", "notes", "-At", "-c", "SELECT text FROM notes"]
                let row = try project.command(query).run()
                #expect(row.standardOutput == "a row\n", "\(row.description)")

                try project.expectSuccess("down")
                expect(try project.trice("up", timeout: .seconds(120)), endsWith: 0)
                #expect(try notes(project.status().port(of: "web", 80)) == ["a row"])

                // Only `--volumes` forgets it.
                try project.expectSuccess("down", "--volumes")
                expect(try project.trice("up", timeout: .seconds(120)), endsWith: 0)
                #expect(try notes(project.status().port(of: "web", 80)) == [])
            }
        }
    }
}
