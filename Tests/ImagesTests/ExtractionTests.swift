import Glibc
import Images
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct ExtractionTests {
    @Test(.enabled("needs root") { try Requirement.met(.root) }) func keepsTypesModesTimesAndNames() throws {
        let fixture = try Fixture()
        let long = String(repeating: "n", count: 180)
        try fixture.archive(
            "a.tar.gz", "w:gz",
            """
            add("./", type=DIR, mode=0o711, mtime=5)
            add("d", type=DIR, mode=0o1777, mtime=1000.5, uid=7, gid=8)
            add("d/su", b"hello", mode=0o4755, mtime=1234567890.123456789, uid=70000, gid=3000000)
            add("d/hard", type=LNK, linkname="d/su")
            add("d/link", type=SYM, linkname="/absolute/../target")
            add("d/fifo", type=FIFO, mode=0o640)
            add("d/null", type=CHR, devmajor=1, devminor=3, mode=0o666)
            add("d/\(long)/\(long)", b"x", mode=0o600)
            add("d/grüße", b"utf8")
            add("d/caps", b"c", pax_headers={"SCHILY.xattr.user.k": "v", "SCHILY.xattr.trusted.overlay.redirect": "/x"})
            """)
        let root = try fixture.ensureRootfs("a.tar.gz")
        #expect(
            try fixture.run(
                "stat",
                ["-c", "%n %a %u:%g %F %Y", "d", "d/su", "d/fifo", "d/null"].map {
                    $0.hasPrefix("d") ? root.appending($0).string : $0
                }
            ).replacing(root.string + "/", with: "") == """
                d 1777 7:8 directory 1000
                d/su 4755 70000:3000000 regular file 1234567890
                d/fifo 640 0:0 fifo 0
                d/null 666 0:0 character special file 0

                """)
        #expect(try fixture.run("stat", ["-c", "%t:%T", root.appending("d/null").string]) == "1:3\n")
        #expect(try fixture.run("stat", ["-c", "%a %Y", root.string]) == "711 5\n")
        #expect(try fixture.run("stat", ["-c", "%.9Y", root.appending("d/su").string]).hasPrefix("1234567890.12345"))
        #expect(try Files.status(root.appending("d/hard"))?.inode == Files.status(root.appending("d/su"))?.inode)
        #expect(try fixture.run("readlink", [root.appending("d/link").string]) == "/absolute/../target\n")
        #expect(try fixture.read(root.appending("d/\(long)/\(long)")) == "x")
        #expect(try fixture.read(root.appending("d/grüße")) == "utf8")
        let attributes = try fixture.run(
            "python3",
            [
                "-c", "import os, sys; f = sys.argv[1]; print({k: os.getxattr(f, k) for k in os.listxattr(f)})",
                root.appending("d/caps").string,
            ])
        #expect(attributes == "{'user.k': b'v'}\n")
        #expect(try fixture.leftovers() == [])
    }

    @Test(arguments: ["w", "w:gz", "w:bz2", "w:xz"]) func readsEveryCompression(_ mode: String) throws {
        let fixture = try Fixture()
        try fixture.archive("a.tar", mode, #"add("f", b"data" * 100000)"#)
        #expect(try Files.status(fixture.ensureRootfs("a.tar").appending("f"))?.size == 400_000)
        let image = try #require(try fixture.store().lookup(fixture.reference("rootfs:a.tar")))
        #expect(image.configuration.diffIDs.count == 1)
    }

    @Test func readsZstandard() throws {
        let fixture = try Fixture()
        try fixture.archive("a.tar", "w", #"add("f", b"data" * 100000)"#)
        try fixture.run("bsdtar", ["--zstd", "-cf", "a.zst", "@a.tar"])
        #expect(try Files.status(fixture.ensureRootfs("a.zst").appending("f"))?.size == 400_000)
    }

    @Test func keepsHoles() throws {
        let fixture = try Fixture()
        try fixture.run("truncate", ["-s", "64M", "sparse"])
        try fixture.run("sh", ["-c", "printf end >> sparse; tar -cSf a.tar --format=posix sparse"])
        let root = try fixture.ensureRootfs("a.tar")
        #expect(try Files.status(root.appending("sparse"))?.size == 64 << 20 + 3)
        let blocks = try fixture.run("stat", ["-c", "%b", root.appending("sparse").string])
        #expect(Int(blocks.dropLast()).map { $0 < 100 } == true)
    }

    @Test(.enabled("needs root") { try Requirement.met(.root) }) func laterEntriesReplaceEarlierOnes() throws {
        let fixture = try Fixture()
        try fixture.archive(
            "a.tar", "w",
            """
            add("x", type=DIR); add("x/in", b"1"); add("x", b"file")
            add("y", b"file"); add("y", type=DIR); add("y/in", b"2")
            add("z", b"old"); add("h", type=LNK, linkname="z"); add("z", b"new")
            """)
        let root = try fixture.ensureRootfs("a.tar")
        #expect(try fixture.read(root.appending("x")) == "file")
        #expect(try fixture.read(root.appending("y/in")) == "2")
        #expect(try fixture.read(root.appending("z")) == "new")
        #expect(try fixture.read(root.appending("h")) == "old")
    }

    @Test(.enabled("needs root to mount an overlay") { try Requirement.met(.root) })
    func whiteoutsHideLowerFilesInAMount() throws {
        let fixture = try Fixture()
        try fixture.archive(
            "low.tar", "w",
            """
            for n in ("gone", "kept", "swap/old", "opaque/old", "both/old"): add(n, n.encode())
            """)
        try fixture.archive(
            "top.tar", "w",
            """
            add(".wh.gone"); add(".wh.swap"); add("swap", type=DIR, mode=0o755); add("swap/new", b"n")
            add("opaque", type=DIR, mode=0o755); add("opaque/.wh..wh..opq"); add("opaque/new", b"n")
            add("both/new", b"n"); add(".wh.both"); add(".wh..wh.plnk/x", b"aufs")
            """)
        let low = try fixture.ensureRootfs("low.tar")
        let top = try fixture.ensureRootfs("top.tar")
        for name in ["upper", "work", "merged"] { try Files.createDirectory(fixture.directory.appending(name)) }
        let merged = fixture.directory.appending("merged")
        // /tmp is an ordinary file system here; the mount is undone before the directory goes.
        try Mounts.overlay(
            lowers: [top, low], upper: fixture.directory.appending("upper"), work: fixture.directory.appending("work"),
            at: merged)
        defer { _ = try? Mounts.unmount(merged) }
        let files = try fixture.run("sh", ["-c", "cd merged && find . -type f | LC_ALL=C sort"])
        #expect(files == "./both/new\n./kept\n./opaque/new\n./swap/new\n")
    }
}
