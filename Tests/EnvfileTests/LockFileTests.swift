import Testing

@testable import Envfile

@Suite(.timeLimit(.minutes(2))) struct LockFileTests {
    private let digest = "sha256:" + String(repeating: "a1", count: 32)

    private func parse(_ text: String) throws -> LockFile {
        try LockFile.parse(Array(text.utf8), path: "/p/Envfile.lock")
    }

    @Test func whatIsWrittenIsRead() throws {
        let lock = LockFile(images: [
            "docker.io/library/nginx:1.25": digest, "127.0.0.1:5000/team/app:v1": digest, "oci:images/base:tag": digest,
        ])
        #expect(try parse(lock.text) == lock)
        #expect(try parse(LockFile().text) == LockFile())
        // One line for an image, sorted, so that two who change it differ in lines.
        #expect(lock.text.split(separator: "\n").filter { $0.contains("sha256:") }.count == 3)
        #expect(lock.text == LockFile(images: lock.images).text)
    }

    @Test func bakedImagesAreWrittenWhereThereAreSome() throws {
        let lock = LockFile(images: ["a/b:1": digest], baked: ["localhost:5000/team/shop:web-7d0c": digest])
        #expect(try parse(lock.text) == lock)
        #expect(lock.text.contains("\nbaked:\n"))
        #expect(!LockFile(images: lock.images).text.contains("baked"))
        #expect(throws: EnvfileError.self) { try parse("version: 1\nbaked: { a: latest }\n") }
    }

    @Test func imagesOfDebiansPackagesAreWrittenWithAllVersions() throws {
        let packages = [
            "libc6": "2.36-9+deb12u10", "adduser": "3.134", "zlib1g": "1:1.2.13.dfsg-1", "tzdata": "2024a-0+deb12u1",
        ]
        let lock = LockFile(
            images: ["a/b:1": digest],
            bootstraps: [
                "bootstrap:debian/bookworm?include=curl,vim": [
                    "amd64": LockedBootstrap(digest: digest, snapshot: "20260131T000000Z", packages: packages),
                    "arm64": LockedBootstrap(digest: digest, packages: packages),
                ]
            ])
        #expect(try parse(lock.text) == lock)
        #expect(lock.text.contains("\n        adduser: \"3.134\"\n"), "\(lock.text)")
    }

    /// What a lock says goes into a file that apt reads: nothing of it begins a line there.
    @Test(arguments: [
        ("digest: sha256:1, packages: { a: '1' }", "holds"), ("packages: { a: '1' }", "has no `digest`"),
        ("digest: DIGEST", "has no `packages`"), ("digest: DIGEST, packages: { 'a b': '1' }", "no name of a package"),
        ("digest: DIGEST, packages: { \"a\\nb\": '1' }", "no name of a package"),
        ("digest: DIGEST, packages: { a: \"1\\nPin: x\" }", "holds"), ("digest: DIGEST, snapshot: today", "holds"),
        ("digest: DIGEST, snapshot: '../../T00/../Z'", "holds"),
        ("digest: DIGEST, pakages: {}", "unknown key `pakages`"),
    ])
    func whatNoVersionsAre(entry: String, message: String) throws {
        let text = "version: 1\nbootstraps:\n  b:\n    amd64: { \(entry.replacing("DIGEST", with: digest)) }\n"
        let error = #expect(throws: EnvfileError.self) { try parse(text) }
        let found = error?.diagnostics.map(\.message) ?? []
        #expect(found.contains { $0.contains(message) }, "\(found)")
        #expect(error?.diagnostics.allSatisfy { $0.line == 4 } == true)
    }

    @Test func aLockThatIsNotThereIsNone() throws {
        #expect(try LockFile.read("/p/Envfile.lock") { _ in .absent } == nil)
        #expect(throws: EnvfileError.self) { try LockFile.read("/p/Envfile.lock") { _ in .directory } }
    }

    @Test(arguments: [
        ("", "the file is empty", 1), ("images: {}\n", "the file has no `version`", 1),
        ("version: 2\nimages: {}\n", "this version of Trice reads locks of version 1", 1),
        ("version: 1\nimagse: {}\n", "unknown key `imagse`", 2), ("- a\n", "the file holds a list", 1),
        ("version: 1\nimages: [a]\n", "`images` holds a list", 2),
        ("version: 1\nimages:\n  a: latest\n", "the image `a` has no digest but a string", 3),
        ("version: 1\nimages:\n  a: sha256:12\n", "the image `a` has no digest", 3),
    ])
    func mistakesHaveAPlace(_ text: String, _ message: String, _ line: Int) throws {
        let error = #expect(throws: EnvfileError.self) { try parse(text) }
        let found = try #require(error?.diagnostics.first)
        #expect(found.message.hasPrefix(message))
        #expect(found.line == line)
        #expect(found.file == "/p/Envfile.lock")
    }

    @Test func theMarksOfAMergeAreAMistake() throws {
        let text = "version: 1\nimages:\n<<<<<<< HEAD\n  a: \(digest)\n=======\n  a: \(digest)\n>>>>>>> theirs\n"
        let error = #expect(throws: EnvfileError.self) { try parse(text) }
        #expect(
            error?.diagnostics.map { $0.text() } == [
                """
                /p/Envfile.lock:3:1: error: the file has the marks of a merge that is not finished
                  3 | <<<<<<< HEAD
                    | ^~~~~~~
                  keep one side, or remove the file: the next `trice up` writes it anew
                """
            ])
    }

    @Test func itLiesBesideTheFirstFile() {
        #expect(LockFile.path(besideFile: "/p/Envfile") == "/p/Envfile.lock")
        #expect(LockFile.path(besideFile: "/p/sub/compose.yaml") == "/p/sub/Envfile.lock")
    }
}
