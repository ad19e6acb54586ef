import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// What a user's commands do on the host, outside of the namespaces in which their containers are.
    @Suite(
        .timeLimit(.minutes(5)), .scenario,
        .enabled("needs newuidmap and pasta") { try Requirement.met(.newuidmap, .pasta) })
    struct OutsideTests {
        private static func envfile(_ fixture: Fixture, _ lines: String) -> String {
            """
            name: \(fixture.id)
            services: { web: { image: "bootstrap:busybox", command: sleep 1000, stop_grace_period: 0s } }
            \(lines)

            """
        }

        /// The programs of triggers are the user's on the host, with its network, the user's umask and the directory's files.
        @Test func triggersRunOnTheHost() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let script =
                    "{ id -u; umask; readlink /proc/self/ns/net; pwd; echo $$TRICE_OUTSIDE; } >out; echo told; exit 3"
                let lines = """
                    triggers:
                      - after: up
                        run: "\(script)"
                        on_error: continue
                    """
                let directory = try user.project("shop", Self.envfile(fixture, lines))
                let binary = try #require(Fixture.binary)
                let up = try user.command(
                    in: directory, "sh", ["-c", "umask 027; exec \"$0\" up --trust", binary]
                ).run()
                expect(up, endsWith: 0, saying: "told", "failed with code 3")
                let host = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/net")
                let out = try String(contentsOfFile: "\(directory)/out", encoding: .utf8)
                #expect(out == "\(user.id)\n0027\n\(host)\n\(directory)\n\n")
                var info = stat()
                #expect(stat("\(directory)/out", &info) == 0 && info.st_uid == user.id && info.st_mode & 0o777 == 0o640)
            }
        }

        /// A command that is interrupted, or killed, leaves none of its programs running.
        @Test(arguments: [SIGINT, SIGTERM, SIGKILL]) func theirProgramsEndWithTheCommand(_ signal: Int32) async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let time = "4\(UInt16.random(in: 1000...9999))"
                let lines = "triggers: [{ before: up, run: \"sleep \(time)\" }]"
                let directory = try user.project("shop", Self.envfile(fixture, lines))
                func sleeps() throws -> Bool { try user.processes().values.contains("sleep \(time) ") }
                let binary = try #require(Fixture.binary)
                let command = try user.command(in: directory, binary, ["up", "--trust"]).start()
                #expect(try eventually(within: .seconds(30)) { try sleeps() })
                // As a terminal does it: to the whole group.
                kill(-command.process, signal)
                let end = command.wait(timeout: .seconds(20))
                #expect(!end.succeeded, "\(end)")
                #expect(try eventually { try !sleeps() })
                #expect(try eventually { try user.processes().isEmpty })
            }
        }

        /// A registry on the loopback of the host, as developers have them, and one that is not there.
        @Test(.enabled("needs docker-registry and skopeo") { try Requirement.met(.registry, .skopeo) })
        func theLoopbackOfTheHostIsReached() async throws {
            try await withFixture { fixture in
                let registry = try RegistryServer(fixture)
                let user = try LoneUser(fixture)
                let directory = try user.project("shop", Self.envfile(fixture, ""))
                let name = "\(registry.address)/team/app:1"
                try user.expectSuccess(in: directory, "up")
                try user.expectSuccess(in: directory, "commit", "web", name)
                try user.expectSuccess(in: directory, "image", "push", name)
                try user.expectSuccess(in: directory, "image", "rm", name)
                try user.expectSuccess(in: directory, "image", "pull", name)
                let closed = try Fixture.freePort()
                expect(
                    try user.trice(in: directory, "image", "pull", "localhost:\(closed)/team/app:1"), endsWith: 1,
                    saying: "localhost:\(closed)", "refuses the connection")
            }
        }

        /// The host's processes can be seen, and devices have other names inside.
        @Test func whatIsTheHostsIsThere() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let envfile = """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sleep 1000
                        stop_grace_period: 0s
                        pid: host
                        devices: ["/dev/zero:/dev/nought", "/dev/full"]

                    """
                let directory = try user.project("shop", envfile)
                try user.expectSuccess(in: directory, "up")
                let own = ProcessInfo.processInfo.processIdentifier
                try user.expectSuccess(in: directory, "exec", "web", "--", "test", "-d", "/proc/\(own)")
                let read = ["head -c 3 /dev/nought | wc -c", "! echo x >/dev/full"].joined(separator: "; ")
                #expect(try user.expectSuccess(in: directory, "exec", "web", "--", "sh", "-c", read) == "3\n")
            }
        }

        /// One with the user's number, such as a container has, in other namespaces than Trice's.
        @Test func theAgentRunsProgramsForTriceOnly() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let directory = try user.project("shop", Self.envfile(fixture, ""))
                try user.expectSuccess(in: directory, "up")
                let script = """
                    import os, socket, sys
                    agent = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                    agent.connect(sys.argv[1])
                    orders = os.memfd_create("orders")
                    os.write(orders, b"\\0".join([b"2", b"22", b"/", b"touch", sys.argv[2].encode(), b""]))
                    socket.send_fds(agent, [b"run a program"], [orders, 0, 1, 2])
                    print(list(agent.recv(16)))
                    """
                let made = "\(user.home)/made"
                let output = try user.command(
                    in: directory, "/usr/bin/python3",
                    ["-c", script, "\(user.home)/run/trice/rootless/agent.sock", made]
                ).run()
                expect(output, endsWith: 0, saying: "[2, \(EPERM)]")
                #expect(access(made, F_OK) != 0)
            }
        }

        /// The directory of a user's run goes with the last session, or by hand.
        @Test(.enabled("needs slirp4netns") { Requirement.find("slirp4netns") != nil })
        func nothingStaysWhereTheDirectoryWasRemoved() async throws {
            try await withFixture { fixture in
                var user = try LoneUser(fixture)
                try user.breakProgram("pasta")
                let directory = try user.project("shop", Self.envfile(fixture, ""))
                try user.expectSuccess(in: directory, "up")
                #expect(try user.processes().values.contains { $0.hasPrefix("slirp4netns ") })
                try user.expectSuccess(in: directory, "down")
                try FileManager.default.removeItem(atPath: "\(user.home)/run/trice")
                let lone = user
                #expect(try eventually { try lone.processes().isEmpty })
            }
        }

        /// What is wrong with a command line is said before namespaces are made.
        @Test func aMistypedCommandMakesNothing() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let directory = try user.project("shop", Self.envfile(fixture, ""))
                expect(try user.trice(in: directory, "up", "--no-such-option"), endsWith: 64)
                expect(try user.trice(in: directory, "upp"), endsWith: 64, saying: "Did you mean `up`?")
                #expect(access("\(user.home)/.local", F_OK) != 0)
                #expect(access("\(user.home)/run/trice", F_OK) != 0)
            }
        }
    }
}
