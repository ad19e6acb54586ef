import Testing

@testable import Dockerfile

@Suite(.timeLimit(.minutes(2))) struct PatternTests {
    @Test(arguments: [
        ("abc", "abc", true), ("*", "abc", true), ("*c", "abc", true), ("a*", "ab/c", false), ("a*/b", "abc/b", true),
        ("a*/b", "a/c/b", false),
        ("a*b*c*d*e*/f", "axbxcxdxe/f", true), ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", false),
        ("a*b?c*x", "abxbbxdbxebxczzx", true),
        ("ab[c]", "abc", true), ("ab[b-d]", "abc", true), ("ab[e-g]", "abc", false), ("ab[^c]", "abc", false),
        ("ab[^e-g]", "abc", true),
        ("a\\*b", "a*b", true), ("a\\*b", "ab", false), ("a?b", "aüb", true), ("a[^a]b", "aüb", true),
        ("a???b", "aüb", false), ("[a-ζ]*", "α", true),
        ("a?b", "a/b", false), ("a*b", "a/b", false), ("[\\]a]", "]", true), ("[\\-x]", "-", true),
        ("[x\\-]", "z", false), ("*x", "xxx", true),
        ("a]b", "a]b", true), ("a^b", "a^b", true), ("", "", true), ("", "a", false),
    ])
    func single(pattern: String, path: String, expected: Bool) throws {
        #expect(try #require(PathPattern(pattern, doubleStar: false)).matches(path) == expected)
        #expect(try #require(PathPattern(pattern)).matches(path) == expected)
    }

    @Test(arguments: ["[]a]", "[-]", "[x-]", "[-x]", "[", "[^", "[^bc", "a[", "a\\", "[a-b-c]", "[a"])
    func refused(pattern: String) {
        #expect(PathPattern(pattern) == nil)
    }

    @Test(arguments: [
        ("**", "a/b", true), ("**", "", true), ("**/", "a/b", true), ("**/a", "a", true), ("**/a", "x/y/a", true),
        ("**/a", "x/ba", false),
        ("**a", "x/ba", true), ("**a*", "x/bac", false), ("**a*", "x/ac", true), ("a/**", "a/b/c", true),
        ("a/**", "a", false), ("a/**/b", "a/b", true),
        ("a/**/b", "a/x/y/b", true), ("a/**/b", "a/xb", false), ("a**b", "ab", true), ("a**b", "ax/b", true),
        ("a**b", "axb", false),
        ("a**", "abc/d", true), ("**/*.go", "x/y.go", true), ("**/*.go", "y.go", true),
        ("**/a/**/b", "x/a/y/z/b", true), ("**/a/**", "a/b", true),
    ])
    func double(pattern: String, path: String, expected: Bool) throws {
        #expect(try #require(PathPattern(pattern)).matches(path) == expected)
    }

    @Test func wildcards() throws {
        #expect(try #require(PathPattern("a\\*b")).hasWildcards == false)
        #expect(try #require(PathPattern("a*")).hasWildcards)
        #expect(try #require(PathPattern("a**b", doubleStar: false)).matches("axxb"))
        #expect(try #require(PathPattern("a**b", doubleStar: false)).matches("a/b") == false)
    }

    @Test func manyStarsAreFast() throws {
        let pattern = try #require(PathPattern(String(repeating: "*a", count: 50) + "**/b"))
        let path = String(repeating: "a", count: 4000)
        let duration = ContinuousClock().measure { #expect(!pattern.matches(path)) }
        #expect(duration < .seconds(5))
    }

    @Test(arguments: [
        ("a/b/../c/./d/", "a/c/d"), ("", "."), ("/", "/"), ("/../a", "/a"), ("../a/..", ".."), ("a/..", "."),
        ("a//b", "a/b"), ("../../x", "../../x"),
    ])
    func cleanPaths(path: String, expected: String) {
        #expect(SlashPath.clean(path) == expected)
    }
}

@Suite(.timeLimit(.minutes(2))) struct IgnoreFileTests {
    private static func file(_ text: String) throws -> IgnoreFile {
        try IgnoreFile(parsing: DockerfileSource(name: ".dockerignore", text: text))
    }

    @Test(arguments: [
        ("a", "a", true), ("a", "a/b/c", true), ("a", "b/a", false), ("/a/", "a", true), ("./a/../b", "b/c", true),
        ("  a  ", "a", true),
        ("#a", "#a", false), ("\\#a", "#a", true), ("a b", "a b", true), ("*/x", "a/x/y", true), ("*/x", "x", false),
        ("**/x", "x", true),
        ("*", "a/b", true), ("*\n!a", "a/b", false), ("*\n!a", "b", true), ("*\n!a/b", "a/b/c", false),
        ("*\n!a/b", "a/c", true),
        ("a\n!a/b\na/b/c", "a/b/c/d", true), ("a\n!a/b\na/b/c", "a/b/d", false), ("!a\na", "a", true),
        ("! a\n", "a", false),
        ("*.md\n!README*.md\nREADME-x.md", "README-x.md", true), ("*.md\n!README*.md\nREADME-x.md", "README.md", false),
        ("*.md\n!README.md", "x.md", true), ("*\n!**/*.go", "a/b.go", false), ("*\n!**/*.go", "a/b.c", true),
        (".", "a", false), ("/", "a", false),
        ("", "a", false), ("a/*\n!a/b", "a", false), ("a/*\n!a/b", "a/b", false), ("a/*\n!a/b", "a/c", true),
        (".git", ".git/config", true),
        ("*.md\n!a", "a/b.md", false), ("..\n../a", "a", false), ("node_modules", "x/node_modules", false),
        ("\u{FEFF}a", "a", true),
    ])
    func ignored(text: String, path: String, expected: Bool) throws {
        let file = try Self.file(text)
        #expect(file.isIgnored(path) == expected)
        // Step by step from the top it is the same.
        var match: IgnoreFile.Match?
        for length in 1...path.split(separator: "/").count {
            match = file.match(path.split(separator: "/").prefix(length).joined(separator: "/"), in: match)
        }
        #expect(match?.isIgnored == expected)
    }

    @Test(arguments: [
        ("*\n!a/b", "a", true), ("*\n!a/b", "a/b", false), ("*\n!a/b", "c", false), ("*\n!**/x", "any/where", true),
        ("*\n!a*/b", "abc", true),
        ("*\n!a*/b", "cba", false), ("*", "a", false), ("*\n!a/b", "a/c", false),
    ])
    func whereToLook(text: String, directory: String, expected: Bool) throws {
        let file = try Self.file(text)
        #expect(file.mayBringBack(below: directory) == expected)
    }

    @Test func wrongPatternsAreNamed() {
        let error = #expect(throws: DockerfileError.self) { try Self.file("a\n[b\n!\n\\") }
        #expect(error?.message == ".dockerignore has 3 errors.")
        #expect(
            error?.diagnostics.first?.text() == """
                .dockerignore:2:1: error: `[b` is no pattern
                  2 | [b
                    | ^~
                  write a backslash before a `[` that is meant as such
                """)
    }

    @Test func ignoredSourcesAreWarned() throws {
        let steps = try Fixture.run(
            "FROM a\nCOPY <<E x ./y/ /z /\nE\nADD https://x.de/x y/../x /\nCOPY --from=b x /\nCOPY x* /\n"
        ).steps
        let warnings = try steps.flatMap { try Self.file("x\ny").warnings(for: $0) }
        #expect(warnings.map { "\($0.location)" } == ["Dockerfile:2:10", "Dockerfile:2:12", "Dockerfile:4:20"])
        #expect(warnings.first?.message == "`x` is ignored, so there is nothing to copy")
        #expect(try steps.flatMap { try Self.file("x\n!x/y").warnings(for: $0) } == [])
    }

    @Test func nothingIgnoresNothing() {
        #expect(IgnoreFile().isEmpty)
        #expect(!IgnoreFile().isIgnored("a"))
    }
}
