import FoundationEssentials
import Glibc
import Images
import LinuxSystem
import SystemPackage
import TestSupport
import Testing

/// A set of archives that nobody makes by accident, each unpacked by one thread and, behind some megabytes of
/// ballast, by several.
@Suite(.timeLimit(.minutes(2))) struct HostileStreamTests {
    /// What must become of an archive.
    enum Fate: Sendable {
        /// Refused; the message has the text, such as the entry's name.
        case refused(String)
        /// Unpacked, all of it below the layer's root.
        case contained
        /// One or the other.
        case harmless
    }

    struct Sample: CustomTestStringConvertible, Sendable {
        var body: String
        var fate: Fate
        var testDescription: String { body }

        init(_ body: String, _ fate: Fate) {
            self.body = body
            self.fate = fate
        }
    }

    /// Writes headers that tarfile would not: `raw(name, …)` takes numbers or the bytes of a field.
    private static let prelude = #"""
        def raw(name, data=b"", type=b"0", size=None, mode=0o644, uid=0, gid=0, mtime=0, link=b"", pad=True):
            name, link = [x if isinstance(x, bytes) else x.encode() for x in (name, link)]
            def number(value, width):
                return value.rjust(width, b"\0") if isinstance(value, bytes) else b"%0*o\0" % (width - 1, value)
            h = bytearray(512)
            def put(at, value): h[at:at + len(value)] = value
            put(0, name[:100]); put(100, number(mode, 8)); put(108, number(uid, 8)); put(116, number(gid, 8))
            put(124, number(len(data) if size is None else size, 12)); put(136, number(mtime, 12))
            put(148, b" " * 8); put(156, type); put(157, link[:100]); put(257, b"ustar\x0000")
            put(148, b"%06o\0 " % sum(h))
            t.fileobj.write(bytes(h) + data + (b"\0" * (-len(data) % 512) if pad else b""))
            t.offset = t.fileobj.tell() if "w|" not in t.mode else t.offset
        def pax(**records):
            body = b""
            for key, value in records.items():
                key = key.replace("__", ".").encode()
                value = value if isinstance(value, bytes) else value.encode()
                rest = b" " + key + b"=" + value + b"\n"
                n = len(rest) + 1
                while n != len(str(n)) + len(rest): n = len(str(n)) + len(rest)
                body += str(n).encode() + rest
            raw("pax", body, b"x")
        OVERLAY = {f"SCHILY.xattr.{s}.overlay.{k}": "y" for s in ("trusted", "user")
            for k in ("opaque", "redirect", "metacopy", "origin", "whiteout", "upper", "nlink", "protattr", "impure")}

        """#

    private static let samples: [Sample] = [
        // Names.
        Sample("pax(path='../evil'); raw('good', b'x')", .refused("`../evil`")),
        Sample("pax(path='a/../../evil'); raw('good', b'x')", .refused("`a/../../evil`")),
        Sample(
            "pax(GNU__sparse__major='1', GNU__sparse__minor='0', GNU__sparse__name='../evil'); raw('g', b'0\\n' * 256)",
            .refused("..")),
        Sample("raw('x', b'../evil\\0', b'L'); raw('good', b'x')", .refused("`../evil`")),
        Sample("pax(path='OUT/evil'); raw('good', b'x')", .contained),
        Sample("pax(path='//OUT//evil'); raw('good', b'x')", .contained),
        Sample("pax(path=b'a\\nb\\x1b[31m'); raw('good', b'x')", .contained),
        Sample("pax(path=b'a\\0/../../evil'); raw('good', b'x')", .harmless),
        Sample("pax(path=''); raw('', b'x')", .harmless),
        Sample("raw('', b'x')", .harmless),
        Sample("pax(path='n' * 256); raw('x', b'x')", .refused("`nnnn")),
        Sample("pax(path='n/' * 3000 + 'x'); raw('x', b'x')", .refused("maximumDepth")),
        Sample("pax(path='/'.join(['n' * 250] * 20)); raw('x', b'x')", .refused("`nnnn")),
        Sample("raw('.', b'x')", .refused("root directory")),
        Sample("add('.', type=SYM, linkname='OUT'); add('evil', b'x')", .refused("root directory")),
        Sample("add('./', type=DIR, mode=0); add('x', b'x')", .contained),
        // Links.
        Sample("add('d/a', b'x'); add('d', type=SYM, linkname='OUT'); add('d/evil', b'x')", .refused("`d/evil`")),
        Sample("add('a/b/c', b'x'); add('a', type=SYM, linkname='OUT'); add('a/b/evil', b'x')", .refused("`a/b/evil`")),
        Sample(
            "for n in range(200): add('d', type=DIR if n % 2 else SYM, linkname='OUT'); add('d/evil%d' % n if n % 2 else 'y', b'')",
            .contained),
        Sample("add('l', type=SYM, linkname='l'); add('l/evil', b'x')", .refused("`l/evil`")),
        Sample(
            "add('a', type=SYM, linkname='b'); add('b', type=SYM, linkname='a'); add('a/evil', b'x')",
            .refused("`a/evil`")),
        Sample("add('p', type=SYM, linkname='/proc/self/cwd'); add('p/evil', b'x')", .refused("`p/evil`")),
        Sample("add('p', type=SYM, linkname='/proc/self/fd/3'); add('p/evil', b'x')", .refused("`p/evil`")),
        Sample(
            "add('l', type=SYM, linkname='OUT/victim'); add('h', type=LNK, linkname='l'); add('h', b'evil')", .contained
        ),
        Sample("add('l', type=SYM, linkname='OUT'); add('h', type=LNK, linkname='l/victim')", .refused("`h`")),
        Sample("add('h', type=LNK, linkname='OUT/victim')", .refused("`h`")),
        Sample("pax(linkpath='OUT/victim'); raw('h', type=b'1', link='h')", .refused("`h`")),
        Sample("pax(linkpath='../../../OUT/victim'); raw('h', type=b'1', link='x')", .refused("..")),
        Sample("add('d', type=DIR); add('h', type=LNK, linkname='d')", .refused("`h`")),
        Sample("add('h', type=LNK, linkname='h')", .harmless),
        Sample("add('h', type=LNK, linkname='.')", .refused("`h`")),
        Sample("add('l', type=SYM, linkname='OUT'); add('l', type=DIR, mode=0o777); add('l/x', b'x')", .contained),
        Sample("add('s', type=SYM, linkname='')", .harmless),
        Sample("add('s', type=SYM, linkname='x' * 5000)", .refused("`s`")),
        // Devices.
        Sample(
            "add('dev', type=DIR); add('dev/x', type=CHR, devmajor=1, devminor=3); add('dev/x/evil', b'x')",
            .refused("`dev/x/evil`")),
        Sample(
            "add('x', type=CHR, devmajor=1, devminor=3); add('x', b'data'); add('x', type=DIR); add('x/y', b'')",
            .contained),
        Sample("add('f', type=FIFO); add('f', b'data'); add('f', type=FIFO); add('f/x', b'')", .refused("`f/x`")),
        // Whiteouts and what overlayfs reads.
        Sample("add('d/.wh...')", .refused("`d/.wh...`")),
        Sample("add('.wh.x', type=DIR); add('.wh.x/evil', b'x')", .refused("`.wh.x/evil`")),
        Sample("add('.wh.x', type=SYM, linkname='OUT')", .contained),
        Sample("add('.wh..wh..opq', type=DIR); add('.wh..wh..opq/x', b'x')", .contained),
        Sample("add('l', type=SYM, linkname='OUT'); add('l/.wh..wh..opq')", .refused("`l/.wh..wh..opq`")),
        Sample("add('l', type=SYM, linkname='OUT'); add('.wh.l'); add('l/evil', b'')", .harmless),
        Sample("add('f', b'x', pax_headers=OVERLAY); add('d', type=DIR, pax_headers=OVERLAY)", .contained),
        // Numbers.
        Sample("raw('f', b'x' * 600, size=b'\\xff' * 12)", .refused("")),
        Sample("raw('f', b'x' * 600, size=b'\\x80' + b'\\xff' * 11)", .refused("")),
        Sample("raw('f', b'x', size=0o77777777777)", .refused("")),
        Sample("raw('f', b'x', mode=b'\\xff' * 8)", .harmless),
        Sample("raw('f', b'x', uid=b'\\xff' * 8)", .harmless),
        Sample("pax(uid='4294967295'); raw('f', b'x')", .refused("owner")),
        Sample("pax(gid='99999999999999999999'); raw('f', b'x')", .refused("owner")),
        Sample("pax(uid='-2'); raw('f', b'x')", .refused("owner")),
        Sample("pax(mtime='99999999999999999999'); raw('f', b'x')", .harmless),
        Sample("pax(size='-5'); raw('f', b'x')", .harmless),
        Sample("pax(size='9999999999999999999999'); raw('f', b'x')", .refused("")),
        Sample("raw('f', b'x', mtime=b'\\x80' + b'\\x7f' * 11)", .harmless),
        Sample("add('c', type=CHR, devmajor=2**21-1, devminor=2**21-1)", .harmless),
        // What describes an entry.
        Sample("raw('x', b'a' * 512, b'L', size=1 << 32); raw('good', b'x')", .refused("")),
        Sample("raw('x', b'a' * (8 << 20), b'L'); raw('good', b'x')", .refused("")),
        Sample("raw('x', b'a' * (8 << 20), b'K'); raw('good', b'x')", .refused("")),
        Sample(
            "raw('x', b'a' * 512, b'x', size=b'\\x80' + b'\\0' * 3 + b'\\x10' + b'\\0' * 7); raw('good', b'x')",
            .refused("")),
        Sample("pax(comment='c' * (8 << 20)); raw('good', b'x')", .refused("")),
        Sample("for n in range(20000): pax(comment='c')\nraw('good', b'x')", .harmless),
        Sample(
            "pax(GNU__sparse__major='1', GNU__sparse__minor='0', GNU__sparse__name='s', GNU__sparse__realsize='9')\nraw('g', b'4000000\\n' + b'0\\n0\\n' * 4000000)",
            .refused("maximumHeaderSize")),
        Sample("pax(GNU__sparse__map='0,1,' * 3000 + '0,1', GNU__sparse__size='1'); raw('g', b'x' * 512)", .harmless),
        Sample("pax(GNU__sparse__map='9223372036854775806,9', GNU__sparse__size='5'); raw('g', b'x' * 9)", .harmless),
    ]

    @Test(.enabled("needs root") { try Requirement.met(.root) }, arguments: samples) func meetsItsFate(_ sample: Sample)
        throws
    {
        for ballast in ["", "add('ballast', __import__('random').Random(1).randbytes(5 << 20))\n"] {
            let fixture = try Fixture()
            let outside = fixture.directory.appending("outside")
            try Files.createDirectory(outside)
            try fixture.write("outside/victim", "v")
            let body = sample.body.replacing("OUT", with: outside.string)
            try fixture.archive("a.tar", "w", Self.prelude + ballast + body)
            try meet(sample, fixture)
            #expect(try Files.names(in: outside) == ["victim"])
            #expect(try fixture.read(outside.appending("victim")) == "v")
            #expect(try fixture.leftovers() == [])
        }
    }

    private func meet(_ sample: Sample, _ fixture: Fixture) throws {
        let error: ImageError
        do {
            let root = try fixture.ensureRootfs("a.tar")
            if case .refused = sample.fate { Issue.record("not refused") }
            if sample.body.contains("OVERLAY") {
                #expect(try fixture.picture(of: root).allSatisfy { !$0.contains("overlay.") })
            }
            return
        } catch let refusal as ImageError {
            error = refusal
        }
        switch sample.fate {
        case .refused(let text): #expect(error.message.contains(text), "\(error)")
        case .contained: Issue.record(error, "refused")
        case .harmless: break
        }
        #expect([.forbiddenEntry, .invalidArchive, .limitExceeded, .systemCall].contains(error.code), "\(error)")
        #expect(error.message.contains("a.tar"), "\(error)")
        #expect(try fixture.store().list() == [])
        #expect(try Files.names(in: fixture.directory.appending("state/content/blobs/sha256")) == [])
        let layers = try Files.names(in: fixture.directory.appending("state/layers"))
        #expect(layers.allSatisfy { $0 == "ingest" || $0 == "unsettled" }, "\(layers)")
    }

    /// Links that lead ever deeper get round the limit on names, not round that on directories.
    @Test func linksDoNotLeadTooDeep() throws {
        let fixture = try Fixture()
        try fixture.archive(
            "a.tar", "w",
            """
            for n in range(20):
                add('/'.join(f'l{k}' for k in range(n)) + f'/l{n}', type=SYM, linkname='a/' * 100 + 'a')
                add('/'.join(f'l{k}' for k in range(n)) + '/' + 'a/' * 101 + 'x', b'x')
            """)
        let error = try imageError { _ = try fixture.ensureRootfs("a.tar") }
        #expect(error.code == .limitExceeded && error.message.contains("maximumDepth"), "\(error)")
        #expect(try fixture.leftovers() == [])
    }

    @Test(arguments: ["gzip", "zstd", "xz", "bzip2"]) func brokenCompressionIsAnError(_ tool: String) throws {
        let fixture = try Fixture()
        try fixture.archive("a.tar", "w", "import os; add('f', os.urandom(6 << 20))")
        try fixture.run("sh", ["-c", "\(tool) -c a.tar > whole"])
        let size = try #require(try Files.status(fixture.directory.appending("whole"))?.size)
        // One thread reads the first, several the rest.
        for (cut, damage) in [(Int64(1000), false), (size / 2, false), (size - 30, false), (size, true)] {
            try fixture.run("sh", ["-c", "head -c \(cut) whole > a"])
            if damage {
                try fixture.run(
                    "sh", ["-c", "printf 'damaged' | dd of=a bs=1 seek=\(size / 3) conv=notrunc 2>/dev/null"])
            }
            let error = try imageError { _ = try fixture.ensureRootfs("a") }
            #expect(error.code == .invalidArchive, "\(tool) at \(cut) of \(size): \(error)")
            #expect(try fixture.leftovers() == [])
        }
    }

    /// Each compression multiplies what few bytes may become.
    @Test(arguments: [["gzip", "gzip"], ["gzip", "xz"], ["zstd", "gzip"], ["gzip", "gzip", "gzip"]])
    func compressionWithinCompressionIsRefused(_ tools: [String]) throws {
        let fixture = try Fixture()
        try fixture.archive("a.tar", "w", "add('f', bytes(1 << 20))")
        try fixture.run("sh", ["-c", "cat a.tar \(tools.map { "| \($0) -c" }.joined(separator: " ")) > a"])
        let error = try imageError { _ = try fixture.ensureRootfs("a") }
        #expect(error.code == .invalidArchive, "\(error)")
        #expect(try fixture.leftovers() == [])
        let target = fixture.directory.appending("target")
        try Files.createDirectory(target)
        let added = try imageError {
            try TarFile(fixture.directory.appending("a"), named: "a").unpack(into: target)
        }
        #expect(added.code == .invalidArchive && added.message.contains("compressed more than once"), "\(added)")
        #expect(try Files.names(in: target).isEmpty)
    }

    /// A FIFO blocks for ever, a device never ends.
    @Test(arguments: ["fifo", "/dev/zero", "/dev/full"])
    func anArchiveIsARegularFile(_ path: String) throws {
        let fixture = try Fixture()
        if path == "fifo" { try Files.createFIFO(fixture.directory.appending("fifo")) }
        let error = try imageError { _ = try fixture.ensureRootfs(path) }
        #expect(error.message.contains("is not a regular file"), "\(error)")
        let tar = try imageError { _ = try TarFile(fixture.directory.pushing(FilePath(path)), named: path).isTar() }
        #expect(tar.message.contains("is not a regular file"))
        #expect(try fixture.leftovers() == [])
    }

    @Test func limitsAreReadFromSettings() throws {
        let decoded = try decode(#"{"maximumEntries": 7, "maximumDepth": 3}"#)
        var expected = ExtractionLimits()
        expected.maximumEntries = 7
        expected.maximumDepth = 3
        #expect(decoded == expected)
        #expect(throws: (any Error).self) { try decode(#"{"maximumRatio": 0}"#) }
        let fixture = try Fixture()
        try fixture.archive("a.tar", "w", "add('a/b/c/f', b''); add('a/b/c/d/f', b'')")
        let error = try imageError { _ = try fixture.ensureRootfs("a.tar", decoded) }
        #expect(error.message.contains("maximumDepth") && error.message.contains("`a/b/c/d/f`"), "\(error)")
    }
}

private func decode(_ text: String) throws -> ExtractionLimits {
    try JSONDecoder().decode(ExtractionLimits.self, from: Data(text.utf8))
}
