import Foundation
import TestSupport
import Testing

extension OnHost {
    /// The names of services on the host.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct HostNameTests {
        @Test func namesFollowTheEnvironment() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let name = fixture.id
                let project = try fixture.project(
                    """
                    name: \(name)
                    services:
                      web: { image: "bootstrap:busybox", command: sleep 1000, ports: ["\(port):80"], stop_grace_period: 0s }
                      db: { image: "bootstrap:busybox", command: sleep 1000, stop_grace_period: 0s }

                    """)
                let file = "\(fixture.directory)/hosts"
                let base = "127.0.0.1\tlocalhost\n# mine\n"
                try base.write(toFile: file, atomically: true, encoding: .utf8)
                let early = try project.trice("hosts", "--write", "--hosts-file", file)
                expect(early, endsWith: 1, saying: "trice up")
                #expect(try String(contentsOfFile: file, encoding: .utf8) == base)

                try project.expectSuccess("up")
                let db = try #require(try project.status().service("db").address)
                let printed = try project.expectSuccess("hosts")
                #expect(printed.contains("127.0.0.1\tweb.\(name).trice.localhost web.\(name)-"), "\(printed)")
                #expect(printed.contains("::1\tweb.\(name).trice.localhost"))
                #expect(printed.contains("\(db)\tdb.\(name).trice.localhost"))
                #expect(try String(contentsOfFile: file, encoding: .utf8) == base)

                for _ in 0..<2 { try project.expectSuccess("hosts", "--write", "--hosts-file", file) }
                #expect(try String(contentsOfFile: file, encoding: .utf8) == base + printed)
                // A service that is no more has no name, and one that comes has one.
                try project.write(
                    "Envfile",
                    """
                    name: \(name)
                    services:
                      db: { image: "bootstrap:busybox", command: sleep 1000, stop_grace_period: 0s }
                      new: { image: "bootstrap:busybox", command: sleep 1000, stop_grace_period: 0s }
                    jobs:
                      tick: { image: "bootstrap:busybox", command: "true", triggers: { schedule: ["@yearly"] } }

                    """)
                try project.expectSuccess("up", "--remove-orphans")
                // What runs once is no service.
                try project.expectSuccess("run", "--name", "once", "db", "true")
                #expect(try !project.expectSuccess("hosts").contains("once."))
                #expect(try !project.expectSuccess("hosts").contains("tick."))
                let changed = try String(contentsOfFile: file, encoding: .utf8)
                #expect(changed.contains("\tnew.\(name).") && !changed.contains("\tweb."), "\(changed)")
                try project.expectSuccess("hosts", "--remove", "--hosts-file", file)
                #expect(try String(contentsOfFile: file, encoding: .utf8) == base)
                try project.expectSuccess("hosts", "--write", "--hosts-file", file)
                try project.expectSuccess("down")
                #expect(try String(contentsOfFile: file, encoding: .utf8) == base)
            }
        }
    }
}
