import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Any number of commands at once end as if they had come one after the other.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct ConcurrencyTests {
        private static func envfile(_ name: String, port: UInt16) -> String {
            """
            name: \(name)
            services:
              a:
                image: bootstrap:busybox
                command: sleep 1000
              web:
                image: bootstrap:busybox
                command: sh -c 'mkdir /w; echo \(name) >/w/index.html; exec httpd -f -p 80 -h /w'
                ports:
                  - "\(port):80"
            """
        }

        @Test(.alone) func twoUpsOfOneEnvironment() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(Self.envfile(fixture.id, port: Fixture.freePort()))
                let before = try HostSnapshot.take()
                for _ in 1...3 {
                    let both = try (1...2).map { _ in try project.command(["up"]).start() }
                    for command in both { expect(command.wait(), endsWith: 0) }
                    #expect(try project.status().running == ["a", "web"])
                    expect(try project.trice("plan"), endsWith: 0, saying: "nothing to do")

                    // No double creation: one namespace per container, one supervisor, one bridge and two veths.
                    let difference = try HostSnapshot.take().difference(from: before)
                    let count = { (prefix: String) in difference.count { $0.hasPrefix(prefix) } }
                    #expect(count("+ networkNamespace ") == 2, "\(difference)")
                    #expect(count("+ link ") == 3, "\(difference)")
                    let supervisors = difference.count {
                        $0.hasPrefix("+ process ") && $0.contains("/trice supervise ")
                    }
                    // It and its guard.
                    #expect(supervisors == 2, "\(difference)")

                    try project.expectSuccess("down")
                    #expect(try HostSnapshot.settledDifference(from: before) == [])
                }
            }
        }

        @Test(.alone) func upAndDownAtOnce() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(Self.envfile(fixture.id, port: Fixture.freePort()))
                let before = try HostSnapshot.take()
                for _ in 1...3 {
                    let both = try ["up", "down"].map { try project.command([$0]).start() }
                    for command in both { expect(command.wait(), endsWith: 0) }
                    // Either came last.
                    #expect([[], ["a", "web"]].contains(try project.status().running))
                }
                try project.expectSuccess("down")
                #expect(try HostSnapshot.settledDifference(from: before) == [])
            }
        }

        @Test(.alone) func tenEnvironmentsAtOnce() async throws {
            try await withFixture { fixture in
                // All of them want the same port; in an Envfile each gets one of its own.
                let port = try Fixture.freePort()
                let before = try HostSnapshot.take()
                let projects = try (0..<10).map { number in
                    let name = "\(fixture.id)-\(number)"
                    return try fixture.project(Self.envfile(name, port: port), named: name)
                }
                let ups = try projects.map { try $0.command(["up"]).start() }
                for command in ups { expect(command.wait(timeout: .seconds(120)), endsWith: 0) }

                var ports: Set<UInt16> = []
                var addresses: Set<String> = []
                for project in projects {
                    let status = try project.status()
                    #expect(status.running == ["a", "web"])
                    let port = try status.port(of: "web", 80)
                    ports.insert(port)
                    addresses.formUnion(status.services.compactMap(\.address))
                    // Behind each port is the right environment.
                    #expect(
                        Response.eventually(from: Endpoint("127.0.0.1", port)) { $0.body == "\(project.name)\n" })
                }
                #expect(ports.count == 10)
                #expect(addresses.count == 20)

                let downs = try projects.map { try $0.command(["down"]).start() }
                for command in downs { expect(command.wait(timeout: .seconds(120)), endsWith: 0) }
                #expect(try HostSnapshot.settledDifference(from: before) == [])
            }
        }

        @Test func twoCheckoutsOfOneProjectNeverMeet() async throws {
            try await withFixture { fixture in
                let text = try Self.envfile("same", port: Fixture.freePort())
                let one = try fixture.project(text, named: "one")
                let two = try fixture.project(text, named: "two")
                try one.expectSuccess("up")
                try two.expectSuccess("up")
                let port = try one.status().port(of: "web", 80)
                #expect(try two.status().port(of: "web", 80) != port)
                try one.expectSuccess("down")
                #expect(try two.status().running == ["a", "web"])
                try two.expectSuccess("down")
            }
        }
    }
}
