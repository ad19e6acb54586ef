import Builder
import LinuxSystem
import SystemPackage
import TestSupport
import Testing

/// Fetching from repositories that the test makes.
@Suite(.timeLimit(.minutes(5)), .enabled("needs git") { try Requirement.met(.git) }) struct GitTests {
    /// A repository with a branch, two kinds of tags, a directory and modes.
    private func repository() throws -> Fixture {
        let fixture = try Fixture()
        try fixture.run(
            Git.setUp + """
                git init -q -b main .; mkdir docs; echo one > file; echo run > run.sh; chmod 755 run.sh; chmod 600 file
                echo d > docs/d; ln -s docs link; git add .; git commit -qm one; git tag light; git tag -a -m note heavy
                git checkout -q -b topic/x; echo two > file; git commit -qam two; git checkout -q main
                """)
        return fixture
    }

    private func checkOut(
        _ fixture: Fixture, _ reference: (inout GitReference) -> Void = { _ in }, keepsGitDirectory: Bool = false
    ) throws -> (commit: GitRepository.Commit, files: FilePath) {
        var wanted = GitReference(remote: "file://\(fixture.context)")
        reference(&wanted)
        let repository = GitRepository(wanted, environment: Git.environment)
        let commit = try repository.resolve()
        try Files.removeTree(fixture.root)
        try Files.createDirectory(fixture.root)
        return (commit, try repository.checkOut(commit, into: fixture.root, keepsGitDirectory: keepsGitDirectory))
    }

    private func id(_ fixture: Fixture, _ name: String) throws -> String {
        String(try fixture.run("git rev-parse '\(name)^{commit}'").dropLast())
    }

    @Test func defaultBranch() throws {
        let fixture = try repository()
        let (commit, files) = try checkOut(fixture)
        #expect(commit == GitRepository.Commit(id: try id(fixture, "main"), ref: "refs/heads/main"))
        #expect(
            try fixture.run("find . -mindepth 1 -printf '%P %y %m %l\n' | sed 's/ *$//' | LC_ALL=C sort", in: files)
                == """
                docs d 755
                docs/d f 644
                file f 644
                link l 777 docs
                run.sh f 755

                """)
    }

    @Test(arguments: [
        ("topic/x", "refs/heads/topic/x", "two"), ("refs/heads/topic/x", "refs/heads/topic/x", "two"),
        ("light", "refs/tags/light", "one"), ("heavy", "refs/tags/heavy", "one"),
        ("refs/tags/heavy", "refs/tags/heavy", "one"),
    ]) func refs(_ name: String, _ ref: String, _ content: String) throws {
        let fixture = try repository()
        let (commit, files) = try checkOut(fixture) { $0.ref = name }
        #expect(commit == GitRepository.Commit(id: try id(fixture, name), ref: ref))
        #expect(try fixture.read("file", in: files) == content + "\n")
    }

    @Test func commitsByTheirIDs() throws {
        let fixture = try repository()
        let first = try id(fixture, "main")
        try fixture.run(Git.setUp + "echo three > file; git commit -qam three")
        let (commit, files) = try checkOut(fixture) { $0.ref = first }
        #expect(commit == GitRepository.Commit(id: first, ref: nil))
        #expect(try fixture.read("file", in: files) == "one\n")
        let unknown = String(repeating: "0123456789", count: 4)
        let error = try buildError { _ = try checkOut(fixture) { $0.ref = unknown } }
        #expect(error.code == .sourceMissing || error.code == .gitFailed)
        #expect(error.message.contains(fixture.context.string))
    }

    @Test func aBranchThatMovesInBetween() throws {
        let fixture = try repository()
        let repository = GitRepository(GitReference(remote: "file://\(fixture.context)"), environment: Git.environment)
        let commit = try repository.resolve()
        try fixture.run(Git.setUp + "echo three > file; git commit -qam three")
        let files = try repository.checkOut(commit, into: fixture.root)
        #expect(try fixture.read("file", in: files) == "one\n")
    }

    @Test func subdirectory() throws {
        let fixture = try repository()
        let (_, files) = try checkOut(fixture) { $0.subdirectory = "docs" }
        #expect(try Files.names(in: files) == ["d"])
        for name in ["nothing", "link", "file"] {
            let error = try buildError { _ = try checkOut(fixture) { $0.subdirectory = name } }
            #expect(error.code == .sourceMissing && error.message.contains("`\(name)`"))
        }
    }

    @Test func gitDirectory() throws {
        let fixture = try repository()
        let (commit, files) = try checkOut(fixture, { $0.ref = "topic/x" }, keepsGitDirectory: true)
        #expect(try fixture.run("git rev-parse HEAD; git status --short", in: files) == "\(commit.id)\n")
        #expect(try fixture.run("git remote get-url origin", in: files) == "file://\(fixture.context)\n")
        #expect(try !Files.exists(checkOut(fixture) { $0.keepsGitDirectory = false }.files.appending(".git")))
        #expect(try Files.exists(checkOut(fixture) { $0.keepsGitDirectory = true }.files.appending(".git")))
    }

    @Test func checksum() throws {
        let fixture = try repository()
        let commit = try id(fixture, "main")
        let tag = String(try fixture.run("git rev-parse refs/tags/heavy").dropLast())
        #expect(try checkOut(fixture) { $0.checksum = String(commit.prefix(9)) }.commit.id == commit)
        for checksum in [commit, tag] {
            let found = try checkOut(fixture) { ($0.ref, $0.checksum) = ("heavy", checksum) }
            #expect(found.commit.id == commit)
        }
        let error = try buildError { _ = try checkOut(fixture) { $0.checksum = "0000000" } }
        #expect(error.code == .checksumMismatch && error.message.contains("0000000"))
        #expect(try buildError { _ = try checkOut(fixture) { $0.checksum = "main" } }.code == .invalidReference)
    }

    @Test func submodules() throws {
        let fixture = try repository()
        try fixture.run(
            Git.setUp + """
                git init -q -b main ../module; cd ../module; echo sub > s; git add .; git commit -qm s; cd ../context
                git -c protocol.file.allow=always submodule --quiet add file://\(fixture.directory)/module deep/mod
                git commit -qm module
                """)
        let (_, files) = try checkOut(fixture)
        #expect(try fixture.read("deep/mod/s", in: files) == "sub\n")
        #expect(try fixture.run("find . -name .git", in: files) == "")
        let (_, without) = try checkOut(fixture) { $0.fetchesSubmodules = false }
        #expect(try Files.names(in: without.appending("deep/mod")) == [])
    }

    @Test func whatIsMissing() throws {
        let fixture = try repository()
        let ref = try buildError { _ = try checkOut(fixture) { $0.ref = "nothing" } }
        #expect(ref.code == .sourceMissing && ref.message.contains("`nothing`"))
        let gone = try buildError { _ = try checkOut(fixture) { $0.remote += "/nothing" } }
        #expect(gone.code == .gitFailed && gone.message.contains("/nothing"))
        let option = try buildError { _ = try checkOut(fixture) { $0.ref = "--upload-pack=touch x" } }
        #expect(option.code == .invalidReference)
        let repository = GitRepository(GitReference(remote: "file://\(fixture.context)"), program: "/nonexistent/git")
        #expect(try buildError { _ = try repository.resolve() }.code == .programMissing)
    }
}

enum Git {
    /// Nobody's settings, and submodules from files, which git refuses by default.
    static let environment = [
        "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_ALLOW_PROTOCOL": "file",
    ]

    static let setUp = """
        export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b
        export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b

        """
}
