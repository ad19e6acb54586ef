import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Environments that an earlier Trice has brought up: seen, adopted and taken down by this one.
    @Suite(
        .timeLimit(.minutes(5)), .scenario, .enabled("needs python3") { try Requirement.met(.python3) })
    struct UpgradeTests {
        private static let programs =
            URL(filePath: #filePath).deletingLastPathComponent().path(percentEncoded: false) + "/Programs"

        /// Writes a database as an earlier version of its schema has it; the number of rows in it.
        private func downgrade(_ file: String, schema: String, to version: Int) throws -> Int {
            let output = try Command(
                "python3",
                ["\(Self.programs)/downgrade.py", file, "\(Self.programs)/Schemas/\(schema).sql", "\(version)"]
            ).run()
            guard output.succeeded,
                let count = Int(output.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines))
            else { throw TestError(output.description) }
            return count
        }

        /// The first schema is that of 0.1.0.
        @Test(arguments: [(1, 1), (2, 2), (3, 4), (5, 5), (6, 6)])
        func anEnvironmentOfAnEarlierVersion(runtime: Int, durable: Int) async throws {
            try await withFixture { fixture in
                let before = try HostSnapshot.take(kinds: HostSnapshot.Kind.ofLane)
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: httpd -f -p 80 -h /srv
                        ports: ["\(try Fixture.freePort()):80"]
                        volumes: ["data:/srv"]
                        networks: [front, back]
                      other:
                        image: bootstrap:busybox
                        command: sleep 1000
                        networks: [back]
                    networks:
                      front:
                      back: { internal: true }
                    volumes: { data: }
                    """)
                try project.expectSuccess("up")
                try project.expectSuccess("exec", "web", "sh", "-c", "echo kept >/srv/index.html")
                let old = try project.status()
                // A supervisor of another version is a matter of its protocol, which has tests of its own.
                try project.killSupervisor()
                #expect(try downgrade("\(fixture.runDirectory)/run.db", schema: "run", to: runtime) > 8)
                #expect(try downgrade("\(fixture.stateDirectory)/trice.db", schema: "trice", to: durable) > 1)

                let seen = try project.status()
                #expect(seen.running == ["other", "web"])
                #expect(seen.services.map(\.pid) == old.services.map(\.pid))
                expect(try project.trice("ls"), endsWith: 0, saying: fixture.id)
                try project.expectSuccess("up")
                let adopted = try project.status()
                #expect(adopted.services.map(\.pid) == old.services.map(\.pid), "a container was made anew")
                #expect(adopted.supervisor != nil)
                let port = Endpoint("127.0.0.1", try adopted.port(of: "web", 80))
                #expect(Response.eventually(from: port) { $0.body == "kept\n" })
                expect(try project.trice("exec", "web", "nslookup", "other"), endsWith: 0, saying: "other")
                expect(try project.trice("plan"), endsWith: 0, saying: "nothing to do")

                try project.expectSuccess("down")
                try project.expectSuccess("up")
                #expect(try project.expectSuccess("exec", "web", "cat", "/srv/index.html") == "kept\n")
                try project.expectSuccess("down", "--volumes")
                let left = try HostSnapshot.settledDifference(from: before, kinds: HostSnapshot.Kind.ofLane)
                #expect(left == [])
            }
        }

        /// Without another command in between: what the earlier version made goes.
        @Test(arguments: [1, 4]) func anEnvironmentOfAnEarlierVersionIsTakenDown(version: Int) async throws {
            try await withFixture { fixture in
                let before = try HostSnapshot.take(kinds: HostSnapshot.Kind.ofLane)
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: httpd -f -p 80
                        ports: ["127.0.0.1::80"]
                    """)
                try project.expectSuccess("up")
                try project.killSupervisor()
                _ = try downgrade("\(fixture.runDirectory)/run.db", schema: "run", to: version)
                _ = try downgrade("\(fixture.stateDirectory)/trice.db", schema: "trice", to: version)
                try project.expectSuccess("down")
                #expect(try project.status().services.isEmpty)
                let left = try HostSnapshot.settledDifference(from: before, kinds: HostSnapshot.Kind.ofLane)
                #expect(left == [])
            }
        }

        @Test func aLaterVersionIsRefusedAndNothingIsChanged() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services: { web: { image: bootstrap:busybox, command: sleep 1000 } }
                    """)
                try project.expectSuccess("up")
                let script =
                    "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute(f'PRAGMA user_version = {sys.argv[2]}')"
                func setVersion(_ version: Int) throws {
                    let output = try Command("python3", ["-c", script, "\(fixture.runDirectory)/run.db", "\(version)"])
                        .run()
                    #expect(output.succeeded, "\(output.description)")
                }
                let current =
                    try String(contentsOfFile: "\(Self.programs)/Schemas/run.sql", encoding: .utf8)
                    .components(separatedBy: "-- version ").count - 1
                try setVersion(99)
                for command in ["up", "down", "status"] {
                    expect(try project.trice(command), endsWith: 1, saying: "a later version of Trice has written it")
                }
                try setVersion(current)
                #expect(try project.status().running == ["web"])
                try project.expectSuccess("down")
            }
        }
    }
}
