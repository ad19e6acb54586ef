import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Published ports and names, seen from everywhere they are promised to work.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct PortTests {
        private func project(_ fixture: Fixture, port: UInt16, file: String) throws -> Project {
            let project = try fixture.project(
                """
                name: \(fixture.id)
                services:
                  server:
                    image: bootstrap:busybox
                    command: /echo/echo serve 7
                    ports:
                      - "\(port):7"
                      - "\(port):7/udp"
                    volumes:
                      - ./programs:/echo:ro
                  client:
                    image: bootstrap:busybox
                    command: sleep 1000
                    volumes:
                      - ./programs:/echo:ro
                """, file: file)
            try FileManager.default.createDirectory(
                atPath: "\(project.directory)/programs", withIntermediateDirectories: true)
            try buildEcho(in: "\(project.directory)/programs")
            try project.expectSuccess("up")
            let ready = try eventually { try project.expectSuccess("logs", "server").contains("ready") }
            #expect(ready)
            return project
        }

        /// Asks from inside a service.
        private func ask(_ project: Project, from service: String, _ kind: String, _ address: String, _ port: UInt16)
            throws -> String
        {
            try project.trice("exec", service, "--", "/echo/echo", "ask", kind, address, "\(port)", "hello")
                .standardOutput
        }

        @Test func answersEverywhereInAComposeFile() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let project = try project(fixture, port: port, file: "compose.yaml")
                let server = try #require(try project.status().service("server").address)
                let hosts = try hostAddresses().filter { !$0.hasPrefix("127.") }
                for address in ["127.0.0.1", "::1"] + hosts {
                    for kind in [Socket.Kind.tcp, .udp] {
                        #expect(throws: Never.self, "\(kind) from the host to \(address)") {
                            let answer = try Socket.exchange("hello", kind: kind, with: Endpoint(address, port))
                            #expect(answer == "hello", "\(kind) from the host to \(address)")
                        }
                    }
                }
                for service in ["client", "server"] {
                    for kind in ["tcp", "udp"] {
                        for host in hosts {
                            let answer = try ask(project, from: service, kind, host, port)
                            #expect(answer == "hello", "\(kind) from \(service) to \(host) port \(port)")
                        }
                        #expect(try ask(project, from: service, kind, server, 7) == "hello", "\(kind) directly")
                    }
                }
                // A large answer arrives whole.
                let text = String(repeating: "0123456789", count: 6000)
                #expect(
                    try Socket.exchange("end", kind: .tcp, with: Endpoint("127.0.0.1", port)) == "end")
                let socket = try Socket(connecting: .tcp, to: Endpoint("127.0.0.1", port))
                try socket.send(text)
                var answer: [UInt8] = []
                while answer.count < text.utf8.count {
                    let more = try socket.receive()
                    if more.isEmpty { break }
                    answer += more
                }
                #expect(answer == Array(text.utf8))
            }
        }

        @Test func anEnvfilePublishesOnLoopbackOnly() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                _ = try project(fixture, port: port, file: "Envfile")
                for address in ["127.0.0.1", "::1"] {
                    #expect(try Socket.exchange("hello", kind: .tcp, with: Endpoint(address, port)) == "hello")
                    #expect(try Socket.exchange("hello", kind: .udp, with: Endpoint(address, port)) == "hello")
                }
                for address in try hostAddresses() where !address.hasPrefix("127.") {
                    #expect(throws: TestError.self, "\(address) is open to others") {
                        try Socket.exchange("hello", kind: .tcp, with: Endpoint(address, port))
                    }
                }
            }
        }

        private static func web(_ name: String, port: UInt16) -> String {
            """
            name: \(name)
            services:
              web:
                image: bootstrap:busybox
                command: sh -c 'mkdir /w; echo \(name) >/w/index.html; exec httpd -f -p 80 -h /w'
                ports:
                  - "\(port):80"
            """
        }

        @Test func aTakenPortNamesItsHolder() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let holder = try Socket(binding: .tcp, to: Endpoint("0.0.0.0", port))
                let project = try fixture.project(Self.web(fixture.id, port: port), file: "compose.yaml")
                let before = try HostSnapshot.take()
                let output = try project.trice("up")
                expect(output, endsWith: 1, saying: "\(port)")
                // This very process holds it.
                let name = try String(contentsOfFile: "/proc/self/comm", encoding: .utf8).dropLast()
                let holders = ["\(ProcessInfo.processInfo.processIdentifier)", String(name)]
                #expect(holders.contains { output.standardError.contains($0) }, "\(output.description)")
                try project.expectSuccess("down")
                #expect(try HostSnapshot.settledDifference(from: before) == [])
                withExtendedLifetime(holder) {}
            }
        }

        @Test func anEnvfileMovesToTheNextFreePort() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let holder = try Socket(binding: .tcp, to: Endpoint("127.0.0.1", port))
                let project = try fixture.project(Self.web(fixture.id, port: port))
                try project.expectSuccess("up")
                let found = try project.status().port(of: "web", 80)
                #expect(found > port)
                #expect(
                    Response.eventually(from: Endpoint("127.0.0.1", found)) { $0.body == "\(fixture.id)\n" })
                // It stays there: nothing has changed.
                expect(try project.trice("plan"), endsWith: 0)
                withExtendedLifetime(holder) {}
            }
        }

        @Test func namesResolve() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sh -c 'mkdir /w; echo found >/w/index.html; exec httpd -f -p 80 -h /w'
                      client:
                        image: bootstrap:busybox
                        hostname: myself
                        command: sleep 1000
                    """)
                try project.expectSuccess("up")
                let fetch = ["exec", "client", "--", "wget", "-qO-", "http://web/"]
                #expect(try eventually { try project.command(fetch).run().standardOutput == "found\n" })
                #expect(try project.expectSuccess("exec", "client", "--", "hostname") == "myself\n")
                // A container knows its own names, and no strangers'.
                try project.expectSuccess("exec", "client", "--", "ping", "-c", "1", "myself")
                expect(try project.trice("exec", "client", "--", "ping", "-c", "1", "nobody-here.invalid"), endsWith: 1)

                // A service that comes later is found by those that were there before.
                try project.write(
                    "Envfile",
                    project.read("Envfile") + "\n  late:\n    image: bootstrap:busybox\n    command: sleep 1000\n")
                let before = try project.status().service("client").pid
                try project.expectSuccess("up")
                #expect(try project.status().service("client").pid == before)
                try project.expectSuccess("exec", "client", "--", "ping", "-c", "1", "late")
            }
        }
    }
}
