import Builder
import Glibc
import Images
import LinuxSystem
import SystemPackage
import TestSupport
import Testing

/// ADD of files that are archives.
@Suite(.timeLimit(.minutes(5)), .enabled("needs root to change owners") { try Requirement.met(.root) })
struct ArchiveTests {
    private let setUp = """
        mkdir -p in/d; echo f > in/d/f; ln -s f in/d/l; ln in/d/f in/d/h; chmod 711 in/d; chown -R 7:8 in/d; touch in/.wh.x
        """

    private func add(_ fixture: Fixture, _ source: String, _ destination: String, _ owner: FileOwner? = nil) throws
        -> String
    {
        try fixture.copy([source], to: destination) { options in
            options.unpacksArchives = true
            options.owner = owner
        }
    }

    @Test(arguments: ["cat", "gzip", "bzip2", "xz", "zstd -q"]) func everyCompression(_ program: String) throws {
        let fixture = try Fixture()
        // Recognised by its content, whatever its name.
        try fixture.run(setUp + "; tar -cf - -C in . | \(program) > archive.txt")
        #expect(
            try add(fixture, "archive.txt", "/to/here") == """
                to d 755 0:0
                to/here d 755 0:0
                to/here/.wh.x f 644 0:0
                to/here/d d 711 7:8
                to/here/d/f f 644 7:8
                to/here/d/h f 644 7:8
                to/here/d/l l 777 7:8 f

                """)
        #expect(try fixture.run("stat -c %h to/here/d/f", in: fixture.root) == "2\n")
    }

    @Test func ownerOfAll() throws {
        let fixture = try Fixture()
        try fixture.run(setUp + "; tar -cf a.tar -C in d")
        let listing = try add(fixture, "a.tar", "/t", FileOwner(user: 3, group: 4))
        #expect(listing == "t d 755 3:4\nt/d d 711 3:4\nt/d/f f 644 3:4\nt/d/h f 644 3:4\nt/d/l l 777 3:4 f\n")
    }

    @Test func otherFilesAreCopied() throws {
        let fixture = try Fixture()
        try fixture.run(
            "touch empty.tar.gz; echo text | gzip > text.gz; echo plain > plain; mkdir d; tar -cf d/in.tar plain")
        #expect(try add(fixture, "empty.tar.gz", "/e").contains("e f 644 0:0"))
        #expect(try add(fixture, "text.gz", "/t/").contains("t/text.gz f 644 0:0"))
        #expect(try add(fixture, "plain", "/p").contains("p f 644 0:0"))
        // An archive in a directory is a file like others.
        #expect(try add(fixture, "d", "/d").contains("d/in.tar f 644 0:0"))
        #expect(try fixture.copy(["d/in.tar"], to: "/copied").contains("copied f 644 0:0"))
    }

    @Test func mergesWithWhatIsThere() throws {
        let fixture = try Fixture()
        try fixture.run(setUp + "; tar -cf a.tar -C in .")
        try fixture.run("mkdir -p t/d/f t/d/kept; ln -s /elsewhere t/d/l; chmod 700 t", in: fixture.root)
        let listing = try add(fixture, "a.tar", "/t")
        #expect(listing.contains("t d 700 0:0\n"))
        #expect(listing.contains("t/d d 711 7:8\nt/d/f f 644 7:8\n"))
        #expect(listing.contains("t/d/kept d 755 0:0\nt/d/l l 777 7:8 f\n"))
    }

    @Test func entriesStayBelowTheDestination() throws {
        let fixture = try Fixture()
        let outside = fixture.directory.appending("outside")
        try Files.createDirectory(outside)
        try fixture.run(
            "ln -s \(outside) l; tar -cf a.tar l; rm l; mkdir l; echo evil > l/evil; tar -rf a.tar l/evil; rm -r l")
        let error = try buildError { _ = try add(fixture, "a.tar", "/t") }
        #expect(error.code == .invalidArchive && error.message.contains("`a.tar`"), "\(error)")
        #expect(try Files.names(in: outside) == [])
    }

    @Test func brokenAndLarge() throws {
        let fixture = try Fixture()
        try fixture.run("head -c 300000 /dev/urandom > r; cp r s; tar -cf a.tar r s; truncate -s 400000 a.tar")
        #expect(try buildError { _ = try add(fixture, "a.tar", "/t") }.code == .invalidArchive)
        try fixture.run("tar -cf b.tar r")
        let error = try buildError {
            try fixture.copy(["b.tar"], to: "/u") {
                $0.unpacksArchives = true
                $0.archiveLimits.maximumSize = 1000
            }
        }
        #expect(error.code == .invalidArchive && error.message.contains("maximumSize"))
    }
}
