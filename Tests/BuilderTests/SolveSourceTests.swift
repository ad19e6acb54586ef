import Builder
import Images
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

/// All that COPY, ADD and FROM can read.
@Suite(
    .timeLimit(.minutes(5)), .enabled("roots of busybox need root and busybox") { try Requirement.met(.root, .busybox) }
)
struct SolveSourceTests {
    let fixture: SolveFixture

    init() throws {
        fixture = try SolveFixture()
        try fixture.run("mkdir -p src; echo a > src/a.c; echo r > README; printf 'secret\\n*.log\\n' > .dockerignore")
        try fixture.run("echo s > secret; echo l > src/x.log")
    }

    @Test func leavesOutWhatIsIgnored() async throws {
        let result = try await fixture.build("FROM scratch\nCOPY src/ secre[u] /\nCOPY . /all/\n")
        #expect(
            try fixture.listing(result.image).split(separator: "\n").map { $0.split(separator: " ")[0] } == [
                "a.c", "all", "all/.dockerignore", "all/README", "all/src", "all/src/a.c", "all/src/x.log", "x.log",
            ])
        #expect(fixture.warnings.contains { $0.contains("`secre[u]`") })
        let error = try await solveError { try await fixture.build("FROM scratch\n\nCOPY secret /\n") }
        #expect(error.code == .sourceMissing)
        #expect(error.message.hasPrefix("dockerfile_inline:3: Could not copy `secret` from the context"))
        #expect(error.message.contains(".dockerignore excludes it"))
    }

    @Test func prefersTheIgnoreFileOfTheDockerfile() async throws {
        try fixture.run("printf 'FROM scratch\\nCOPY . /\\n' > other; printf 'src\\nother*\\n' > other.dockerignore")
        let request = BuildRequest(name: "app", context: .directory(fixture.context), dockerfile: .path("other"))
        let result = try await fixture.build([request])[0]
        #expect(try fixture.listing(result.image) == ".dockerignore f 644 0:0\nREADME f 644 0:0\nsecret f 644 0:0\n")
    }

    @Test func writesInlineFiles() async throws {
        let text = """
            FROM scratch
            ARG WHO=you
            COPY --chmod=600 <<one <<"two" /etc/
            for $WHO
            one
            for $WHO
            two
            """
        let result = try await fixture.build(text)
        #expect(try fixture.read("etc/one", in: result.image) == "for you\n")
        #expect(try fixture.read("etc/two", in: result.image) == "for $WHO\n")
        #expect(try fixture.listing(result.image).contains("etc/one f 600 0:0"))
        #expect(try await fixture.build(text).executed == [])
        #expect(try await fixture.build(text) { $0.arguments = ["WHO": "me"] }.executed.count == 1)
    }

    @Test func unpacksLocalArchivesAndNotThoseFromTheNetwork() async throws {
        try fixture.run("tar -cf files.tar README src; cp files.tar ../downloads/")
        let result = try await fixture.build(
            """
            FROM scratch
            ADD files.tar /local/
            ADD https://example.org/d/files.tar /remote/
            ADD --unpack https://example.org/d/files.tar /unpacked/
            COPY files.tar /copied/
            """)
        let listing = try fixture.listing(result.image)
        #expect(listing.contains("local/src/a.c f 644 0:0\n"))
        #expect(listing.contains("remote/files.tar f 600 0:0\n"))
        #expect(listing.contains("unpacked/README f 644 0:0\n"))
        #expect(listing.contains("copied/files.tar f 644 0:0\n"))
    }

    @Test func namesDownloadsAfterTheirAddresses() async throws {
        try fixture.run("for n in plain a%20b %2e%2e a%2Fc; do echo $n > ../downloads/$n; done")
        let result = try await fixture.build(
            """
            FROM scratch
            ADD https://example.org/d/plain?query=x#part http://[::1]:80/a%20b /names/
            ADD https://example.org/a%2Fc /slash/
            ADD https://example.org/%2e%2e /above/
            """)
        let listing = try fixture.listing(result.image)
        for path in ["names/plain", "names/a b", "slash/c", "above/__unnamed__"] {
            #expect(listing.contains("\(path) f 600 0:0\n"))
        }
    }

    @Test func downloadsOnlyWhenNoChecksumIsKnown() async throws {
        try fixture.run("echo remote > ../downloads/file")
        let digits = try fixture.run("sha256sum ../downloads/file").prefix(64)
        let known = "FROM scratch\nADD --checksum=sha256:\(digits) https://example.org/file /\n"
        try await fixture.build(known)
        try await fixture.build(known)
        #expect(fixture.downloads.downloads == 1)
        let unknown = "FROM scratch\nADD https://example.org/file /\n"
        try await fixture.build(unknown)
        #expect(try await fixture.build(unknown).executed == [])
        #expect(fixture.downloads.downloads == 3)
        try fixture.run("echo changed > ../downloads/file")
        let result = try await fixture.build(unknown)
        #expect(result.executed == ["ADD https://example.org/file /: https://example.org/file changed"])
        let wrong = "FROM scratch\nADD --checksum=sha256:\(digits) https://example.org/file /x\n"
        let error = try await solveError { try await fixture.build(wrong) }
        #expect(error.code == .checksumMismatch)
    }

    @Test func readsRepositories() async throws {
        try fixture.run(
            """
            mkdir ../repo; cd ../repo; git init -q -b main; printf 'FROM scratch\\nCOPY in /\\n' > Dockerfile; echo i > in
            git add .; git -c user.name=n -c user.email=e@x commit -qm m
            """)
        let reference = GitReference(remote: "file://\(fixture.directory.appending("repo"))")
        var request = BuildRequest(name: "app", context: .git(reference))
        let first = try await fixture.build([request])[0]
        #expect(try fixture.listing(first.image) == "in f 644 0:0\n")
        #expect(try await fixture.build([request])[0].executed == [])
        request.dockerfile = .inline("FROM scratch\nCOPY --from=named in /named\n")
        request.context = .directory(fixture.context)
        request.additionalContexts = ["named": .git(reference)]
        #expect(try fixture.listing(try await fixture.build([request])[0].image) == "named f 644 0:0\n")
    }

    @Test func startsFromContexts() async throws {
        try fixture.run("mkdir -p ../rootfs/etc; echo x > ../rootfs/etc/x")
        let rootfs = fixture.directory.appending("rootfs")
        let text = """
            FROM files AS one
            COPY README /
            FROM busy
            COPY --from=one /etc/x /x
            COPY --from=files etc /files
            RUN --mount=from=files,target=/mnt true
            """
        func build(_ text: String) async throws -> BuildResult {
            try await fixture.build(text) {
                $0.additionalContexts = ["files": .directory(rootfs), "busy": .image("bootstrap:busybox")]
            }
        }
        let first = try await build(text)
        #expect(try fixture.read("x", in: first.image) == "x\n")
        #expect(try fixture.read("files/x", in: first.image) == "x\n")
        #expect(try await build(text).executed == [])
        try fixture.run("echo y > ../rootfs/etc/x")
        #expect(
            try await build(text).executed.prefix(1) == ["FROM files: etc/x changed"])
        // A context of a stage's name stands for the stage.
        let replaced = try await fixture.build(
            "FROM bootstrap:nothing AS one\nRUN false\nFROM scratch\nCOPY --from=one /etc /\n"
        ) {
            $0.additionalContexts = ["one": .directory(rootfs)]
        }
        #expect(try fixture.read("x", in: replaced.image) == "y\n")
    }

    @Test func takesFilesFromImages() async throws {
        try fixture.run("mkdir -p ../rootfs; echo x > ../rootfs/x; chown 5:6 ../rootfs/x")
        let rootfs = "rootfs:\(fixture.directory)/rootfs"
        let result = try await fixture.build(
            "FROM scratch\nCOPY --from=\(rootfs) /x /\nCOPY --chown=1 --from=\(rootfs) /x /y\n")
        #expect(try fixture.listing(result.image) == "x f 644 5:6\ny f 644 1:1\n")
        let error = try await solveError { try await fixture.build("FROM nowhere.example/x:1\n") }
        #expect(error.code == .baseImage)
        #expect(error.message.hasPrefix("dockerfile_inline:1: ") && error.message.contains("nowhere.example/x:1"))
    }

    @Test func keepsALinkedLayerOnAnotherBase() async throws {
        func text(_ word: String) -> String {
            "FROM bootstrap:busybox\nRUN echo \(word) > /word\nCOPY --link --chown=3:4 src /src\n"
        }
        let first = try await fixture.build(text("one"))
        let second = try await fixture.build(text("two"))
        #expect(second.cached == ["COPY --link --chown=3:4 src /src"])
        #expect(second.image.layers[1].name == first.image.layers[1].name)
        #expect(try fixture.listing(second.image).contains("src/a.c f 644 3:4\n"))
    }

    @Test func followsLinksOfTheImageAndKnowsItsAccounts() async throws {
        let text = """
            FROM bootstrap:busybox
            RUN mkdir /real && ln -s real /link && mkdir -p /etc && echo 'app:x:12:34::/:/bin/sh' >> /etc/passwd
            COPY --chown=app README /link/
            USER app
            WORKDIR /link/work
            """
        let result = try await fixture.build(text)
        let listing = try fixture.listing(result.image)
        #expect(listing.contains("real/README f 644 12:34\n"))
        #expect(listing.contains("real/work d 755 12:34\n"))
        #expect(result.image.configuration.config.workingDirectory == "/link/work")
        let error = try await solveError { try await fixture.build(text + "\nCOPY --chown=nobody2 README /\n") }
        #expect(error.message.contains("nobody2"))
    }

    @Test func refusesOtherMachines() async throws {
        let error = try await solveError {
            try await fixture.build("FROM scratch\n") { $0.platforms = [Platform(architecture: "s390x")] }
        }
        #expect(error.code == .platform)
        let second = try await solveError { try await fixture.build("FROM --platform=linux/s390x bootstrap:busybox\n") }
        #expect(second.message.hasPrefix("dockerfile_inline:1: Could not begin the stage `0` for linux/s390x"))
        #expect(try await fixture.build("FROM --platform=$BUILDPLATFORM bootstrap:busybox\n").executed == [])
    }

    @Test func drawsTheGraph() async throws {
        let requests = [
            fixture.request(
                "FROM bootstrap:busybox AS a\nRUN x\nFROM scratch AS unused\nFROM a\nCOPY --from=rootfs:/x / /y\n"
            ) {
                $0.tags = []
            }
        ]
        let graph = try await Builder(host: fixture.host()).graph(of: requests)
        #expect(
            graph.text() == """
                app/a (from bootstrap:busybox)
                    RUN x
                app/2 → image of app (from the stage `a`; needs app/a, rootfs:/x)
                    COPY --from=rootfs:/x / /y

                """)
        #expect(graph.dot().contains("    s0 -> s1;\n"))
        #expect(fixture.bases.requests == [])
        let drawn = try ProcessOutput.of(
            ChildProcess.Command("/bin/sh", ["-c", "command -v dot >/dev/null || exit 0; exec dot -Tplain"]),
            input: Array(graph.dot().utf8))
        #expect(drawn.status.isSuccess)
    }
}
