import Glibc
import LinuxSystem
import SystemPackage
import TestSupport
import Testing

@testable import Images

/// Archives made to reach outside, to fill the disk or to be half there.
@Suite(.timeLimit(.minutes(2))) struct HostileArchiveTests {
    /// Ensures an archive and expects it to be refused, with nothing left and nothing stored.
    private func refused(
        _ fixture: Fixture, _ name: String = "a.tar", _ limits: ExtractionLimits = ExtractionLimits()
    ) throws -> ImageError {
        let error = try imageError { _ = try fixture.ensureRootfs(name, limits) }
        #expect(try fixture.leftovers() == [])
        #expect(try fixture.store().list() == [])
        #expect(try Files.names(in: fixture.directory.appending("state/layers")) == ["ingest"])
        return error
    }

    @Test(.enabled("needs root") { try Requirement.met(.root) }) func absoluteNamesStayInside() throws {
        let fixture = try Fixture()
        let outside = fixture.directory.appending("outside")
        try fixture.archive("a.tar", "w", "add('\(outside)', b'x')")
        let root = try fixture.ensureRootfs("a.tar")
        #expect(!Files.exists(outside))
        #expect(try fixture.read(root.appending(outside.components)) == "x")
    }

    @Test(arguments: ["../evil", "a/../../evil", "..", "a/.."]) func parentsAreRefused(_ name: String) throws {
        let fixture = try Fixture()
        try fixture.archive("a.tar", "w", "add('\(name)', b'x')")
        let error = try refused(fixture)
        #expect(error.code == .forbiddenEntry)
        #expect(error.message.contains("`\(name)`"))
    }

    @Test(arguments: [
        "add('l', type=SYM, linkname='OUT'); add('l/evil', b'x')",
        "add('l', type=SYM, linkname='../../../../../../../../OUT'); add('l/evil', b'x')",
        "add('l', type=SYM, linkname='OUT'); add('m', type=SYM, linkname='l'); add('m/evil', b'x')",
        "add('l', type=SYM, linkname='OUT'); add('l/evil', type=DIR)",
        "add('l', type=SYM, linkname='OUT'); add('l/.wh.victim')",
        "add('l', type=SYM, linkname='OUT'); add('h', type=LNK, linkname='l/victim')",
    ]) func linksLeadNowhereOutside(_ body: String) throws {
        let fixture = try Fixture()
        let outside = fixture.directory.appending("outside")
        try Files.createDirectory(outside)
        try fixture.write("outside/victim", "v")
        try fixture.archive("a.tar", "w", body.replacing("OUT", with: outside.string))
        let error = try refused(fixture)
        #expect([.forbiddenEntry, .invalidArchive, .systemCall].contains(error.code), "\(error)")
        #expect(try Files.names(in: outside) == ["victim"])
        #expect(try fixture.read(outside.appending("victim")) == "v")
    }

    @Test func linkAsFileIsReplacedNotFollowed() throws {
        let fixture = try Fixture()
        try fixture.write("victim", "v")
        let victim = fixture.directory.appending("victim")
        try fixture.archive("a.tar", "w", "add('l', type=SYM, linkname='\(victim)'); add('l', b'evil', mode=0o777)")
        let root = try fixture.ensureRootfs("a.tar")
        #expect(try fixture.read(victim) == "v")
        #expect(try fixture.read(root.appending("l")) == "evil")
    }

    @Test func hardLinksAreResolvedBelowTheRoot() throws {
        let fixture = try Fixture()
        try fixture.archive("a.tar", "w", "add('h', type=LNK, linkname='/etc/hostname')")
        let error = try refused(fixture)
        #expect(error.code == .invalidArchive)
        #expect(error.message.contains("`h` links to `etc/hostname`"))
        try fixture.archive("a.tar", "w", "add('h', type=LNK, linkname='../../etc/hostname')")
        #expect(try refused(fixture).code == .forbiddenEntry)
    }

    @Test(.enabled("needs root") { try Requirement.met(.root) }) func deviceTakesThePlaceOfAFile() throws {
        let fixture = try Fixture()
        try fixture.archive("a.tar", "w", "add('f', b'x'); add('f', type=CHR, devmajor=1, devminor=3)")
        #expect(try Files.status(fixture.ensureRootfs("a.tar").appending("f"))?.kind == .characterDevice)
    }

    @Test(arguments: [".wh.", ".wh..", ".wh...", "d/.wh..."]) func emptyWhiteoutsAreRefused(_ name: String) throws {
        let fixture = try Fixture()
        try fixture.archive("a.tar", "w", "add('\(name)')")
        let error = try refused(fixture)
        #expect(error.code == .forbiddenEntry)
        #expect(error.message.contains("`\(name)`"))
    }

    @Test func limitsAreNamed() throws {
        let fixture = try Fixture()
        try fixture.archive("a.tar", "w", "for n in range(20): add(f'f{n}', b'x' * 1000)")
        var limits = ExtractionLimits()
        limits.maximumEntries = 19
        #expect(try refused(fixture, "a.tar", limits).message.contains("maximumEntries"))
        limits = ExtractionLimits()
        limits.maximumSize = 19_999
        let error = try refused(fixture, "a.tar", limits)
        #expect(error.code == .limitExceeded)
        #expect(error.message.contains("maximumSize") && error.message.contains("`f19`"))
        limits.maximumSize = 20_000
        #expect(throws: Never.self) { try fixture.ensureRootfs("a.tar", limits) }
    }

    @Test func bombsAreStoppedByRatio() throws {
        let fixture = try Fixture()
        try fixture.archive("a.tar", "w:gz", "add('f', bytes(32 << 20))")
        var limits = ExtractionLimits()
        limits.ratioFloor = 1 << 20
        limits.maximumRatio = 100
        #expect(try refused(fixture, "a.tar", limits).message.contains("maximumRatio"))
        limits.maximumRatio = 2000
        #expect(throws: Never.self) { try fixture.ensureRootfs("a.tar", limits) }
    }

    /// A megabyte that becomes more than a gigabyte is a bomb; so much is within reach of gzip alone.
    @Test func whatGzipCanDoIsStoppedByDefault() throws {
        let limits = ExtractionLimits()
        #expect(throws: Never.self) { try limits.check(uncompressed: 1 << 30, compressed: 1 << 20, "a.tar") }
        let error = try imageError { try limits.check(uncompressed: 1 << 30 + 1, compressed: 1 << 20, "a.tar") }
        #expect(error.code == .limitExceeded)
        #expect(error.message.contains("maximumRatio") && error.message.contains("settings.json"))
        // A large layer of usual contents.
        #expect(throws: Never.self) { try limits.check(uncompressed: 20 << 30, compressed: 200 << 20, "a.tar") }
    }

    @Test func hugeSparseFileIsCounted() throws {
        let fixture = try Fixture()
        try fixture.run("sh", ["-c", "truncate -s 1T huge && tar -cSf a.tar huge && rm huge"])
        #expect(try refused(fixture).code == .limitExceeded)
    }

    @Test(arguments: ["w:gz", "w"]) func truncationIsAnError(_ mode: String) throws {
        let fixture = try Fixture()
        try fixture.archive("a.tar", mode, "import os; add('f', os.urandom(300000))")
        try fixture.run("truncate", ["-s", "150000", "a.tar"])
        let error = try refused(fixture)
        #expect(error.code == .invalidArchive)
        #expect(error.message.contains("a.tar"))
    }

    @Test func corruptionIsAnError() throws {
        let fixture = try Fixture()
        try fixture.archive("a.tar", "w:gz", "add('f', bytes(range(256)) * 4000)")
        try fixture.run(
            "python3",
            ["-c", "b = bytearray(open('a.tar','rb').read()); b[len(b)//2] ^= 255; open('a.tar','wb').write(b)"])
        #expect(try refused(fixture).code == .invalidArchive)
    }

    @Test func whatIsNoArchiveIsAnError() throws {
        let fixture = try Fixture()
        try fixture.write("a.tar", String(repeating: "this is no tar. ", count: 1000))
        let error = try refused(fixture)
        #expect(error.code == .invalidArchive)
        #expect(try imageError { _ = try fixture.ensureRootfs("missing") }.code == .sourceMissing)
    }
}
