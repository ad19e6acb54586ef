import Glibc
import TestSupport
import Testing

@testable import Envfile

/// Finding and reading, on a real temporary directory.
@Suite(.timeLimit(.minutes(2))) struct FileTests {
    private let temporary: TemporaryDirectory
    private var root: String { temporary.path }

    init() throws {
        temporary = try TemporaryDirectory()
        for directory in ["/a", "/a/b", "/a/b/c"] { try #require(mkdir(root + directory, 0o755) == 0) }
    }

    private func write(_ name: String, _ text: String = "services: { web: { image: x } }\n") throws {
        let path = root + name
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        try #require(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    }

    private func link(_ name: String, to target: String) throws {
        try #require(symlink(target, root + name) == 0)
    }

    @Test func theNearestAndFirstNameWins() throws {
        try write("/a/docker-compose.yml")
        let locator = EnvfileLocator()
        #expect(try locator.locate(from: root + "/a/b/c") == root + "/a/docker-compose.yml")
        try write("/a/compose.yaml")
        #expect(try locator.locate(from: root + "/a/b/../b/c/") == root + "/a/compose.yaml")
        try write("/a/Envfile")
        #expect(try locator.locate(from: root + "/a") == root + "/a/Envfile")
        try write("/a/b/compose.yml")
        #expect(try locator.locate(from: root + "/a/b/c") == root + "/a/b/compose.yml")
    }

    @Test func nothingFound() {
        let locator = EnvfileLocator { _ in .absent }
        let error = #expect(throws: EnvfileError.self) { try locator.locate(from: "/x/y") }
        #expect(error?.code == .notFound)
        #expect(error?.message == "There is no Envfile in /x/y or above it. `trice init` writes one.")
        #expect(#expect(throws: EnvfileError.self) { try locator.locate(from: "x") }?.code == .notFound)
    }

    @Test func directoriesAndBrokenLinksAreErrors() throws {
        try #require(mkdir(root + "/a/Envfile", 0o755) == 0)
        // A directory of that name is passed over.
        let directory = #expect(throws: EnvfileError.self) { try EnvfileLocator().locate(from: self.root + "/a/b") }
        #expect(directory?.code == .notFound)
        try write("/a/compose.yaml", "services: { web: { image: i } }\n")
        #expect(try EnvfileLocator().locate(from: root + "/a/b") == root + "/a/compose.yaml")
        try #require(unlink(root + "/a/compose.yaml") == 0)
        try link("/a/b/Envfile", to: "nowhere")
        let dangling = #expect(throws: EnvfileError.self) { try EnvfileLocator().locate(from: self.root + "/a/b") }
        #expect(dangling?.message == "\(root)/a/b/Envfile cannot be read: it is a link to nothing.")
        try link("/a/b/c/Envfile", to: "Envfile")
        let loop = #expect(throws: EnvfileError.self) { try EnvfileLocator().locate(from: self.root + "/a/b/c") }
        #expect(loop?.code == .unreadable)
        #expect(loop?.message.hasSuffix("too many levels of symbolic links.") == true)
    }

    @Test func loadsFromDisk() throws {
        try write("/a/Envfile", "services: { web: { image: \"i:$TAG\", volumes: ['./b:/b', './none:/n'] } }\n")
        try write("/a/.env", "TAG=5\n")
        let loader = Loader(processEnvironment: [:])
        let error = #expect(throws: EnvfileError.self) { try loader.load(files: [self.root + "/a/Envfile"]) }
        #expect(
            error?.diagnostics.map(\.message) == [
                "services.web mounts `\(root)/a/none`, which does not exist on the host"
            ])
        try #require(mkdir(root + "/a/none", 0o755) == 0)
        let loaded = try loader.load(files: [root + "/a/Envfile"], projectName: "p")
        #expect(loaded.environment.services.map(\.image) == ["i:5"])
    }

    @Test func filesThatCannotBeLoaded() throws {
        try write("/a/big", String(repeating: "#", count: FileContents.maximumSize + 1))
        let loader = Loader(processEnvironment: [:])
        let cases: [([String], EnvfileError.Code)] = [
            ([], .notFound), (["Envfile"], .notFound), ([root + "/a/none"], .notFound), ([root + "/a"], .isDirectory),
            ([root + "/a/big"], .tooLarge), ([root + "/a/x", root + "/a/y"], .notFound),
        ]
        for (files, code) in cases {
            #expect(#expect(throws: EnvfileError.self) { try loader.load(files: files) }?.code == code, "\(files)")
        }
    }

    @Test(arguments: [
        ("/p/Envfile", Dialect.trice), ("/p/Envfile.yaml", .trice), ("/p/compose.yaml", .compose),
        ("/compose/docker-compose.yml", .compose), ("/compose/dev.yaml", .compose), ("/p/stack.yml", .compose),
        ("/p/app.compose.yaml", .compose), ("/p/Envfile.dev", .trice), ("-", .compose),
        ("/p/compose.override.yaml", .compose),
    ])
    func semanticsByName(path: String, expected: Dialect) {
        #expect(EnvfileLocator.dialect(ofFile: path) == expected)
    }

    @Test(arguments: [
        ("a", "/p", "/p/a"), ("./a/../b", "/p", "/p/b"), ("../../../x", "/p/q", "/x"), ("/a//b/./c/", "/p", "/a/b/c"),
        ("..", "/", "/"), ("", "/p/", "/p"), ("x/../../../y", "/", "/y"),
    ])
    func pathsAreResolvedByTheirText(text: String, directory: String, expected: String) {
        #expect(HostPath.absolute(text, in: directory) == expected)
    }
}
