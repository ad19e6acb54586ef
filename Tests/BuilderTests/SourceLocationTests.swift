import Builder
import Testing

/// Which sources are git repositories, files to download or paths.
@Suite(.timeLimit(.minutes(5))) struct SourceLocationTests {
    @Test(arguments: [
        "file", "./dir.git", "../x.git", "a@b", "@host:x", "C:\\x", "github.com/foo/bar", "ftp://h/x.git",
        "dir/user@host", "",
    ])
    func local(_ text: String) throws {
        #expect(try SourceLocation(text) == .local(text))
    }

    @Test(arguments: ["https://h/x", "http://h/x.tar.gz?a=b", "https://h/x.git/y", "https://github.com/foo/bar"])
    func web(_ text: String) throws {
        #expect(try SourceLocation(text) == .web(text))
    }

    @Test func git() throws {
        func reference(_ text: String, forContext: Bool = false) throws -> GitReference {
            guard case .git(let reference) = try SourceLocation(text, forContext: forContext) else {
                throw Fixture.Failure(description: "\(text) is no git address")
            }
            return reference
        }
        #expect(try reference("https://h/o/r.git") == GitReference(remote: "https://h/o/r.git"))
        #expect(try reference("http://u:p@h:81/o/r.git#main").ref == "main")
        #expect(
            try reference("https://h/o/r.git#v1.2:a/../b/")
                == GitReference(remote: "https://h/o/r.git", ref: "v1.2", subdirectory: "b"))
        #expect(try reference("https://h/r.git#:docs") == GitReference(remote: "https://h/r.git", subdirectory: "docs"))
        #expect(
            try reference("https://h/r.git#feature/x:") == GitReference(remote: "https://h/r.git", ref: "feature/x"))
        #expect(
            try reference("git@github.com:o/r.git#x:y")
                == GitReference(remote: "git@github.com:o/r.git", ref: "x", subdirectory: "y"))
        #expect(try reference("ssh://git@h/r").remote == "ssh://git@h/r")
        #expect(try reference("git://h/r#t").ref == "t")
        #expect(try reference("github.com/o/r", forContext: true).remote == "https://github.com/o/r")
    }

    @Test func queries() throws {
        func reference(_ query: String) throws -> GitReference? {
            guard case .git(let reference) = try SourceLocation("https://h/r.git?\(query)") else { return nil }
            return reference
        }
        var wanted = GitReference(remote: "https://h/r.git", ref: "refs/heads/main", subdirectory: "a b")
        #expect(try reference("branch=main&subdir=a%20b") == wanted)
        wanted = GitReference(
            remote: "https://h/r.git", ref: "refs/tags/v1", checksum: "abc", keepsGitDirectory: true,
            fetchesSubmodules: false)
        #expect(try reference("tag=v1&commit=abc&keep-git-dir&submodules=0") == wanted)
        #expect(try reference("ref=x#x")?.ref == "x")
        for query in ["ref=x#y", "branch=a&tag=a", "ref=", "depth=1", "submodules=maybe", "ref=-x", "subdir=a#:b"] {
            #expect(try buildError { _ = try reference(query) }.code == .invalidReference, "\(query)")
        }
    }

    @Test func passwordsAreNotShown() {
        #expect(GitReference(remote: "https://u:secret@h/r.git").shownRemote == "https://u@h/r.git")
        #expect(GitReference(remote: "https://h/r@x:y.git").shownRemote == "https://h/r@x:y.git")
        #expect(GitReference(remote: "git@h:r.git").shownRemote == "git@h:r.git")
    }
}
