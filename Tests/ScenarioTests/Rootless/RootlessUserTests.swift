import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// Everything for a user without root: the same commands, in namespaces of the user.
    @Suite(
        .timeLimit(.minutes(5)), .scenario,
        .enabled("needs newuidmap and pasta") { try Requirement.met(.newuidmap, .pasta) })
    struct RootlessUserTests {
        private static func envfile(_ fixture: Fixture, port: UInt16, name: String = "") -> String {
            """
            name: \(fixture.id)\(name)
            services:
              web:
                image: bootstrap:busybox
                command: httpd -f -p 80 -h /site
                stop_grace_period: 0s
                ports: ["\(port):80"]
                volumes: ["./site:/site", "data:/data"]
              db: {image: "bootstrap:busybox", command: sleep 1000, stop_grace_period: 0s}
            volumes: {data: }

            """
        }

        private func owner(_ path: String) throws -> UInt32 {
            var info = stat()
            guard stat(path, &info) == 0 else { throw TestError("there is no \(path)") }
            return info.st_uid
        }

        @Test func aUserDoesWhatRootDoes() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let port = try Fixture.freePort()
                let directory = try user.project("shop", Self.envfile(fixture, port: port))
                try user.expectSuccess(in: directory, "up")
                // What a container makes in a folder of the user's belongs to the user.
                try user.expectSuccess(
                    in: directory, "exec", "web", "--", "sh", "-c", "echo made >/site/made && echo kept >/data/kept")
                #expect(try owner("\(directory)/site/made") == user.id)
                #expect(try Response.get("/made", from: Endpoint("127.0.0.1", port)).body == "made\n")
                let lookUp = try user.expectSuccess(in: directory, "exec", "web", "--", "nslookup", "db")
                #expect(lookUp.contains("Name:\tdb"))
                #expect(try user.trice(in: directory, "plan").standardOutput.contains("nothing to do"))
                // Nothing of it is in the host's own namespaces.
                #expect(try !Command("ip", ["-o", "link"]).run().standardOutput.contains("tr-"))

                try user.expectSuccess(in: directory, "commit", "web", "\(fixture.id):1")
                let run = try user.trice(in: directory, "run", "--rm", "-u", "1000", "db", "id", "-u")
                #expect(run.standardOutput == "1000\n", "\(run)")
                try user.expectSuccess(in: directory, "restart", "web")
                #expect(Response.eventually("/made", from: Endpoint("127.0.0.1", port)))
                try user.expectSuccess(in: directory, "down")
                #expect(throws: (any Error).self) { try Response.get("/made", from: Endpoint("127.0.0.1", port)) }
                // The namespaces go with the last environment, and what is to be kept is there in the next ones.
                #expect(try eventually { try user.processes().isEmpty })
                try user.expectSuccess(in: directory, "up")
                #expect(try user.expectSuccess(in: directory, "exec", "web", "--", "cat", "/data/kept") == "kept\n")
            }
        }

        /// Nothing runs between the two, and the networks stay.
        @Test(arguments: ["crun", "runc"]) func whatIsCreatedIsStartedLater(_ runtime: String) async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let directory = try user.project("shop", Self.envfile(fixture, port: try Fixture.freePort()))
                try user.expectSuccess(in: directory, "--runtime", runtime, "create")
                // Longer than the agent waits before it looks again.
                usleep(1_500_000)
                try user.expectSuccess(in: directory, "--runtime", runtime, "start")
                #expect(
                    try user.expectSuccess(in: directory, "exec", "web", "--", "nslookup", "db").contains("Name:\tdb"))
                let pause = try user.trice(in: directory, "pause", "db")
                #expect(pause.succeeded || pause.standardError.contains("cannot be paused"), "\(pause)")
                try user.expectSuccess(in: directory, "down", "--volumes")
                #expect(try eventually { try user.processes().isEmpty })
            }
        }

        /// Nothing can freeze services without root, so they are stopped for the moment.
        @Test func aUserReturnsToASnapshot() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let directory = try user.project("shop", Self.envfile(fixture, port: try Fixture.freePort()))
                func set(_ text: String) throws {
                    let script = "echo \(text) >/own; echo \(text) >/data/file"
                    try user.expectSuccess(in: directory, "exec", "web", "--", "sh", "-c", script)
                }
                try user.expectSuccess(in: directory, "up")
                try set("one")
                expect(
                    try user.trice(in: directory, "snapshot", "save", "base"), endsWith: 1,
                    saying: "no cgroups of their own", "snapshot save NAME --stop")
                try user.expectSuccess(in: directory, "snapshot", "save", "base", "--stop")
                for text in ["two", "three"] {
                    try set(text)
                    try user.expectSuccess(in: directory, "snapshot", "restore", "base")
                    let shown = try user.expectSuccess(in: directory, "exec", "web", "--", "cat", "/own", "/data/file")
                    #expect(shown == "one\none\n")
                }
                try user.expectSuccess(in: directory, "down", "--volumes")
                #expect(try eventually { try user.processes().isEmpty })
            }
        }

        @Test func aUserBuildsImages() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let directory = try user.project(
                    "built",
                    "name: \(fixture.id)\nservices: {app: {build: ., command: sleep 1000, stop_grace_period: 0s}}\n")
                let dockerfile = """
                    FROM bootstrap:busybox
                    RUN mkdir /own && echo built >/own/file && chown -R 1000:1000 /own && rm -r /opt
                    USER 1000

                    """
                try Data(dockerfile.utf8).write(to: URL(filePath: "\(directory)/Dockerfile"))
                try user.expectSuccess(in: directory, "up")
                let output = try user.expectSuccess(
                    in: directory, "exec", "app", "--", "sh", "-c",
                    "id -u; cat /own/file; stat -c %u /own/file; ls -d /opt 2>&1; true")
                #expect(output.hasPrefix("1000\nbuilt\n1000\n") && output.contains("No such file"), "\(output)")
                // A second build is from the cache.
                let again = try user.trice(in: directory, "build")
                #expect(again.succeeded && !again.standardError.contains("first build"), "\(again)")
            }
        }

        @Test func severalFirstCommandsShareOneSetOfNamespaces() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let directories = try (1...3).map {
                    try user.project("p\($0)", Self.envfile(fixture, port: try Fixture.freePort(), name: "\($0)"))
                }
                let binary = try #require(Fixture.binary)
                let running = try directories.map { try user.command(in: $0, binary, ["up"]).start() }
                for command in running {
                    let output = command.wait(timeout: .seconds(60))
                    #expect(output.succeeded, "\(output)")
                }
                #expect(try user.processes().values.count { $0.contains("hold-namespaces") } == 1)
                let list = try user.expectSuccess(in: directories[0], "ls")
                #expect(list.split(separator: "\n").count == 4, "\(list)")
            }
        }

        @Test func anAgentThatWasKilledIsReplaced() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let port = try Fixture.freePort()
                let directory = try user.project("shop", Self.envfile(fixture, port: port))
                try user.expectSuccess(in: directory, "up")
                let agent = try #require(try user.processes().first { $0.value.contains("hold-namespaces") }?.key)
                kill(agent, SIGKILL)
                #expect(try eventually { try user.processes()[agent] == nil })
                // What runs goes on, and a new agent takes care of the same namespaces.
                #expect(try Response.get("/", from: Endpoint("127.0.0.1", port)).status == 404)
                try user.expectSuccess(in: directory, "up", "--force-recreate")
                #expect(Response.eventually("/", from: Endpoint("127.0.0.1", port)) { $0.status == 404 })
                try user.expectSuccess(in: directory, "down")
                #expect(try eventually { try user.processes().isEmpty })
            }
        }

        @Test func whatIsMissingIsNamedWithItsRemedy() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture, hasRange: false)
                let directory = try user.project("shop", Self.envfile(fixture, port: try Fixture.freePort()))
                let up = try user.trice(in: directory, "up")
                expect(up, endsWith: 1, saying: "/etc/subuid", "usermod --add-subuids", user.name)
                #expect(try user.processes().isEmpty)
                // What needs no containers needs no namespaces.
                expect(try user.trice(in: directory, "config"), endsWith: 0)
                expect(try user.trice(in: directory, "status"), endsWith: 0, saying: "nothing is up")
                expect(try user.trice(in: directory, "doctor"), endsWith: 1, saying: "subordinate IDs", "usermod")
            }
        }

        @Test func aPortBelow1024NamesTheSetting() async throws {
            try await withFixture { fixture in
                let start = try String(contentsOfFile: "/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding: .utf8)
                guard start == "1024\n" else { return }
                let user = try LoneUser(fixture)
                let directory = try user.project("shop", Self.envfile(fixture, port: 81))
                let up = try user.trice(in: directory, "up")
                expect(up, endsWith: 1, saying: "81", "net.ipv4.ip_unprivileged_port_start")
            }
        }

        /// The server works in the user's namespaces, where every login is the user's root.
        @Test(.enabled("needs sshd") { try Requirement.met(.sshd) }, arguments: [false, true])
        func sshFindsTheContainersOfAUser(besideServer: Bool) async throws {
            try await withFixture { fixture in
                var user = try LoneUser(fixture)
                user.seesServer = besideServer
                let directory = try user.project("shop", Self.envfile(fixture, port: try Fixture.freePort()))
                try user.expectSuccess(in: directory, "up")
                try user.expectSuccess(in: directory, "ssh-config", "--install")
                let host = "web.\(fixture.id)"
                func run(_ program: String, _ arguments: String...) throws -> Command.Output {
                    try user.command(in: directory, program, arguments).run()
                }
                expect(try run("ssh", host, "id -u; cat; exit 7"), endsWith: 7, saying: "0")
                try Data("by scp\n".utf8).write(to: URL(filePath: "\(directory)/site/sent"))
                expect(try run("scp", "-q", "\(directory)/site/sent", "\(host):/data/sent"), endsWith: 0)
                expect(try user.trice(in: directory, "exec", "db", "--", "true"), endsWith: 0)
                #expect(try run("ssh", host, "cat /data/sent").standardOutput == "by scp\n")
                try user.expectSuccess(in: directory, "down")
                expect(
                    try run("ssh", host, "true"), endsWith: 255, saying: "`web` is not running", "trice up web")
            }
        }

        /// The packets leave by pasta, or by slirp4netns where pasta fails; the gateway stands for the host itself.
        @Test(
            .alone, .enabled("needs a way out of this host") { try Requirement.met(.network) },
            arguments: [true, false])
        func theHostIsReached(byPasta: Bool) async throws {
            try await withFixture { fixture in
                var user = try LoneUser(fixture)
                if !byPasta { try user.breakProgram("pasta") }
                let port = try Fixture.freePort()
                let server = try Command(
                    "python3", ["-m", "http.server", "--bind", "127.0.0.1", "\(port)"], directory: fixture.directory
                ).start()
                fixture.onCleanUp { server.stop() }
                #expect(Response.eventually(from: Endpoint("127.0.0.1", port)))
                let directory = try user.project("shop", Self.envfile(fixture, port: try Fixture.freePort()))
                try user.expectSuccess(in: directory, "up")
                let page = try user.trice(
                    in: directory, "exec", "web", "--", "wget", "-qO-", "http://host.docker.internal:\(port)/")
                #expect(page.standardOutput.contains("Directory listing"), "\(page)")
                // Small packets would take several times as long.
                #expect(
                    try user.expectSuccess(in: directory, "exec", "web", "cat", "/sys/class/net/eth0/mtu") == "65520\n")
            }
        }
    }
}
