import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Contexts that are no directory, and what of a directory a step sees.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct FeatureContextTests {
        @Test func standardInputIsADockerfileOrATar() async throws {
            try await withDockerfile("FROM bootstrap:busybox\nCOPY note /note\nRUN echo from the tar: $(cat /note)\n") {
                scene in
                let dockerfile = "FROM bootstrap:busybox\nRUN echo from standard input\n"
                let alone = try scene.expectBuild(context: "-", input: dockerfile)
                #expect(alone.contains("from standard input"))
                try scene.project.write("note", "hello")
                let file = try scene.expectBuild(
                    "-f", "-", input: "FROM bootstrap:busybox\nCOPY note /\nRUN echo with a context: $(cat note)\n")
                #expect(file.contains("with a context: hello"))
                try scene.shell("tar -czf ../context.tar.gz Dockerfile note")
                let binary = try scene.project.command([]).executable
                let tar = try scene.shell("'\(binary)' build -t feature:2 - <../context.tar.gz 2>&1")
                #expect(tar.contains("from the tar: hello"))

                let broken = try scene.build("-f", "-", input: "FROM bootstrap:busybox\nRUNN true\n")
                expect(broken, endsWith: 1, saying: "standard input:2:1", "RUN")
                expect(try scene.build("-f", "-", context: "-"), endsWith: 64, saying: "Standard input")
            }
        }

        @Test(.enabled("needs python3") { try Requirement.met(.python3) })
        func theWebHasADockerfileOrATar() async throws {
            try await withDockerfile("") { scene in
                try scene.project.write("one/Dockerfile", "FROM bootstrap:busybox\nRUN echo from the web\n")
                try scene.project.write("two/other.docker", "FROM bootstrap:busybox\nCOPY note /\nRUN cat note\n")
                try scene.project.write("two/note", "in a tar of the web\n")
                try scene.shell("tar -cf two.tar -C two .")
                let port = try Fixture.freePort()
                let server = try Command(
                    "python3", ["-m", "http.server", "--bind", "127.0.0.1", "\(port)"],
                    directory: scene.project.directory
                ).start()
                defer { server.stop() }
                #expect(Response.eventually(from: Endpoint("127.0.0.1", port)))
                let address = "http://127.0.0.1:\(port)"
                #expect(try scene.expectBuild(context: "\(address)/one/Dockerfile").contains("from the web"))
                let tar = try scene.expectBuild("-f", "other.docker", context: "\(address)/two.tar")
                #expect(tar.contains("in a tar of the web"))
                let both = try scene.expectBuild(
                    "-f", "-", "--build-context", "web=\(address)/two.tar", context: "one",
                    input: "FROM bootstrap:busybox\nCOPY --from=web note /note\nRUN cat /note\n")
                #expect(both.contains("in a tar of the web"))
                expectOneError(try scene.build(context: "\(address)/gone.tar"), saying: "\(address)/gone.tar", "404")
                let sum = try scene.shell("sha256sum two/note | cut -c -64").trimmingCharacters(in: .newlines)
                let add = "FROM scratch\nADD --checksum=sha256:"
                try scene.expectBuild("-f", "-", input: "\(add)\(sum) \(address)/two/note /\n")
                let lie = String(sum.reversed())
                expectOneError(
                    try scene.build("-f", "-", input: "\(add)\(lie) \(address)/two/note /\n"), saying: sum, lie)
            }
        }

        @Test func imagesAndLayoutsAreContexts() async throws {
            let dockerfile = """
                FROM base
                COPY --from=layout /made /layout
                COPY --from=image /made /image
                RUN --mount=type=bind,from=image,target=/mnt cat /layout /image /mnt/made
                """
            try await withDockerfile(dockerfile) { scene in
                for name in ["one", "two"] {
                    try scene.expectBuild(
                        "-f", "-", named: "made/\(name):1", input: "FROM scratch\nCOPY <<EOF /made\nof \(name)\nEOF\n")
                }
                try scene.project.expectSuccess("image", "save", "--format", "directory", "-o", "layout", "made/one:1")
                let output = try scene.expectBuild(
                    "--build-context", "layout=oci-layout://./layout", "--build-context",
                    "image=docker-image://made/two:1", "--build-context", "base=docker-image://bootstrap:busybox")
                #expect(output.contains("of one") && output.contains("of two"), "\(output)")
                let tagged = try scene.build(
                    "--build-context", "layout=oci-layout://\(scene.project.directory)/layout:none", "--build-context",
                    "image=docker-image://made/two:1", "--build-context", "base=docker-image://bootstrap:busybox")
                expectOneError(tagged, saying: "layout", "none")
            }
        }

        @Test func mountsOfTheContextKeepToTheIgnoreFile() async throws {
            let dockerfile = """
                FROM bootstrap:busybox
                RUN --mount=type=bind,target=/ro cd /ro && find . -type f | sort && ! touch new 2>/dev/null
                RUN --mount=type=bind,target=/rw,rw cd /rw && [ ! -e hidden ] && echo more >>kept && rm -r dir && echo x >new
                RUN --mount=type=bind,source=kept,target=/one,rw echo more >>/one && cat /one
                """
            try await withDockerfile(dockerfile) { scene in
                try scene.shell("echo hidden >.dockerignore; echo 1 >kept; echo 2 >hidden; mkdir dir; echo 3 >dir/file")
                try UserRun.give(scene.project.directory)
                let before = try scene.shell(
                    "find . -type f | sort | xargs md5sum; find . -printf '%p %m %u %T@\\n' | sort")
                let output = try scene.expectBuild()
                #expect(output.contains("./kept") && output.contains("./dir/file"), "\(output)")
                #expect(!output.contains("./hidden"), "\(output)")
                let after = try scene.shell(
                    "find . -type f | sort | xargs md5sum; find . -printf '%p %m %u %T@\\n' | sort")
                #expect(before == after)
                #expect(try scene.expectBuild().contains("all cached"))
                try scene.project.write("hidden", "changed\n")
                #expect(try scene.expectBuild().contains("all cached"))
            }
        }
    }

    /// Sources from git repositories, as the command gets them.
    @Suite(
        .timeLimit(.minutes(10)), .scenario,
        .enabled("needs git and ssh-agent") { try Requirement.met(.git, .sshAgent) })
    struct FeatureGitTests {
        private static let repository = """
            git -c init.defaultBranch=main init -q repo; cd repo
            git config user.name t; git config user.email t@example.com
            printf 'FROM bootstrap:busybox\\nCOPY . /src\\nRUN cat /src/file\\n' >Dockerfile
            echo first >file; git add .; git commit -qm one; git tag v1; git rev-parse HEAD
            echo second >file; git commit -qam two
            """

        @Test func aContextAndAddWithTheirOptions() async throws {
            try await withDockerfile("") { scene in
                let first = try scene.shell(Self.repository).trimmingCharacters(in: .newlines)
                // What ssh would do on the other machine, where only those come in who have the key.
                try scene.project.write(
                    "ssh",
                    """
                    #!/bin/sh
                    ssh-add -l | grep -q git-key || { echo "no key of yours" >&2; exit 255; }
                    for word; do last=$word; done
                    cd '\(scene.project.directory)' && exec sh -c "$last"

                    """)
                try scene.shell("chmod +x ssh; ssh-keygen -q -t ed25519 -N '' -C git-key -f key; mkdir empty")
                let ssh = ["GIT_SSH_COMMAND": "\(scene.project.directory)/ssh"]
                let directory = scene.project.directory

                let here = try scene.expectBuild(context: "file://\(directory)/repo/.git#v1")
                #expect(here.contains("first"), "\(here)")
                let there = try scene.expectBuild(
                    "--ssh", "default=key", context: "git@example.com:repo", environment: ssh)
                #expect(there.contains("second"), "\(there)")
                expectOneError(
                    try scene.build("--no-cache", context: "git@example.com:repo", environment: ssh),
                    saying: "git@example.com:repo", "no key of yours")

                func add(_ options: String, _ ref: String = "v1") throws -> Command.Output {
                    try scene.build(
                        "-f", "-", "--ssh", "default=key", context: "empty",
                        input: "FROM bootstrap:busybox\nADD \(options) git@example.com:repo#\(ref) /src\n",
                        environment: ssh)
                }
                expect(try add(""), endsWith: 0)
                var image = try scene.unpacked()
                #expect(try String(contentsOfFile: "\(image)/src/file", encoding: .utf8) == "first\n")
                #expect(!FileManager.default.fileExists(atPath: "\(image)/src/.git"))
                expect(try add("--keep-git-dir --checksum=\(first.prefix(12))"), endsWith: 0)
                image = try scene.unpacked()
                #expect(try scene.shell("git -c safe.directory='*' -C \(image)/src rev-parse HEAD") == first + "\n")
                expectOneError(try add("--checksum=\(first)", "main"), saying: first, "git@example.com:repo")
            }
        }
    }
}
