import Builder
import Glibc
import LinuxSystem
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct StatCacheTests {
    /// A context whose files changed long enough ago for their times to be trusted.
    private func settled() throws -> Fixture {
        let fixture = try Fixture()
        try fixture.run("chmod 755 .. .; mkdir -p a/b; for i in 1 2 3 4 5; do echo $i > a/b/$i; echo $i > a/$i; done")
        try fixture.run("sleep 0.1")
        return fixture
    }

    private func cacheFile(_ fixture: Fixture) throws -> FilePath {
        fixture.cache.appending(try #require(try Files.names(in: fixture.cache).first))
    }

    @Test(.enabled("needs root to give its rights up on one thread") { try Requirement.met(.root) })
    func unchangedFilesAreNotRead() throws {
        let fixture = try settled()
        try fixture.run("chmod 600 a/3; sleep 0.1")
        let first = try fixture.select(".", cached: true)
        // A thread that may not read the file can know its content from the cache only.
        let tree = try fixture.tree(cached: true)
        let second = try withoutPrivilege { try tree.select(FileRequest(sources: ["."]), Patterns.language) }
        #expect(first.digest == second.digest)
        let without = try fixture.tree()
        let error = try withoutPrivilege {
            try buildError { _ = try without.select(FileRequest(sources: ["."]), Patterns.language) }
        }
        #expect(error.code == .sourceUnreadable)
    }

    @Test func changesAreSeen() throws {
        let fixture = try settled()
        let first = try fixture.select(".", cached: true)
        try fixture.run("touch -r a/3 ../reference; echo X > a/3; touch -r ../reference a/3; echo new > a/6; rm a/1")
        let second = try fixture.select(".", cached: true)
        let changes = first.manifest.changes(to: second.manifest)
        #expect(changes.changes.map(\.description) == ["a/1 was removed", "a/3 changed", "a/6 was added"])
        #expect(try fixture.select(".").digest == second.digest)
    }

    @Test func aFileThatJustChangedIsNotTrusted() throws {
        let fixture = try Fixture()
        for round in 0..<20 {
            try Files.write("a\(round)".utf8, to: fixture.context.appending("f"))
            let first = try fixture.select("f", cached: true)
            // The same length, the same inode, and very likely the same tick of the clock.
            let file = try OwnedDescriptor.open(fixture.context.appending("f"), O_WRONLY)
            try file.write("b\(round)".utf8)
            #expect(try fixture.select("f", cached: true).digest != first.digest)
        }
    }

    @Test func aBrokenCacheIsIgnored() throws {
        let fixture = try settled()
        let truth = try fixture.select(".", cached: true).digest
        let file = try cacheFile(fixture)
        let bytes = try Files.read(file)
        #expect(bytes.count > 500)
        for position in stride(from: 0, to: bytes.count, by: 7) {
            var damaged = bytes
            damaged[position] ^= 0x41
            try Files.write(damaged, to: file)
            #expect(
                try fixture.tree(cached: true).select(FileRequest(sources: ["."]), Patterns.language).digest == truth)
        }
        for length in stride(from: 0, to: bytes.count, by: 11) {
            try Files.write(bytes[..<length], to: file)
            #expect(
                try fixture.tree(cached: true).select(FileRequest(sources: ["."]), Patterns.language).digest == truth)
        }
        try Files.write([UInt8](repeating: 0xff, count: 3000), to: file)
        #expect(try fixture.select(".", cached: true).digest == truth)
        #expect(try Files.read(file) != [UInt8](repeating: 0xff, count: 3000))
    }

    @Test func answersOfOtherRulesAreForgotten() throws {
        let fixture = try settled()
        let all = try fixture.select(".", cached: true)
        let some = try fixture.select(".", ignoring: ["a/b"], cached: true)
        #expect(try fixture.paths(of: some) == ["a", "a/1", "a/2", "a/3", "a/4", "a/5"])
        #expect(try fixture.select(".", ignoring: ["a/b"], cached: true).digest == some.digest)
        #expect(try fixture.select(".", cached: true).digest == all.digest)
    }

    @Test func whatIsGoneIsDropped() throws {
        let fixture = try settled()
        _ = try fixture.select(".", cached: true)
        // One directory alone: what is known of the others is kept.
        try fixture.run("echo new > a/b/6; sleep 0.1")
        _ = try fixture.select("a/b", cached: true)
        let kept = try Files.read(cacheFile(fixture)).count
        try fixture.run("rm -r a/b")
        _ = try fixture.select(".", cached: true)
        #expect(try Files.read(cacheFile(fixture)).count < kept - 5 * 80)
    }
}
