import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Ten environments with three networks each, one of which all share, come up and go down side by side.
    ///
    /// `TRICE_SOAK_SECONDS` says how long; `make soak` takes five minutes.
    @Suite(.timeLimit(.minutes(15)), .scenario) struct SideBySideTests {
        private static let count = 10

        private static var duration: Duration {
            .seconds(ProcessInfo.processInfo.environment["TRICE_SOAK_SECONDS"].flatMap { Int($0) } ?? 30)
        }

        /// The first one makes the network `edge`, which all others use.
        private func file(_ fixture: Fixture, _ number: Int, port: UInt16) -> String {
            let edge = number == 0 ? "{ name: \(fixture.id)-edge }" : "{ external: true, name: \(fixture.id)-edge }"
            return """
                name: \(fixture.id)e\(number)
                x-service: &service { image: "bootstrap:busybox", stop_grace_period: 0s }
                services:
                  web:
                    <<: *service
                    command: sh -c 'mkdir /w; echo \(number) >/w/index.html; exec httpd -f -p 80 -h /w'
                    ports: ["127.0.0.1:\(port):80"]
                    networks: { front: {}, edge: { aliases: [web\(number)] } }
                  app: { <<: *service, command: sleep 1000, networks: [front, back, edge] }
                  db: { <<: *service, command: sleep 1000, networks: [back] }
                networks: { front: {}, back: { internal: true }, edge: \(edge) }

                """
        }

        /// Runs a command in several projects at once.
        private func all(_ projects: [Project], _ arguments: String...) throws {
            let running = try projects.map { try $0.command(arguments).start() }
            for command in running { expect(command.wait(timeout: .seconds(120)), endsWith: 0) }
        }

        /// Attributes: `networks.*.external`
        @Test(.alone) func nothingIsLeftAndNothingClashes() async throws {
            try await withFixture { fixture in
                var ports: Set<UInt16> = []
                for _ in 0..<Self.count { ports.insert(try Fixture.freePort(avoiding: ports)) }
                let numbered = Array(ports)
                let projects = try (0..<Self.count).map { number in
                    try fixture.project(
                        file(fixture, number, port: numbered[number]), named: "e\(number)", file: "compose.yaml")
                }
                try projects[0].expectSuccess("up")
                try projects[0].expectSuccess("down", "--volumes")
                let before = try HostSnapshot.take(directories: [])
                let end = ContinuousClock.now + Self.duration
                var rounds = 0
                repeat {
                    rounds += 1
                    try projects[0].expectSuccess("up")
                    let others = projects.dropFirst().shuffled()
                    try all(others, "up")
                    var addresses: Set<String> = []
                    for (number, project) in projects.enumerated() {
                        #expect(
                            Response.eventually(from: Endpoint("127.0.0.1", numbered[number])) {
                                $0.body == "\(number)\n"
                            }, "\(number) in round \(rounds)")
                        let shown = try project.expectSuccess("exec", "app", "--", "ip", "-4", "-o", "address")
                        let found = shown.split(separator: "\n").compactMap { line in
                            line.split(separator: " ").first { $0.contains("/") }.map(String.init)
                        }.filter { !$0.hasPrefix("127.") }
                        #expect(found.count == 3, "\(shown)")
                        for address in found {
                            #expect(addresses.insert(address).inserted, "\(address) twice in round \(rounds)")
                        }
                        // A page of the next environment, over the network that all of them use.
                        let next = (number + 1) % Self.count
                        #expect(
                            try project.expectSuccess("exec", "app", "--", "wget", "-qO-", "http://web\(next)/")
                                == "\(next)\n")
                    }
                    // Some are taken down and come back while the others go on.
                    let some = Array(others.prefix(3))
                    try all(some, "down", "--volumes")
                    try all(some, "up")
                    try all(projects.dropFirst().shuffled(), "down", "--volumes")
                    try projects[0].expectSuccess("down", "--volumes")
                    let left = try HostSnapshot.settledDifference(from: before, directories: [])
                    #expect(left == [], "round \(rounds)")
                } while ContinuousClock.now < end
                print("\(rounds) rounds of \(Self.count) environments")
            }
        }
    }
}
