import Builder
import Testing

@Suite(.timeLimit(.minutes(5))) struct ManifestTests {
    @Test func survivesStorage() throws {
        let fixture = try Fixture()
        try fixture.run("mkdir -p d/e; touch d/a d/e/b; ln -s a d/l; printf x > \"$(printf 'd/\\377')\"")
        let selection = try fixture.select("d")
        let stored = try #require(FileManifest(encoded: selection.manifest.encoded))
        #expect(stored == selection.manifest)
        #expect(stored.changes(to: selection.manifest).total == 0)
    }

    @Test func whatIsNoManifestIsNone() throws {
        let fixture = try Fixture()
        try fixture.run("mkdir d; touch d/a d/b")
        let bytes = try fixture.select("d").manifest.encoded
        #expect(FileManifest(encoded: []) == nil)
        #expect(FileManifest(encoded: [9] + bytes.dropFirst()) == nil)
        for length in 2..<bytes.count where FileManifest(encoded: Array(bytes[..<length])) != nil {
            // Only where an entry ends.
            #expect([bytes.count / 2, bytes.count / 2 + 1].contains { abs($0 - length) < 4 })
        }
        #expect(FileManifest(encoded: [1] + [UInt8](repeating: 0xff, count: 40)) == nil)
    }

    @Test func namesTheFirstChanges() throws {
        let fixture = try Fixture()
        try fixture.run(
            "mkdir -p d/a; for i in 1 2 3 4 5 6 7 8; do echo $i > d/$i; done; echo x > d/a/x; echo y > d/a.y")
        let first = try fixture.select("d")
        try fixture.run("for i in 1 2 3 4 5 6 7 8; do echo new > d/$i; done; rm -r d/a; touch d/a")
        let changes = first.manifest.changes(to: try fixture.select("d").manifest, limit: 3)
        #expect(changes.total == 10)
        #expect(changes.changes.map(\.description) == ["d/1 changed", "d/2 changed", "d/3 changed"])
        let last = first.manifest.changes(to: try fixture.select("d").manifest, limit: 20).changes.suffix(2)
        #expect(last.map(\.description) == ["d/a is of another type", "d/a/x was removed"])
    }
}
