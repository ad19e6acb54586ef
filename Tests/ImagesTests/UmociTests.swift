import Glibc
import Images
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

/// The same layers unpacked by umoci and by us, mounted as a container would see them, give the same tree.
///
/// Differences that are known and meant:
/// - A directory that a layer only implies by what lies in it is 0755, root's and new in that layer, as Docker and
///   podman have it: a layer is unpacked alone and shared by images that have other layers below it. umoci unpacks
///   one on the other and finds the lower directory. The layers here name their directories, as builders do.
/// - umoci refuses overlayfs's own attributes or keeps them as they are; here they are left out, for in a layer they
///   would be orders to the kernel.
/// - An attribute with an empty value is kept here; the pax reader of Go takes an empty value for none.
/// - The link count of a file of which an upper layer replaced a name still counts that name in an overlay.
/// - GNU tar's old sparse files are an unknown type to umoci 0.4.7: there the reference is GNU tar.
/// - A character device 0:0 is a file for umoci; overlayfs takes it for a whiteout.
@Suite(.timeLimit(.minutes(2)), .enabled("needs root and umoci") { try Requirement.met(.root, .umoci) })
struct UmociTests {
    /// Layers, lowest first, by scripts that write their tars as `t`.
    struct Sample: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var layers: [String]
    }

    private static let samples: [Sample] = [
        Sample(
            testDescription: "kinds, modes, owners and times",
            layers: [
                """
                add("d/", type=DIR, mode=0o1777, mtime=1000.123456789, uid=7, gid=8)
                add("d/suid", b"s", mode=0o4755, uid=1000, gid=1000, pax_headers={"mtime": "1234567890.987654321"})
                add("d/sgid", b"s", mode=0o2711, uid=70000, gid=3000000)
                add("g/", type=DIR, mode=0o2755, gid=50)
                add("g/in", b"in", mode=0o640, uid=1, gid=2)
                add("g/root", b"in", mode=0o7777)
                add("none", b"", mode=0)
                add("old", b"o", pax_headers={"mtime": "-1.5"})
                add("huge-id", b"o", uid=4294967293, gid=4294967292)
                add("link", type=SYM, linkname="/absolute/../target", uid=3, gid=4, mtime=77)
                add("self", type=SYM, linkname="self")
                add("fifo", type=FIFO, mode=0o620, uid=5)
                add("char", type=CHR, devmajor=1, devminor=3, mode=0o666)
                add("block", type=tarfile.BLKTYPE, devmajor=259, devminor=70000, mode=0o660, gid=6)
                add("b/", type=DIR); add("b/one", b"1"); add("c/", type=DIR)
                add("c/two", type=LNK, linkname="b/one"); add("three", type=LNK, linkname="c/two")
                add("linklink", type=LNK, linkname="link")
                """
            ]),
        Sample(
            testDescription: "extended attributes",
            layers: [
                """
                def x(**kv): return {"SCHILY.xattr." + k.replace("__", "."): v for k, v in kv.items()}
                cap = bytes([1,0,0,2, 0,4,0,0, 0,0,0,0, 0,0,0,0, 0,0,0,0]).decode("latin1")
                add("f", b"f", mode=0o755, uid=9, pax_headers=x(user__k="v", security__capability=cap))
                add("d/", type=DIR, pax_headers=x(user__dir="d", trusted__t="root's"))
                add("big", b"f", pax_headers=x(user__big="y" * 3000))
                """
            ]),
        Sample(
            testDescription: "names",
            layers: [
                """
                n = "n" * 255
                add(n, b"255")
                for depth in range(1, 9): add("/".join([n[:200]] * depth) + "/", type=DIR)
                add("/".join([n[:200]] * 8) + "/end", b"deep")
                add("far", type=SYM, linkname="t/" * 600)
                add("a b\\nc\\t'\\"\\\\", b"odd")
                add("gr\u{fc}\u{df}e-\u{1F600}", b"utf8")
                add("./dot/./x", b"dot") if False else add("./dotted", b"dot")
                """,
                """
                import os
                t.encoding = "latin1"; t.format = tarfile.GNU_FORMAT
                add("latin-\\xe9\\xff", b"not utf8"); add("\\xff" * 120, b"long not utf8")
                add("l" * 150, type=SYM, linkname="\\xfe" * 150)
                """,
            ]),
        Sample(
            testDescription: "layers",
            layers: [
                """
                def d(n, **f): add(n + "/", type=DIR, mode=0o755, **f)
                for n in ("gone", "kept"): add(n, n.encode(), mtime=3)
                for n in ("gonedir", "opaque", "both", "swap", "tofile", "deep", "deep/er"):
                    d(n); add(n + "/old", n.encode())
                add("todir", b"f"); add("tolink", b"f"); d("linkdir"); add("linkdir/x", b"x"); add("rewritten", b"1" * 5000)
                add("one", b"1"); add("two", type=LNK, linkname="one"); add("three", type=LNK, linkname="one")
                """,
                """
                def d(n, **f): add(n + "/", type=DIR, mode=0o755, **f)
                add(".wh.gone"); add(".wh.gonedir"); d("opaque", mtime=9); add("opaque/.wh..wh..opq"); add("opaque/new", b"n")
                d("deep"); d("deep/er"); add("deep/er/.wh.old"); add("tofile", b"file"); d("todir"); add("todir/in", b"in")
                add("tolink", type=SYM, linkname="kept"); add("linkdir", type=SYM, linkname="opaque")
                add("rewritten", b"2", mode=0o600, uid=4); add("two", b"alone"); add(".wh.swap"); d("swap"); add("swap/n", b"n")
                """,
                """
                def d(n, **f): add(n + "/", type=DIR, mode=0o700, **f)
                add("gone", b"back"); d("gonedir"); add("gonedir/new", b"n"); d("opaque", uid=3); add("opaque/.wh.new")
                add("opaque/newer", b"n"); add(".wh.tofile"); add(".wh.never"); d("both"); add("both/.wh.old")
                """,
            ]),
    ]

    private func umociPicture(_ fixture: Fixture, _ tars: [String]) throws -> [String] {
        try fixture.layout("reference", tars, .gzip)
        try fixture.run("umoci", ["unpack", "--image", "reference:latest", "bundle"])
        return try fixture.picture(of: fixture.directory.appending("bundle/rootfs"))
    }

    private func comparesEqual(
        _ fixture: Fixture, _ tars: [String], _ reference: [String], _ comment: Comment
    ) throws {
        func comparable(_ lines: [String]) -> [String] {
            tars.count == 1 ? lines : lines.map { $0.replacing(#/ links=\d+/#, with: "") }
        }
        let expected = comparable(reference)
        #expect(expected.count > 2, comment)
        for packing in Fixture.Packing.allCases {
            try fixture.layout("layout-\(packing)", tars, packing)
            let store = try ImageStore(fixture.directory.appending("state-\(packing)"))
            let image = try store.ensure(fixture.reference("oci:layout-\(packing):latest"))
            let found = comparable(try fixture.mounted(image) { try fixture.picture(of: $0) })
            for (ours, theirs) in zip(found, expected) where ours != theirs {
                Issue.record("\(comment), \(packing):\n  ours   \(ours)\n  umoci  \(theirs)")
            }
            #expect(found.count == expected.count, comment)
        }
    }

    @Test(arguments: samples) func sameTree(_ sample: Sample) throws {
        let fixture = try Fixture()
        var tars: [String] = []
        for (index, script) in sample.layers.enumerated() {
            tars.append("layer-\(index).tar")
            try fixture.archive("layer-\(index).tar", "w", script)
        }
        try comparesEqual(fixture, tars, umociPicture(fixture, tars), "\(sample.testDescription)")
    }

    /// What GNU tar and bsdtar write: sparse files of all kinds, long names, owners.
    @Test(arguments: [
        "tar --format=gnu -S", "tar --format=posix --sparse-version=0.0 -S",
        "tar --format=posix --sparse-version=0.1 -S",
        "tar --format=posix --sparse-version=1.0 -S", "tar --format=posix --xattrs --xattrs-include=*",
        "tar --format=gnu",
        "bsdtar --format=pax", "bsdtar --format=gnutar",
    ]) func sameTreeFromTools(_ tool: String) throws {
        let fixture = try Fixture()
        try fixture.run(
            "sh",
            [
                "-c",
                """
                mkdir tree && cd tree
                truncate -s 9M holes && printf a | dd of=holes bs=1 seek=3000000 conv=notrunc 2>/dev/null
                printf end >> holes; truncate -s 1M empty; printf start > tail; truncate -s 2M tail
                python3 -c "
                f = open('many', 'wb')
                for n in range(60):
                    f.seek(n * 65536); f.write(bytes([n]) * 4096)"
                d=$(printf 'd%.0s' $(seq 120)); mkdir -p $d/$d; echo long > $d/$d/$(printf 'f%.0s' $(seq 200))
                echo x > f; ln f $d/hard; ln -s "$d/$d" link; chown 1234:4321 f; chmod 4750 f; mkfifo p; mknod c c 10 200
                touch -h -d '2011-12-13 14:15:16.123456789' link f; touch -d @99.5 $d
                cd .. && \(tool) -C tree -cf a.tar .
                """,
            ])
        let reference: [String]
        if tool == "tar --format=gnu -S" {
            try fixture.run("sh", ["-c", "mkdir plain && tar -C plain -xpf a.tar"])
            reference = try fixture.picture(of: fixture.directory.appending("plain"))
        } else {
            reference = try umociPicture(fixture, ["a.tar"])
        }
        try comparesEqual(fixture, ["a.tar"], reference, "\(tool)")
    }
}
