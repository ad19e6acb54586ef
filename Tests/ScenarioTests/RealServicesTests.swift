import Foundation
import TestSupport
import Testing

extension OnHost {
    /// PostgreSQL, Redis and nginx from Debian, as people put them together: `Projects/shop`. The one image of all
    /// services is made once in a test run.
    @Suite(
        .timeLimit(.minutes(5)), .scenario,
        .enabled("needs Debian's package mirror") { try Requirement.met(.network) }, .tags(.slow))
    struct RealServicesTests {
        /// Runs `body` in a copy of the project, which is taken down with its database afterwards.
        private func withShop(_ body: (Project) throws -> Void) async throws {
            try await withFixture { fixture in
                try fixture.shareImages()
                let project = try fixture.emptyProject(named: fixture.id)
                let here = URL(filePath: #filePath).deletingLastPathComponent().path(percentEncoded: false)
                let copied = try Command("cp", ["-a", "\(here)Projects/shop/.", project.directory]).run()
                guard copied.succeeded else { throw TestError(copied.description) }
                try project.write("Envfile", "name: \(fixture.id)\n" + project.read("Envfile"))
                // Made before, so that times are those of the services.
                try project.expectSuccess("pull", timeout: .seconds(200))
                try body(project)
                expect(try project.trice("down", "--volumes"), endsWith: 0)
                #expect(try project.status().services.isEmpty)
            }
        }

        private func edit(_ project: Project, _ file: String, _ old: String, _ new: String) throws {
            let text = try project.read(file)
            guard text.ranges(of: old).count == 1 else { throw TestError("`\(old)` is not once in \(file)") }
            try project.write(file, text.replacing(old, with: new))
        }

        /// Whether nginx serves this page of the application; it looks up the application's name every second.
        private func serves(_ page: String, _ project: Project) throws -> Bool {
            let web = Endpoint("127.0.0.1", try project.status().port(of: "web", 80))
            return Response.eventually(from: web) { $0.status == 200 && $0.body == page }
        }

        /// Attributes: `depends_on`, `networks`
        @Test func theApplicationStartsAfterItsDatabaseAndItsMigration() async throws {
            try await withShop { project in
                expect(
                    try project.trice("plan"), endsWith: 2, saying: "after db-1 is healthy",
                    "after cache-1 is healthy, migrate-1 has completed", "after app-1 is healthy")
                expect(try project.trice("up"), endsWith: 0, saying: "1 has completed")
                let first = try project.status()
                #expect(first.running == ["app", "cache", "db", "web"])
                #expect(first.services.filter { $0.health != nil }.allSatisfy { $0.health == "healthy" })
                #expect(try first.service("migrate").exitCode == 0)
                #expect(try serves("rope\nedition 1, start 1\n", project))
                // The migration is done, and the rest runs.
                expect(try project.trice("plan"), endsWith: 0)
                expect(try project.trice("up"), endsWith: 0)
                #expect(try project.status().services.map(\.pid) == first.services.map(\.pid))

                // Another application behind the same nginx, which finds it by its name.
                try edit(project, "Envfile", "EDITION: 1", "EDITION: 2")
                expect(try project.trice("up"), endsWith: 0)
                #expect(try serves("rope\nedition 2, start 2\n", project))
                let second = try project.status()
                #expect(try second.service("web").pid == first.service("web").pid)
                #expect(try second.service("db").pid == first.service("db").pid)
            }
        }

        @Test func withoutItsMigrationTheApplicationDoesNotStart() async throws {
            try await withShop { project in
                let schema = try project.read("sql/schema.sql")
                let wrong = schema + "INSERT INTO nosuch VALUES (1);\n"
                try project.write("sql/schema.sql", wrong)
                expect(
                    try project.trice("up"), endsWith: 1, saying: "Service migrate has ended with code 3",
                    #"relation "nosuch" does not exist"#, "trice logs migrate")
                let status = try project.status()
                #expect(status.running == ["cache", "db"])
                #expect(try status.service("app").state == "created")

                try project.write("sql/schema.sql", schema)
                expect(try project.trice("up"), endsWith: 0)
                #expect(try serves("rope\nedition 1, start 1\n", project))

                // By itself it is waited for, too, and what needs it runs on.
                try project.write("sql/schema.sql", wrong)
                expect(
                    try project.trice("up", "--force-recreate", "migrate"), endsWith: 1,
                    saying: "Service migrate has ended with code 3", #"relation "nosuch" does not exist"#)
                #expect(try serves("rope\nedition 1, start 1\n", project))
                try project.write("sql/schema.sql", schema)
                expect(try project.trice("up", "migrate"), endsWith: 0)
                #expect(try project.status().service("migrate").exitCode == 0)
            }
        }

        /// Attributes: `restart_unhealthy`, `restart`
        @Test func aDatabaseThatDiesOrHangsIsStartedAgainWithItsData() async throws {
            try await withShop { project in
                expect(try project.trice("up"), endsWith: 0)
                func query(_ text: String) throws -> String {
                    try project.expectSuccess("exec", "db", "--", "psql", "-qAt", "-U", "shop", "shop", "-c", text)
                }
                func isHealthyAgain(after restarts: Int) throws -> Bool {
                    try eventually(within: .seconds(20)) {
                        let db = try project.status().service("db")
                        return db.restarts == restarts && db.health == "healthy"
                    }
                }
                _ = try query("INSERT INTO goods (name) VALUES ('sail')")
                let process = "$(head -n 1 /srv/postgresql/data/postmaster.pid)"
                try project.expectSuccess("exec", "db", "--", "sh", "-c", "kill -KILL \(process)")
                #expect(try isHealthyAgain(after: 1))
                #expect(try project.status().service("db").lastExit?.code == 137)
                #expect(try query("SELECT name FROM goods ORDER BY id") == "rope\nsail\n")

                try project.expectSuccess("exec", "db", "--", "sh", "-c", "kill -STOP \(process)")
                #expect(try eventually { try project.status().service("db").health == "unhealthy" })
                #expect(try isHealthyAgain(after: 2))
                #expect(try query("SELECT name FROM goods ORDER BY id") == "rope\nsail\n")
                #expect(try serves("rope\nedition 1, start 1\n", project))
            }
        }

        @Test func aCrashLoopIsToldWithItsReason() async throws {
            try await withShop { project in
                try edit(project, "Envfile", "--protected-mode no", "--nosuchdirective no")
                expect(
                    try project.trice("up"), endsWith: 1, saying: "Service cache", "nosuchdirective",
                    "trice logs cache")
                let status = try project.status()
                #expect(status.running.contains("db"))
                #expect(try status.service("app").state == "created")
                #expect(try status.service("cache").restarts ?? 0 > 0)
                try edit(project, "Envfile", "--nosuchdirective no", "--protected-mode no")
                expect(try project.trice("up"), endsWith: 0)
                #expect(try serves("rope\nedition 1, start 1\n", project))
            }
        }
    }
}
