import Foundation
import TestSupport
import Testing

extension Trait where Self == ConditionTrait {
    /// What the tests with SSH keys need beside `.scenario`.
    static var ssh: Self {
        .enabled("needs ssh-agent") { try Requirement.met(.sshAgent) }
    }
}

extension OnHost {
    /// SSH agents and keys, and secrets, as a step sees them.
    @Suite(.timeLimit(.minutes(10)), .scenario, .ssh) struct FeatureKeyTests {
        /// The host's ssh-add with its libraries, for steps whose image has none.
        private static let tools = """
            mkdir tools; cp "$(command -v ssh-add)" tools
            ldd tools/ssh-add | grep -o '/[^ ]*' | xargs -I% cp % tools; cp tools/ld-linux* tools/ld
            ssh-keygen -q -t ed25519 -N '' -C plain-key -f plain
            ssh-keygen -q -t ed25519 -N secret -C closed-key -f closed
            """
        private static let list = "/tools/ld --library-path /tools /tools/ssh-add -l"
        private static let tool = "--mount=type=bind,from=tools,target=/tools"

        private func withKeys(_ dockerfile: String, _ body: (FeatureScene) async throws -> Void) async throws {
            try await withDockerfile(dockerfile) { scene in
                try scene.shell(Self.tools)
                let before = try Self.agents()
                try await body(scene)
                #expect(eventually { (try? Self.agents()) == before }, "an agent was left")
            }
        }

        private static func agents() throws -> String {
            try Command("pgrep", ["-x", "-r", "D,R,S,T", "ssh-agent"]).run().standardOutput
        }

        @Test func aKeyIsServedAsLongAsTheBuild() async throws {
            let dockerfile = """
                FROM bootstrap:busybox
                RUN \(Self.tool) --mount=type=ssh,id=deploy,target=/run/a,mode=0640,uid=7,gid=8,required \\
                    \(Self.list) && stat -c '%a %u %g %F' /run/a && echo at $SSH_AUTH_SOCK
                RUN --mount=type=ssh,id=other [ -z "$SSH_AUTH_SOCK" ] && echo none given

                """
            try await withKeys(dockerfile) { scene in
                let output = try scene.expectBuild("--build-context", "tools=tools", "--ssh", "deploy=plain")
                for text in ["plain-key (ED25519)", "640 7 8 socket", "at /run/a", "none given"] {
                    #expect(output.contains(text), "\(text): \(output)")
                }
                let missing = try scene.build("--no-cache", "--build-context", "tools=tools")
                expectOneError(missing, saying: "Dockerfile:2", "--ssh deploy")
            }
        }

        @Test func anAgentOfTheUsersIsReached() async throws {
            try await withKeys("FROM bootstrap:busybox\nRUN \(Self.tool) --mount=type=ssh \(Self.list)\n") { scene in
                let script = """
                    ssh-add -q plain
                    "$0" build -t feature:1 --build-context tools=tools --ssh default .
                    kill "$SSH_AGENT_PID"
                    """
                try UserRun.give(scene.project.fixture.directory)
                let output = try UserRun.command(
                    Command(
                        "ssh-agent", ["sh", "-c", script, try #require(UserRun.program)],
                        environment: scene.project.fixture.environment, directory: scene.project.directory)
                ).run()
                expect(output, endsWith: 0, saying: "plain-key (ED25519)")
                expectOneError(try scene.build("--ssh", "default"), saying: "SSH_AUTH_SOCK", "--ssh default=PATH")
            }
        }

        /// Attributes: `build.ssh`
        @Test func composeNamesAKeyAndWhatCannotBeUsedIsTold() async throws {
            let dockerfile = "FROM bootstrap:busybox\nRUN \(Self.tool) --mount=type=ssh,id=k \(Self.list)\n"
            try await withKeys(dockerfile) { scene in
                func envfile(_ key: String) throws {
                    try scene.project.write(
                        "compose.yaml",
                        """
                        services:
                          app:
                            build:
                              context: .
                              additional_contexts: {tools: ./tools}
                              ssh: ["k=\(key)"]
                        """)
                }
                try envfile("./closed")
                expectOneError(try scene.project.trice("build"), saying: "closed", "passphrase", "ssh-add")
                try envfile("./gone")
                expectOneError(try scene.project.trice("build"), saying: "gone", "no such file")
                try envfile("./Dockerfile")
                expectOneError(try scene.project.trice("build"), saying: "/Dockerfile", "ssh-add")
                try envfile("./plain")
                // Without the program there is nobody to serve a key.
                try scene.shell("mkdir bin; cp -s /usr/sbin/* /usr/bin/* bin/ 2>/dev/null || true; rm bin/ssh-agent")
                let path = ["PATH": "\(scene.project.directory)/bin"]
                expectOneError(
                    try scene.project.trice("build", environment: path), saying: "ssh-agent", "openssh-client")
                expect(try scene.project.trice("build"), endsWith: 0, saying: "plain-key (ED25519)")
            }
        }

        @Test func secretsComeFromFilesAndVariables() async throws {
            let dockerfile = """
                FROM bootstrap:busybox
                RUN --mount=type=secret,id=file,mode=0440,uid=5 cat /run/secrets/file && stat -c %a:%u /run/secrets/file
                RUN --mount=type=secret,id=word,env=WORD --mount=type=secret,id=TOKEN,target=/t \\
                    echo "$WORD" && cat /t && [ ! -e /run/secrets/word ]

                """
            try await withDockerfile(dockerfile) { scene in
                try scene.project.write("my.txt", "of a file\n")
                let output = try scene.expectBuild(
                    "--secret", "id=file,src=my.txt", "--secret", "id=word,env=MY_WORD", "--secret", "id=TOKEN",
                    environment: ["MY_WORD": "of a variable", "TOKEN": "by its name"])
                for text in ["of a file", "440:5", "of a variable", "by its name"] {
                    #expect(output.contains(text), "\(text): \(output)")
                }
                let image = try scene.unpacked()
                #expect(!FileManager.default.fileExists(atPath: "\(image)/t/TOKEN"))
                expectOneError(try scene.build("--secret", "id=file,src=gone"), saying: "id=file,src=gone", "no file")
                expectOneError(try scene.build("--secret", "id=w,env=NOT_SET"), saying: "NOT_SET", "not set")
                expectOneError(try scene.build("--secret", "file"), saying: "--secret file", "id=ID")
            }
        }
    }
}
