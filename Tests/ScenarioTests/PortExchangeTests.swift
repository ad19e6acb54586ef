import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Ports that another process opens between the moment at which a container claims them and that at which it starts:
    /// another user's Trice, for one, whose claims are not seen.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct PortExchangeTests {
        private func project(_ fixture: Fixture, port: UInt16, file: String) throws -> Project {
            try fixture.project(
                """
                name: \(fixture.id)
                services:
                  web:
                    image: bootstrap:busybox
                    command: sh -c 'echo here >/page; exec httpd -f -p 80 -h /'
                    ports: ["\(port):80"]
                    stop_grace_period: 0s
                """, file: file)
        }

        @Test func aPortThatMayMoveIsExchanged() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let project = try project(fixture, port: port, file: "Envfile")
                try project.expectSuccess("create")
                let holder = try Socket(binding: .tcp, to: Endpoint("127.0.0.1", port))
                expect(
                    try project.trice("start"), endsWith: 0, saying: "port \(port) is held by", "using", "instead")
                let shown = try project.expectSuccess("port", "web", "80").split(separator: ":").last
                let other = try #require(shown.flatMap { UInt16($0.filter(\.isNumber)) })
                #expect(other != port)
                #expect(Response.eventually("/page", from: Endpoint("127.0.0.1", other)) { $0.body == "here\n" })
                // It stays there, and `up` has nothing to do.
                expect(try project.trice("plan"), endsWith: 0, saying: "nothing to do")
                withExtendedLifetime(holder) {}
            }
        }

        @Test func aFixedPortIsAnErrorThatNamesItsHolder() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let project = try project(fixture, port: port, file: "compose.yaml")
                try project.expectSuccess("create")
                let holder = try Socket(binding: .tcp, to: Endpoint("127.0.0.1", port))
                expect(try project.trice("start"), endsWith: 1, saying: "Port \(port)/tcp", "held by")
                #expect(try project.status().running.isEmpty)
                withExtendedLifetime(holder) {}
            }
        }
    }
}
