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

        /// Attributes: `ports`, `ports.*.target`, `ports.*.published`
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

        @Test(.alone) func aTakenPortNamesItsHolder() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let holder = try Socket(binding: .tcp, to: Endpoint("0.0.0.0", port))
                let project = try fixture.project(Self.web(fixture.id, port: port), file: "compose.yaml")
                let before = try HostSnapshot.take()
                let output = try project.trice("up")
                expect(output, endsWith: 1, saying: "\(port)")
                // This very process holds it; a user sees only processes of their own.
                let name = try String(contentsOfFile: "/proc/self/comm", encoding: .utf8).dropLast()
                let seen = ["\(ProcessInfo.processInfo.processIdentifier)", String(name)]
                let holders = UserRun.isOn ? ["a process that cannot be seen"] : seen
                #expect(holders.contains { output.standardError.contains($0) }, "\(output.description)")
                try project.expectSuccess("down")
                #expect(try HostSnapshot.settledDifference(from: before) == [])
                withExtendedLifetime(holder) {}
            }
        }

        /// One that has too few free ports for all replicas is told before anything is made.
        @Test func aRangeServesAsManyContainersAsItHasFreePorts() async throws {
            try await withFixture { fixture in
                func isFree(_ port: UInt16) -> Bool {
                    (try? Socket(binding: .tcp, to: Endpoint("127.0.0.1", port))) != nil
                }
                var first = try Fixture.freePort()
                for _ in 0..<20 where !isFree(first + 1) || !isFree(first + 2) { first = try Fixture.freePort() }
                var holder: Socket? = try Socket(binding: .tcp, to: Endpoint("127.0.0.1", first + 1))
                let project = try fixture.project(
                    """
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sleep 1000
                        stop_grace_period: 0s
                        scale: 3
                        ports: ["127.0.0.1:\(first)-\(first + 2):80"]
                    """, file: "compose.yaml")
                let refused = try project.trice("up")
                expect(
                    refused, endsWith: 1, saying: "\(first)-\(first + 2)/tcp", "none is left", "\(first + 1) is held by"
                )
                #expect(try project.status().services.isEmpty)
                holder = nil
                try project.expectSuccess("up")
                func ports() throws -> Set<UInt16> {
                    Set(try project.status().services.flatMap(\.ports).map(\.hostPort))
                }
                #expect(try ports() == [first, first + 1, first + 2])
                // Made anew they keep the range, and a fourth one finds no port.
                try project.expectSuccess("up", "--force-recreate")
                #expect(try ports() == [first, first + 1, first + 2])
                expect(try project.trice("up", "--scale", "web=4"), endsWith: 1, saying: "cannot have 4 containers")
                #expect(try project.status().services.count == 3)
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

        /// Attributes: `ports.*.host_ip`, `ports.*.auto_correct`
        @Test func aPortNamesItsAddressAndWhetherItMayMove() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                func project(_ number: Int, _ keys: String, file: String = "compose.yaml") throws -> Project {
                    let name = "\(fixture.id)\(number)"
                    let text = Self.web(name, port: port).replacing(
                        "\"\(port):80\"", with: "{ target: 80, published: \(port), \(keys) }")
                    return try fixture.project(text, named: name, file: file)
                }
                let first = try project(1, "host_ip: 127.0.0.2")
                try first.expectSuccess("up")
                #expect(Response.eventually(from: Endpoint("127.0.0.2", port)) { $0.body == "\(first.name)\n" })
                for address in ["127.0.0.1", "::1"] {
                    #expect(throws: TestError.self, "\(address)") { try Response.get(from: Endpoint(address, port)) }
                }
                // The same port at another address is another one.
                let second = try project(2, "host_ip: 127.0.0.3")
                try second.expectSuccess("up")
                #expect(Response.eventually(from: Endpoint("127.0.0.3", port)) { $0.body == "\(second.name)\n" })
                let third = try project(3, "host_ip: 127.0.0.2")
                expect(try third.trice("up"), endsWith: 1, saying: "\(port)")
                let mover = try project(4, "host_ip: 127.0.0.2, x-trice: { auto_correct: true }")
                try mover.expectSuccess("up")
                let found = try mover.status().port(of: "web", 80)
                #expect(found > port)
                #expect(Response.eventually(from: Endpoint("127.0.0.2", found)) { $0.body == "\(mover.name)\n" })
                let stayer = try project(5, "host_ip: 127.0.0.2, auto_correct: false", file: "Envfile")
                expect(try stayer.trice("up"), endsWith: 1, saying: "\(port)")
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

        /// A program that logs or limits by address sees the host, not itself.
        @Test func connectionsComeFromTheGateway() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      server:
                        image: bootstrap:busybox
                        command: /echo/echo serve 7
                        ports: ["\(port):7", "\(port):7/udp"]
                        volumes: ["./programs:/echo:ro"]
                      inner:
                        image: bootstrap:busybox
                        command: /echo/echo serve 7 127.0.0.1
                        ports: ["7", "7/udp"]
                        volumes: ["./programs:/echo:ro"]
                    """)
                try FileManager.default.createDirectory(
                    atPath: "\(project.directory)/programs", withIntermediateDirectories: true)
                try buildEcho(in: "\(project.directory)/programs")
                try project.expectSuccess("up")
                let isReady = try eventually {
                    try ["server", "inner"].allSatisfy { try project.expectSuccess("logs", $0).contains("ready") }
                }
                #expect(isReady)
                let own = try #require(try project.status().service("server").address)
                let gateway = own.split(separator: ".").prefix(3).joined(separator: ".") + ".1"
                for kind in [Socket.Kind.tcp, .udp] {
                    #expect(try Socket.exchange("peer", kind: kind, with: Endpoint("127.0.0.1", port)) == gateway)
                    // One that listens on its own loopback is reached there.
                    let inner = try project.status().port(of: "inner", 7, kind == .tcp ? "tcp" : "udp")
                    #expect(try Socket.exchange("peer", kind: kind, with: Endpoint("127.0.0.1", inner)) == "127.0.0.1")
                }
            }
        }
    }
}
