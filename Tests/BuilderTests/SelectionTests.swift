import Builder
import Glibc
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct SelectionTests {
    @Test(.enabled("needs root") { try Requirement.met(.root) }) func digestIsOfContentAndModeNotOfTime() throws {
        let fixture = try Fixture()
        try fixture.run("mkdir src; echo a > src/a; echo b > src/b; ln -s a src/l")
        let first = try fixture.select("src")
        try fixture.run("touch -d 2001-01-01 src/a src; touch -hd 2001-01-01 src/l; chown 12:34 src/b")
        #expect(try fixture.select("src").digest == first.digest)
        try fixture.run("echo A > src/a")
        let edited = try fixture.select("src")
        #expect(edited.digest != first.digest)
        #expect(first.manifest.changes(to: edited.manifest).changes.map(\.description) == ["src/a changed"])
        try fixture.run("echo a > src/a; chmod 600 src/b")
        let remoded = try fixture.select("src")
        #expect(first.manifest.changes(to: remoded.manifest).changes.map(\.description) == ["src/b has another mode"])
        try fixture.run("chmod 644 src/b; ln -sfn b src/l")
        #expect(try fixture.select("src").digest != first.digest)
        try fixture.run("ln -sfn a src/l")
        #expect(try fixture.select("src").digest == first.digest)
    }

    @Test(.enabled("needs root to change owners") { try Requirement.met(.root) }) func ownersCountInImagesOnly() throws
    {
        let fixture = try Fixture()
        try fixture.run("echo a > a")
        let request = FileRequest(sources: ["a"])
        let first = try SourceTree(root: fixture.context, named: "the stage").select(request, Patterns.language)
        try fixture.run("chown 7:8 a")
        let second = try SourceTree(root: fixture.context, named: "the stage").select(request, Patterns.language)
        #expect(first.digest != second.digest)
        #expect(first.manifest.changes(to: second.manifest).changes.map(\.description) == ["a has another owner"])
        var replaced = request
        replaced.replacesOwner = true
        let third = try SourceTree(root: fixture.context, named: "the stage").select(replaced, Patterns.language)
        try fixture.run("chown 9:9 a")
        let fourth = try SourceTree(root: fixture.context, named: "the stage").select(replaced, Patterns.language)
        #expect(third.digest == fourth.digest)
    }

    @Test(.enabled("needs root to set capabilities") { try Requirement.met(.root) }) func attributesAreContent() throws
    {
        let fixture = try Fixture()
        try fixture.run("echo a > a")
        let first = try fixture.select("a")
        try fixture.run(#"python3 -c "import os; os.setxattr('a', 'user.k', b'v')""#)
        #expect(try fixture.select("a").digest != first.digest)
    }

    /// Directories deeper than an image can have, as programs of a project make them by mistake.
    @Test func whatIsTooDeepIsRefused() throws {
        let fixture = try Fixture()
        try fixture.run(
            """
            mkdir src; echo a > src/file
            python3 -c '
            import os
            os.chdir("src")
            for _ in range(5000):
                os.mkdir("d"); os.chdir("d")
            '
            """)
        for source in [".", "src", "**/file", "*"] {
            let error = try buildError { _ = try fixture.select(source) }
            #expect(error.code == .contextTooLarge)
            #expect(error.message.contains("512") && error.message.utf8.count < 600, "\(error.message)")
        }
        // What leaves them out is not hindered.
        #expect(try fixture.paths(of: fixture.select("src/file")) == ["src/file"])
    }

    @Test func whatIsJustDeepEnoughIsSelected() throws {
        let fixture = try Fixture()
        try fixture.run(
            """
            python3 -c '
            import os
            for _ in range(511):
                os.mkdir("d"); os.chdir("d")
            open("file", "w").close()
            '
            """)
        #expect(try fixture.paths(of: fixture.select(".")).count == 512)
    }

    @Test func onlyWhatAStepReadsChangesIt() throws {
        let fixture = try Fixture()
        try fixture.run("mkdir -p src docs; echo a > src/a; echo d > docs/d; echo p > package.json")
        let (source, package) = (try fixture.select("src"), try fixture.select("package.json"))
        try fixture.run("echo changed > docs/d")
        #expect(try fixture.select("src").digest == source.digest)
        #expect(try fixture.select("package.json").digest == package.digest)
    }

    @Test func wildcards() throws {
        let fixture = try Fixture()
        try fixture.run("mkdir -p a/x/y b; touch a/1.c a/2.h a/x/3.c a/x/y/4.c b/5.c top.c 'we[i]rd' '.hid.c'")
        func found(_ source: String) throws -> [String] { try fixture.paths(of: fixture.select(source)) }
        #expect(try found("*.c") == [".hid.c", "top.c"])
        #expect(try found("?/*.c") == ["a/1.c", "b/5.c"])
        #expect(try found("a/[0-9].h") == ["a/2.h"])
        #expect(try found("**/*.c") == [".hid.c", "a/1.c", "a/x/3.c", "a/x/y/4.c", "b/5.c", "top.c"])
        #expect(try found("a/**/y") == ["a/x/y/4.c"])
        #expect(try found("we[[]i]rd") == ["we[i]rd"])
        #expect(try found("a*") == ["a/1.c", "a/2.h", "a/x", "a/x/3.c", "a/x/y", "a/x/y/4.c"])
        let none = try fixture.select("*.nothing", "top.c")
        #expect(none.unmatched == ["*.nothing"])
        #expect(try fixture.paths(of: none) == ["top.c"])
        #expect(try buildError { _ = try fixture.select("[]x*") }.code == .invalidPattern)
    }

    @Test func parentsAndPivot() throws {
        let fixture = try Fixture()
        try fixture.run("mkdir -p x/y/z; touch x/y/a.txt x/y/z/b.txt x/y/z/c.md other")
        func found(_ source: String) throws -> [String] {
            try fixture.paths(of: fixture.select(source, keepsParents: true))
        }
        #expect(try found("x/y/a.txt") == ["x", "x/y", "x/y/a.txt"])
        #expect(try found("./x/**/*.txt") == ["x", "x/y", "x/y/a.txt", "x/y/z", "x/y/z/b.txt"])
        #expect(try found("x/./y/z") == ["x/y", "x/y/z", "x/y/z/b.txt", "x/y/z/c.md"])
        let error = try buildError { _ = try found("x/nothing") }
        #expect(error.code == .sourceMissing && error.message.contains("`x/nothing`"))
        #expect(try found("x/nothing*") == [])
    }

    @Test func excludes() throws {
        let fixture = try Fixture()
        try fixture.run("mkdir -p d/sub; touch home.txt home.md d/a.txt d/b.md d/sub/c.txt")
        func found(_ sources: String, _ excludes: [String]) throws -> [String] {
            try fixture.paths(of: fixture.select(sources, excludes: excludes))
        }
        #expect(try found("hom*", ["*.txt"]) == ["home.md"])
        #expect(try found("d", ["*.txt"]) == ["d/b.md", "d/sub", "d/sub/c.txt"])
        #expect(try found("d", ["**/*.txt"]) == ["d/b.md", "d/sub"])
        #expect(try found("d", ["sub", "!sub/c.txt"]) == ["d/a.txt", "d/b.md", "d/sub", "d/sub/c.txt"])
        #expect(try found("d*", ["*"]) == [])
    }

    @Test func ignoredFilesDoNotExist() throws {
        let fixture = try Fixture()
        try fixture.run("mkdir -p keep/in node_modules/m logs; touch keep/in/a node_modules/m/i logs/a logs/b .env")
        let ignored = ["node_modules", "logs", "!logs/b", ".env", "keep/in"]
        let all = try fixture.select(".", ignoring: ignored)
        #expect(try fixture.paths(of: all) == ["keep", "logs", "logs/b"])
        for source in [".env", "node_modules/m/i", "logs/a", "node_modules"] {
            let error = try buildError { _ = try fixture.select(source, ignoring: ignored) }
            #expect(error.code == .sourceMissing)
            #expect(error.message.contains("`\(source)`") && error.message.contains(".dockerignore"))
        }
        #expect(try fixture.paths(of: fixture.select("logs/b", ignoring: ignored)) == ["logs/b"])
        #expect(try fixture.select("*.env", ignoring: ignored).unmatched == ["*.env"])
    }
}
