import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// Forwarding happens in the network of the container.
    @Suite(.timeLimit(.minutes(5)), .openSSH) struct SSHForwardTests {
        /// A web server inside that only the container's own loopback has.
        private let server =
            "mkdir -p /tmp/site; echo inside >/tmp/site/index.html; exec httpd -f -p 127.0.0.1:8080 -h /tmp/site"

        private func fetch(_ arguments: String...) throws -> Command.Output {
            try Command("curl", ["-sS", "-m", "5", "--noproxy", ""] + arguments).run()
        }

        private func whenFetched(_ arguments: String...) -> Bool {
            eventually {
                (try? Command("curl", ["-sS", "-m", "5", "--noproxy", ""] + arguments).run().standardOutput)
                    == "inside\n"
            }
        }

        @Test func aLocalPortLeadsInside() async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture)
                let port = try Fixture.freePort()
                let client = try scene.command("ssh", ["-L", "\(port):127.0.0.1:8080", "web", server]).start()
                #expect(whenFetched("http://127.0.0.1:\(port)/"))
                // By a name that the environment has.
                let other = try Fixture.freePort(avoiding: [port])
                let named = try scene.command("ssh", ["-N", "-L", "\(other):localhost:8080", "web"]).start()
                #expect(whenFetched("http://127.0.0.1:\(other)/"))
                // Nothing on the host itself has that port.
                #expect(try !fetch("http://127.0.0.1:8080/").succeeded)
                client.stop()
                named.stop()
            }
        }

        @Test func aSOCKSProxyLeadsInside() async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture)
                let port = try Fixture.freePort()
                let client = try scene.command("ssh", ["-D", "\(port)", "web", server]).start()
                #expect(whenFetched("--socks5-hostname", "127.0.0.1:\(port)", "http://localhost:8080/"))
                client.stop()
            }
        }

        @Test func aRemotePortLeadsToTheHost() async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture)
                let port = try Fixture.freePort()
                try scene.project.write("site/index.html", "outside\n")
                let server = try Command(
                    "busybox", ["httpd", "-f", "-p", "127.0.0.1:\(port)", "-h", "\(scene.project.directory)/site"]
                ).start()
                let client = try scene.command("ssh", ["-N", "-R", "0.0.0.0:9090:127.0.0.1:\(port)", "web"]).start()
                let isThere = eventually {
                    (try? scene.project.expectSuccess("exec", "web", "--", "wget", "-qO-", "http://127.0.0.1:9090/"))
                        == "outside\n"
                }
                #expect(isThere)
                client.stop()
                server.stop()
            }
        }

        /// A socket would be one of the host's file system.
        @Test func socketsOfTheHostAreNotForwarded() async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture)
                let socket = try scene.command(
                    "ssh",
                    ["-R", "/tmp/\(fixture.id).sock:127.0.0.1:1", "-o", "ExitOnForwardFailure=yes", "web", "true"]
                ).run()
                #expect(!socket.succeeded && access("/tmp/\(fixture.id).sock", F_OK) != 0, "\(socket.description)")
            }
        }

        /// Attributes: `ssh.forward_agent`
        @Test func theAgentIsThereForItsUserAlone() async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture, .debian, "    ssh:\n      user: dev\n      forward_agent: true\n")
                let agent = try SSHAgent(fixture)
                let list = ["ssh-add", "-L"]
                let key = try agent.publicKey
                #expect(try scene.expect("ssh", "web", "ssh-add -L", environment: agent.environment) == key)
                #expect(
                    try scene.project.command(["ssh", "web", "--"] + list, environment: agent.environment).run()
                        .standardOutput == key)
                // Without one there is no socket; with one that does not answer there is a sentence.
                #expect(try scene.expect("ssh", "web", "echo ${SSH_AUTH_SOCK-none}") == "none\n")
                let dead = ["SSH_AUTH_SOCK": "\(fixture.directory)/nothing"]
                let output = try scene.project.command(["ssh", "web", "--", "echo", "on"], environment: dead).run()
                expect(output, endsWith: 0, saying: "on\n", "agent cannot be reached at \(fixture.directory)/nothing")
                // Neither `exec` nor a user who does not want it gets it.
                let exec = try scene.project.command(["exec", "web", "--", "env"], environment: agent.environment).run()
                #expect(!exec.standardOutput.contains("SSH_AUTH_SOCK"))
                #expect(
                    try scene.expect(
                        "ssh", "-o", "ForwardAgent=no", "web", "echo ${SSH_AUTH_SOCK-none}",
                        environment: agent.environment) == "none\n")
                #expect(
                    try scene.project.expectSuccess("exec", "web", "--", "ls", "/dev").contains("trice-agent") == false)
            }
        }

        @Test func theAgentCanBeAskedForByHand() async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture, .debian)
                let agent = try SSHAgent(fixture)
                #expect(
                    try scene.expect("ssh", "-A", "web", "ssh-add -L", environment: agent.environment)
                        == agent.publicKey)
                let plain = try scene.project.command(["ssh", "web", "--", "env"], environment: agent.environment).run()
                #expect(!plain.standardOutput.contains("SSH_AUTH_SOCK"))
            }
        }
    }
}

/// An SSH agent with one key.
private struct SSHAgent {
    let environment: [String: String]
    private let directory: String

    init(_ fixture: Fixture) throws {
        directory = fixture.directory
        let socket = "\(directory)/agent"
        environment = ["SSH_AUTH_SOCK": socket]
        try UserRun.give(directory)
        let process = try UserRun.command(Command("ssh-agent", ["-D", "-a", socket])).start()
        fixture.onCleanUp { process.stop() }
        guard eventually({ access(socket, F_OK) == 0 }) else { throw TestError("no agent came up") }
        for (program, words) in [
            ("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", "\(directory)/agent_key"]),
            ("ssh-add", ["-q", "\(directory)/agent_key"]),
        ] {
            let output = try UserRun.command(
                Command(program, words, environment: fixture.environment.merging(environment) { $1 })
            ).run()
            guard output.succeeded else { throw TestError(output.description) }
        }
    }

    var publicKey: String {
        get throws { try String(contentsOfFile: "\(directory)/agent_key.pub", encoding: .utf8) }
    }
}
