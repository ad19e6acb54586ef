import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Bad input of `trice build` gets one clear error that says where, what and how to mend it.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct BadBuildTests {
        struct Case: CustomTestStringConvertible {
            var name: String
            /// Paths and texts; a text `-> PATH` is a link, `|` a FIFO, `/` a directory.
            var files: [String: String] = [:]
            var dockerfile: String?
            var options: [String] = []
            var context = "."
            var says: [String]
            var code: Int32 = 1
            var testDescription: String { name }
        }

        private static let base = "FROM bootstrap:busybox\n"

        static let cases = [
            Case(name: "no context", context: "nowhere", says: ["/nowhere, and there is no such directory"]),
            Case(name: "a file as the context", files: ["f": ""], context: "f", says: ["/f, and it is no directory"]),
            Case(name: "no Dockerfile", says: ["there is no Dockerfile.", "`--file`", "`dockerfile:`"]),
            Case(
                name: "a Dockerfile by another name", files: ["Containerfile": ""],
                says: ["There is `Containerfile`.", "`--file`"]),
            Case(name: "another Dockerfile", options: ["-f", "x/D"], says: ["there is no x/D."]),
            Case(
                name: "a directory as the Dockerfile", files: ["Dockerfile": "/"], says: ["Dockerfile is a directory"]),
            Case(
                name: "a FIFO as the Dockerfile", files: ["Dockerfile": "|"], says: ["Dockerfile is not a regular file"]
            ),
            Case(
                name: "a device as the Dockerfile", files: ["Dockerfile": "-> /dev/zero"],
                says: ["Dockerfile is not a regular file"]),
            Case(
                name: "a FIFO as .dockerignore", files: [".dockerignore": "|"], dockerfile: base + "COPY . /x\n",
                says: [".dockerignore`: it is not a regular file"]),
            Case(
                name: "an empty Dockerfile", dockerfile: "", says: ["Dockerfile:1:1: error", "no instruction", "FROM"]),
            Case(name: "a binary Dockerfile", dockerfile: "\u{7f}ELF\0\0", says: ["Dockerfile:1:1: error"]),
            Case(
                name: "a file outside", dockerfile: base + "COPY ../x /x\n",
                says: ["Dockerfile:2: ", "`../x`", "outside", "Move it into the context"]),
            Case(
                name: "a link that leads out", files: ["a": "-> /etc/passwd"], dockerfile: base + "\nCOPY a /x\n",
                says: ["Dockerfile:3: ", "`a` links to `/etc/passwd`, which is outside"]),
            Case(
                name: "a file that is not there", files: ["mising.txt": ""], dockerfile: base + "COPY missing.txt /\n",
                says: ["Dockerfile:2: ", "not there", "nearest name there is `mising.txt`"]),
            Case(
                name: "a file that is ignored", files: ["s.txt": "", ".dockerignore": "*.txt\n"],
                dockerfile: base + "COPY s.txt /\n", says: [".dockerignore excludes it", "`!s.txt`"]),
            Case(
                name: "an unknown stage", dockerfile: base + "FROM scratch AS app\n", options: ["--target", "ap"],
                says: ["no stage `ap`", "Did you mean `app`?"]),
            Case(
                name: "a circle",
                dockerfile: "FROM bootstrap:busybox AS a\nCOPY --from=b / /\n"
                    + "FROM bootstrap:busybox AS b\nCOPY --from=a / /\n",
                says: ["Dockerfile:2:13: error", "stages `a` and `b` need each other"]),
            Case(
                name: "an unknown instruction", dockerfile: base + "RNU echo\n",
                says: ["Dockerfile:2:1: error", "RNU echo", "did you mean `RUN`?"]),
            Case(
                name: "an unknown flag", dockerfile: base + "COPY --chwon=1 a b\n",
                says: ["Dockerfile:2:6: error", "did you mean `--chown`?"]),
            Case(
                name: "several at once", dockerfile: base + "RUN --mount=type=bnd x\nCOPY a\n",
                says: ["Dockerfile:2:13: error", "did you mean `bind`?", "Dockerfile:3:1: error"]),
            Case(
                name: "a secret that is not given",
                dockerfile: base + "RUN --mount=type=secret,id=tok,required=true x\n",
                says: ["Dockerfile:2: ", "the secret `tok`", "given none"]),
            Case(
                name: "an agent that is not given", dockerfile: base + "RUN --mount=type=ssh,required=true x\n",
                says: ["Dockerfile:2: ", "SSH agent `default`"]),
            Case(
                name: "a base that nobody has", dockerfile: "\nFROM 127.0.0.1:1/nosuch:1\n",
                says: ["Dockerfile:2: ", "127.0.0.1:1", "refuses the connection"]),
            Case(
                name: "a misspelt bootstrap", dockerfile: "FROM bootstrap:busybx\n",
                says: ["Dockerfile:1: ", "perhaps `busybox` is meant"]),
            Case(
                name: "a base that is no reference", dockerfile: "FROM Foo/Bar:1\n",
                says: ["Dockerfile:1: ", "perhaps `bar` is meant"]),
            Case(
                name: "a base without a value", dockerfile: "FROM $NOPE\n",
                says: ["Dockerfile:1:6: error", "`--build-arg`"]),
            Case(
                name: "another platform", dockerfile: "FROM --platform=linux/s390x bootstrap:busybox\nRUN true\n",
                says: ["Dockerfile:1: ", "linux/s390x", "only linux/"]),
            Case(
                name: "an argument without a name", dockerfile: base, options: ["--build-arg", "=1"],
                says: ["`=1` has no name", "NAME=VALUE"], code: 64),
            Case(
                name: "a bad name", dockerfile: base, options: ["-t", "X Y"], says: ["`X Y` is not an image reference"]),
            Case(
                name: "a download that fails", dockerfile: base + "ADD http://127.0.0.1:1/x /x\n",
                says: ["Dockerfile:2: Could not download http://127.0.0.1:1/x", "refuses the connection"]),
        ]

        @Test(arguments: cases) func oneClearError(_ bad: Case) async throws {
            try await withBuild { scene in
                for (path, text) in bad.files { try make(path, text, scene) }
                if let text = bad.dockerfile { try scene.project.write("Dockerfile", text) }
                let output = try scene.project
                    .command(["build", "-t", scene.fixture.id] + bad.options + ["--progress", "plain", bad.context])
                    .run()
                #expect(output.exit == .code(bad.code), "\(output.description)")
                #expect(output.standardOutput.isEmpty, "\(output.description)")
                for text in bad.says {
                    #expect(output.standardError.contains(text), "`\(text)` is missing: \(output.description)")
                }
                // Nothing is said twice, and no path has a detour in it.
                let errors = output.standardError.split(separator: "\n").filter { $0.contains("trice: ") }
                #expect(errors.count <= 1, "\(output.description)")
                #expect(output.standardError.components(separatedBy: "Could not").count <= 2, "\(output.description)")
                #expect(!output.standardError.contains("/./"), "\(output.description)")
                let controls = output.standardError.unicodeScalars.filter { $0.value < 0x20 && $0 != "\n" }
                #expect(controls.isEmpty, "\(output.description)")
                let images = try scene.project.expectSuccess("image", "ls", "--json")
                #expect(!images.contains(scene.fixture.id), "\(images)")
            }
        }

        private func make(_ path: String, _ text: String, _ scene: BuildScene) throws {
            let place = "\(scene.project.directory)/\(path)"
            if text == "/" {
                try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            } else if text == "|" {
                try #require(mkfifo(place, 0o600) == 0)
            } else if text.hasPrefix("-> ") {
                try FileManager.default.createSymbolicLink(
                    atPath: place, withDestinationPath: String(text.dropFirst(3)))
            } else {
                try scene.project.write(path, text)
            }
        }

        /// FIFOs, sockets and devices are no reason to hang, or to fail.
        @Test(.needsRoot(.deviceNodes)) func whatIsNoFile() async throws {
            try await withBuild { scene in
                let script = "mkdir d && mkfifo d/fifo && mknod d/null c 1 3 && echo text > d/file"
                #expect(try Command("sh", ["-c", script], directory: scene.project.directory).run().succeeded)
                try scene.writeDockerfile("COPY d/ /d/", "RUN test -p /d/fifo && test -c /d/null && cp /d/file /copy")
                try scene.expectBuild()
                #expect(scene.layerFile("copy") == "text\n")
            }
        }

        @Test func whatIsLikelyNotMeant() async throws {
            try await withBuild { scene in
                try scene.writeDockerfile("ARG VERSION=1", "COPY *.nosuch /x/", "COPY . /all/")
                let script = "mkdir node_modules && cd node_modules && seq 20001 | xargs touch"
                #expect(try Command("sh", ["-c", script], directory: scene.project.directory).run().succeeded)
                let said = try scene.expectBuild("--build-arg", "VERSOIN=2", "--build-arg", "VERSION=2")
                #expect(
                    said.contains(
                        "the build argument VERSOIN is not used: no ARG of Dockerfile declares it. Did you mean `VERSION`?"
                    ),
                    "\(said)")
                #expect(!said.contains("argument VERSION "), "\(said)")
                #expect(said.contains("matches `*.nosuch`"), "\(said)")
                #expect(said.contains("no .dockerignore") && said.contains("node_modules (20001 files"), "\(said)")

                try scene.project.write(".dockerignore", "node_modules\n")
                #expect(!(try scene.expectBuild("--no-cache")).contains("no .dockerignore"))
            }
        }

        @Test(.alone, arguments: ["RUN dd if=/dev/zero of=/big bs=1M count=64", "COPY big /big"])
        func theDiskIsFull(_ step: String) async throws {
            try await withBuild { scene in
                let state = scene.fixture.stateDirectory
                try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
                #expect(try Command("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", state]).run().succeeded)
                let before = try scene.prepared()
                try scene.writeDockerfile("RUN echo kept > /kept", step, "RUN echo end > /end")
                try scene.project.write("big", String(repeating: "0123456789abcdef", count: 4 << 20))
                let output = try scene.build()
                #expect(output.exit == .code(1), "\(output.description)")
                #expect(output.standardError.contains("Dockerfile:3: "), "\(output.description)")
                #expect(output.standardError.contains("disk"), "\(output.description)")
                #expect(output.standardError.contains("`trice image prune`"), "\(output.description)")
                try scene.expectNothingLeft(since: before)

                // With room again it goes on where it was.
                #expect(try Command("mount", ["-o", "remount,size=256m", state]).run().succeeded)
                #expect(try scene.expectBuild().contains("RUN echo kept > /kept: cached"))
            }
        }

        @Test func whatAnEnvfileSays() async throws {
            let cases: [(build: String, says: [String])] = [
                ("./app", ["its context is", "/app, and there is no such directory"]),
                ("{context: ., target: nosuch}", ["Dockerfile has no stage `nosuch`"]),
                ("{context: ., dockerfile: app/D}", ["there is no app/D"]),
                ("{context: ., ssh: [default]}", ["web", "SSH_AUTH_SOCK is not set", "ssh-agent"]),
            ]
            try await withBuild { scene in
                try scene.writeDockerfile("RUN --mount=type=secret,id=s,required=true cat /run/secrets/s")
                for (build, says) in cases {
                    try scene.project.write("Envfile", "services:\n  web:\n    build: \(build)\n")
                    let output = try scene.project.trice("build")
                    #expect(output.exit == .code(1), "\(output.description)")
                    for text in says { #expect(output.standardError.contains(text), "\(text): \(output.description)") }
                }
                try scene.project.write(
                    "Envfile",
                    "services:\n  web:\n    build: {context: ., secrets: [s]}\nsecrets:\n  s: {file: ./nofile}\n")
                let output = try scene.project.trice("build")
                #expect(output.exit == .code(1), "\(output.description)")
                for text in ["Dockerfile:2: ", "secret `s`", "/nofile"] {
                    #expect(output.standardError.contains(text), "\(text): \(output.description)")
                }
            }
        }
    }
}
