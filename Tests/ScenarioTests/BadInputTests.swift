import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Bad input gets one clear error, and nothing has been changed by then.
    @Suite(.timeLimit(.minutes(5)), .scenario, .alone) struct BadInputTests {
        struct Case: CustomTestStringConvertible {
            var name: String
            var envfile: String
            /// What the error must contain, such as the place `Envfile:3:5` and the offending line.
            var says: [String]
            var testDescription: String { name }
        }

        private static func service(_ lines: String...) -> String {
            "services:\n  web:\n    image: bootstrap:busybox\n" + lines.map { "    \($0)\n" }.joined()
        }

        static let files = [
            Case(name: "not YAML", envfile: "services:\n  web: [a\n  b: c\n", says: ["Envfile:3:4", "b: c"]),
            Case(name: "no service", envfile: "services: {}\n", says: ["Envfile:1:1", "service"]),
            Case(name: "a NUL", envfile: "services:\0\n", says: ["Envfile:1:"]),
            Case(name: "empty", envfile: "", says: ["Envfile"]),
            Case(name: "only a comment", envfile: "# nothing\n", says: ["Envfile"]),
            Case(name: "a list", envfile: "- a\n- b\n", says: ["Envfile:1:1", "- a"]),
            Case(
                name: "an unknown key", envfile: service("prots:", "  - 80:80"),
                says: ["Envfile:4:5", "prots:", "did you mean `ports`?"]),
            Case(
                name: "an unknown key at the top", envfile: "service:\n  web: {}\n",
                says: ["Envfile:1:1", "did you mean `services`?"]),
            Case(name: "a wrong type", envfile: service("ports: 80"), says: ["Envfile:4:12", "ports: 80"]),
            Case(name: "services as a list", envfile: "services:\n  - web\n", says: ["Envfile:2:3"]),
            Case(
                name: "a port out of range", envfile: service("ports:", "  - 70000:80"),
                says: ["Envfile:5:9", "70000"]),
            Case(
                name: "a port twice", envfile: service("ports:", "  - 8080:80", "  - 8080:81"),
                says: ["Envfile:6:9", "8080"]),
            Case(
                name: "a dependency cycle",
                envfile: "services:\n  a:\n    image: bootstrap:busybox\n    depends_on: [b]\n"
                    + "  b:\n    image: bootstrap:busybox\n    depends_on: [a]\n",
                says: ["Envfile:7:18", "circle", "a -> b -> a"]),
            Case(
                name: "an unknown dependency", envfile: service("depends_on:", "  - dbb"), says: ["Envfile:5:9", "dbb"]),
            Case(
                name: "an undefined volume", envfile: service("volumes:", "  - data:/data"),
                says: ["Envfile:5:9", "data"]),
            Case(
                name: "an unset required variable", envfile: service("command: ${NEEDED:?say what}"),
                says: ["Envfile:4:14", "say what"]),
            Case(
                name: "a key twice", envfile: service("command: a", "command: b"), says: ["Envfile:5:5", "command"]),
            Case(
                name: "several problems at once",
                envfile: service("prots: []", "ports: [70000]", "volumes: [data:/data]"),
                says: ["Envfile:4:5", "Envfile:5:13", "Envfile:6:15"]),
        ]

        @Test(arguments: files) func aBadFile(_ bad: Case) async throws {
            try await withFixture { fixture in
                let project = try fixture.project(bad.envfile)
                // A file without services is valid, and there is nothing to bring up.
                for command in bad.name == "no service" ? ["up", "plan"] : ["up", "validate", "plan"] {
                    let output = try project.trice(command)
                    #expect(output.exit == .code(1), "\(output.description)")
                    #expect(output.standardOutput.isEmpty, "\(output.description)")
                    for text in bad.says {
                        #expect(output.standardError.contains(text), "`\(text)` is missing: \(output.description)")
                    }
                }
                try expectUntouched(fixture)
            }
        }

        /// Nothing was made but what the test itself wrote; an empty database is no trace of an environment.
        private func expectUntouched(_ fixture: Fixture) throws {
            for directory in ["environments", "volumes", "containers"] {
                for root in [fixture.runDirectory, fixture.stateDirectory] {
                    // No such directory: all the better.
                    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(directory)")) ?? []
                    #expect(names == [], "\(root)/\(directory)")
                }
            }
        }

        /// Runs `up` on what cannot come up: an error that says why, and a host as it was.
        private func expectFailure(
            _ project: Project, saying texts: [String], environment: [String: String] = [:],
            arguments: [String] = ["up"]
        ) throws {
            let before = try HostSnapshot.take()
            let output = try project.command(arguments, environment: environment).run()
            #expect(output.exit == .code(1), "\(output.description)")
            for text in texts {
                #expect(output.standardError.contains(text), "`\(text)` is missing: \(output.description)")
            }
            // With a file that cannot be read there was never anything to take down.
            let down = try project.trice("down", "--volumes")
            #expect(try down.succeeded || !project.trice("validate").succeeded, "\(down.description)")
            #expect(try HostSnapshot.settledDifference(from: before) == [])
            try expectUntouched(project.fixture)
        }

        @Test(arguments: [
            "oci-archive:./missing.tar", "oci:./missing", "rootfs:./missing", "docker-archive:missing.tar",
        ])
        func aMissingImageFile(_ image: String) async throws {
            try await withFixture { fixture in
                let project = try fixture.project("services:\n  web:\n    image: \(image)\n    command: sleep 1\n")
                try expectFailure(project, saying: ["missing"])
            }
        }

        @Test(arguments: ["oci-archive:./broken.tar", "rootfs:./broken.tar"])
        func aCorruptArchive(_ image: String) async throws {
            try await withFixture { fixture in
                let project = try fixture.project("services:\n  web:\n    image: \(image)\n    command: sleep 1\n")
                // It begins like an archive and ends in the middle.
                let make = try Command(
                    "sh",
                    [
                        "-ec",
                        "head -c 200000 /dev/urandom >data; tar -czf whole data; head -c 100000 whole >broken.tar",
                    ],
                    directory: project.directory
                ).run()
                expect(make, endsWith: 0)
                try expectFailure(project, saying: ["broken.tar"])
            }
        }

        @Test func aMissingBindSource() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    Self.service(
                        "command: sleep 1", "volumes:", "  - type: bind", "    source: ./nope", "    target: /x"))
                try expectFailure(project, saying: ["nope"])
                #expect(!FileManager.default.fileExists(atPath: "\(project.directory)/nope"))
            }
        }

        @Test func noEnvfile() async throws {
            try await withFixture { fixture in
                let project = try fixture.project("")
                try FileManager.default.removeItem(atPath: "\(project.directory)/Envfile")
                expect(try project.trice("up"), endsWith: 1, saying: "Envfile", "trice init")
                expect(try project.trice("up", "-f", "nowhere.yaml"), endsWith: 1, saying: "nowhere.yaml")
                expect(try project.trice("up", "-f", "."), endsWith: 1, saying: "directory")
                try expectUntouched(fixture)
            }
        }

        @Test func noPrograms() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(Self.service("command: sleep 1000"))
                try expectFailure(
                    project, saying: ["no-such-runtime"], arguments: ["up", "--runtime", "no-such-runtime"])
                for (hidden, said) in [(["crun", "runc"], "crun"), (["nft"], "nft")] {
                    UserRun.waitForTheEndOfNamespaces()
                    let output = try without(hidden, run: project.command(["up"]), fixture)
                    expect(output, endsWith: 1, saying: said, "nstall")
                    try expectUntouched(fixture)
                }
            }
        }

        /// Runs a command where some programs are not installed: in a mount namespace of its own, with overlays over
        /// the directories of programs from which they have been removed.
        private func without(_ programs: [String], run command: Command, _ fixture: Fixture) throws -> Command.Output {
            let upper = "\(fixture.directory)/hidden-\(programs[0])"
            let script = """
                for directory in bin sbin; do
                    mkdir -p \(upper)/$directory/upper \(upper)/$directory/work
                    mount -t overlay -o \\
                "lowerdir=/usr/$directory,upperdir=\(upper)/$directory/upper,workdir=\(upper)/$directory/work" \\
                        overlay /usr/$directory
                done
                for program in \(programs.joined(separator: " ")); do rm -f /usr/bin/$program /usr/sbin/$program; done
                exec "$@"
                """
            return try Command(
                "unshare", ["-m", "sh", "-ec", script, "sh", command.executable] + command.arguments,
                environment: command.environment, directory: command.directory
            ).run()
        }

        @Test func noPrivileges() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(Self.service("command: sleep 1000"))
                // The checkout may be closed to others: a copy of the program is not.
                let copy = "\(fixture.directory)/trice"
                expect(try Command("cp", [try #require(UserRun.program), copy]).run(), endsWith: 0)
                let asNobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups", copy]
                let home = "\(fixture.directory)/home"
                expect(try Command("install", ["-d", "-o", "65534", home]).run(), endsWith: 0)
                let environment = fixture.environment.merging([
                    "HOME": home, "TRICE_STATE_DIRECTORY": "\(home)/state", "TRICE_RUN_DIRECTORY": "\(home)/run",
                ]) { $1 }
                let before = try HostSnapshot.take()
                let up = try Command(
                    "setpriv", asNobody + ["up"], environment: environment, directory: project.directory
                ).run()
                expect(up, endsWith: 1, saying: "root")
                #expect(try HostSnapshot.settledDifference(from: before) == [])
                // What changes nothing needs no privileges.
                let validate = try Command(
                    "setpriv", asNobody + ["validate"], environment: environment, directory: project.directory
                ).run()
                expect(validate, endsWith: 0)

                expect(try Command("chmod", ["000", "\(project.directory)/Envfile"]).run(), endsWith: 0)
                let unreadable = try Command(
                    "setpriv", asNobody + ["validate"], environment: environment, directory: project.directory
                ).run()
                expect(unreadable, endsWith: 1, saying: "Envfile", "ermission")
            }
        }

        @Test func diskFull() async throws {
            try await withFixture { fixture in
                let project = try fixture.project("name: \(fixture.id)\n" + Self.service("command: sleep 1000"))
                expect(try Command("mkdir", ["-p", fixture.stateDirectory]).run(), endsWith: 0)
                let state = fixture.stateDirectory
                let before = try HostSnapshot.take()
                expect(try Command("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", state]).run(), endsWith: 0)
                fixture.onCleanUp { _ = try Command("umount", ["-l", state]).run() }
                // Busybox alone takes two megabytes.
                let output = try project.trice("up")
                #expect(output.exit == .code(1), "\(output.description)")
                #expect(output.standardError.lowercased().contains("space"), "\(output.description)")

                // With room again, the next `up` converges.
                expect(try Command("mount", ["-o", "remount,size=64m", state]).run(), endsWith: 0)
                try project.expectSuccess("up")
                #expect(try project.status().running == ["web"])
                try project.expectSuccess("down", "--volumes")
                expect(try Command("umount", [state]).run(), endsWith: 0)
                #expect(try HostSnapshot.settledDifference(from: before) == [])
            }
        }
    }
}
