import Builder
import Glibc
import LinuxSystem
import SystemPackage
import TestSupport
import Testing

/// Where copies land and what they are then; the expectations are BuildKit's.
@Suite(.timeLimit(.minutes(5)), .enabled("needs root to change owners") { try Requirement.met(.root) }) struct CopyTests
{
    @Test func fileToFileAndToDirectory() throws {
        let fixture = try Fixture()
        try fixture.run("echo a > a; chmod 640 a; touch -d '2001-02-03 04:05:06.789' a; chown 12:34 a")
        #expect(
            try fixture.copy(["a"], to: "/new/dir/b") == """
                new d 755 0:0
                new/dir d 755 0:0
                new/dir/b f 640 0:0

                """)
        #expect(try fixture.read("new/dir/b") == "a\n")
        #expect(try fixture.run("stat -c %.3Y new/dir/b", in: fixture.root) == fixture.run("stat -c %.3Y a"))
        #expect(try fixture.copy(["a"], to: "/new/dir/").contains("new/dir/a f 640 0:0"))
        // A directory that is there needs no slash.
        #expect(try fixture.copy(["a"], to: "/new").contains("new/a f 640 0:0"))
    }

    @Test func directoryGivesItsContent() throws {
        let fixture = try Fixture()
        try fixture.run(
            "mkdir -p d/sub/deep; echo 1 > d/f; echo 2 > d/sub/deep/g; ln -s f d/l; chmod 711 d/sub; chmod 700 d")
        #expect(
            try fixture.copy(["d"], to: "/t") == """
                t d 755 0:0
                t/f f 644 0:0
                t/l l 777 0:0 f
                t/sub d 711 0:0
                t/sub/deep d 755 0:0
                t/sub/deep/g f 644 0:0

                """)
    }

    @Test func existingDirectoriesAreMerged() throws {
        let fixture = try Fixture()
        try fixture.run("mkdir -p d/sub; echo new > d/sub/f; chmod 750 d/sub; chmod 700 d")
        try fixture.run(
            "mkdir -p t/sub; echo old > t/sub/f; echo kept > t/sub/k; chown -R 5:5 t; chmod 771 t t/sub",
            in: fixture.root)
        #expect(
            try fixture.copy(["d/"], to: "/t/") == """
                t d 771 5:5
                t/sub d 750 0:0
                t/sub/f f 644 0:0
                t/sub/k f 644 5:5

                """)
        #expect(try fixture.read("t/sub/f") == "new\n")
    }

    @Test func filesGiveWayToFilesOnly() throws {
        let fixture = try Fixture()
        try fixture.run("mkdir -p d/x; touch d/x/f file; ln -s x/f d/l")
        try fixture.run("mkdir -p t/file; touch t/x notdir; ln -s /etc t/l", in: fixture.root)
        let replaced = try buildError { try fixture.copy(["file"], to: "/t/") }
        #expect(replaced.code == .destinationConflict && replaced.message.contains("`/t/file`"), "\(replaced)")
        let overFile = try buildError { try fixture.copy(["d"], to: "/t") }
        #expect(overFile.code == .destinationConflict && overFile.message.contains("`/t/x`"), "\(overFile)")
        for destination in ["/notdir", "/notdir/", "/notdir/deep"] {
            let error = try buildError { try fixture.copy(["d"], to: destination) }
            #expect(error.code == .destinationConflict && error.message.contains("`/notdir`"), "\(error)")
        }
        #expect(try fixture.copy(["d/l"], to: "/other").contains("other f 644 0:0"))
        try fixture.run("rm t/x", in: fixture.root)
        #expect(try fixture.copy(["d"], to: "/t").contains("t/l l 777 0:0 x/f\n"))
    }

    @Test func linkInThePlaceOfADirectoryIsAConflict() throws {
        let fixture = try Fixture()
        try fixture.run("mkdir -p rootfs/lib; touch rootfs/lib/f")
        try fixture.run("mkdir -p usr/lib; ln -s usr/lib lib", in: fixture.root)
        let error = try buildError { try fixture.copy(["rootfs"], to: "/") }
        #expect(error.code == .destinationConflict && error.message.contains("a symbolic link is in the way"))
    }

    @Test func severalSources() throws {
        let fixture = try Fixture()
        try fixture.run("echo a > a; echo b > b; mkdir d; touch d/f")
        let error = try buildError { try fixture.copy(["a", "b"], to: "/t") }
        #expect(error.code == .destinationConflict && error.message.contains("`/t`") && error.message.contains("slash"))
        #expect(
            try fixture.copy(["a", "b", "d"], to: "/t/") == "t d 755 0:0\nt/a f 644 0:0\nt/b f 644 0:0\nt/f f 644 0:0\n"
        )
        #expect(try fixture.copy(["?"], to: "/w/").contains("w/a f 644 0:0\nw/b f 644 0:0\nw/f f 644 0:0\n"))
    }

    @Test func destinationLinksAreFollowedInsideTheRoot() throws {
        let fixture = try Fixture()
        try fixture.run("echo x > f; mkdir d; echo y > d/g")
        let outside = fixture.directory.appending("outside")
        try Files.createDirectory(outside)
        try fixture.run(
            "mkdir -p srv/app; ln -s /srv/app app; ln -s \(outside) out; ln -s ../../../../.. up; ln -s missing/x dangling; ln -s /srv/app/file link",
            in: fixture.root)
        try fixture.copy(["f"], to: "/app/")
        try fixture.copy(["d"], to: "/app/")
        #expect(try fixture.listing(of: fixture.root.appending("srv/app")) == "f f 644 0:0\ng f 644 0:0\n")
        try fixture.copy(["f"], to: "/out/f")
        #expect(try fixture.listing(of: outside) == "")
        #expect(try fixture.read("\(outside)/f") == "x\n")
        try fixture.copy(["f"], to: "/up/in")
        #expect(try fixture.read("in") == "x\n")
        try fixture.copy(["f"], to: "/dangling/")
        #expect(try fixture.read("missing/x/f") == "x\n")
        // The link itself stays, what it leads to is written.
        try fixture.copy(["f"], to: "/link")
        #expect(try fixture.read("srv/app/file") == "x\n")
        #expect(try fixture.run("readlink link", in: fixture.root) == "/srv/app/file\n")
    }

    @Test func ownerAndMode() throws {
        let fixture = try Fixture()
        try fixture.run(
            "mkdir -p d/s; echo 1 > d/f; ln -s f d/l; touch d/run; chmod 755 d/run; echo 2 > one; chmod 4755 d/s/../run"
        )
        let owned = try fixture.copy(["d"], to: "/a/b/") { $0.owner = FileOwner(user: 5, group: 6) }
        #expect(
            owned == """
                a d 755 5:6
                a/b d 755 5:6
                a/b/f f 644 5:6
                a/b/l l 777 5:6 f
                a/b/run f 4755 5:6
                a/b/s d 755 5:6

                """)
        let moded = try fixture.copy(["d"], to: "/m/") {
            $0.mode = { _, _ in 0o640 }
            $0.directoryMode = 0o640
        }
        #expect(moded.contains("m d 640 0:0\nm/f f 640 0:0\nm/l l 777 0:0 f\nm/run f 640 0:0\nm/s d 640 0:0\n"))
        let symbolic = try fixture.copy(["d"], to: "/s/") { $0.mode = { $0 & 0o7700 | ($1 ? 0o55 : 0) } }
        #expect(symbolic.contains("s/f f 600 0:0\ns/l l 777 0:0 f\ns/run f 4700 0:0\ns/s d 755 0:0\n"))
    }

    @Test func imagesKeepTheirOwners() throws {
        let fixture = try Fixture()
        try fixture.run("mkdir d; touch d/f; chown 7:8 d/f; chown 9:9 d; mkfifo d/p")
        let stage = try SourceTree(root: fixture.context, named: "the stage `build`")
        let selection = try stage.select(FileRequest(sources: ["/d"]), Patterns.language)
        try DestinationRoot(fixture.root).copy(selection, from: stage, CopyOptions(destination: "/t/"))
        #expect(try fixture.listing(of: fixture.root) == "t d 755 0:0\nt/f f 644 7:8\nt/p p 644 0:0\n")
    }

    @Test func parents() throws {
        let fixture = try Fixture()
        try fixture.run("mkdir -p x/y/z; touch x/y/a.txt x/y/z/b.txt; chmod 700 x; touch -d 2001-01-01 x")
        #expect(
            try fixture.copy(["x/y/a.txt", "x/./y/z/*.txt"], to: "/p", keepsParents: true) == """
                p d 755 0:0
                p/x d 700 0:0
                p/x/y d 755 0:0
                p/x/y/a.txt f 644 0:0
                p/y d 755 0:0
                p/y/z d 755 0:0
                p/y/z/b.txt f 644 0:0

                """)
        #expect(try fixture.run("stat -c %Y p/x", in: fixture.root) == fixture.run("stat -c %Y x"))
    }

    @Test func hardLinksHolesAndAttributes() throws {
        let fixture = try Fixture()
        try fixture.run(
            "mkdir -p d/e; echo h > d/a; ln d/a d/e/b; ln d/a d/c; truncate -s 64M d/sparse; printf end >> d/sparse; head -c 300000 /dev/urandom > d/big"
        )
        try fixture.run(
            #"python3 -c "import os; os.setxattr('d/a', 'user.k', b'v'); os.setxattr('d/a', 'security.capability', bytes.fromhex('0100000200200000000000000000000000000000'))""#
        )
        try fixture.copy(["d"], to: "/t")
        let inodes = try fixture.run("stat -c %i t/a t/e/b t/c", in: fixture.root).split(separator: "\n")
        #expect(Set(inodes).count == 1)
        #expect(try fixture.run("stat -c %h t/a", in: fixture.root) == "3\n")
        #expect(Int(try fixture.run("stat -c %b t/sparse", in: fixture.root).dropLast()).map { $0 < 1000 } == true)
        #expect(try Files.read(fixture.root.appending("t/big")) == Files.read(fixture.context.appending("d/big")))
        #expect(try Files.read(fixture.root.appending("t/sparse")) == Files.read(fixture.context.appending("d/sparse")))
        let attributes = try fixture.run(
            #"python3 -c "import os; print(sorted(os.listxattr('t/a')))""#, in: fixture.root)
        #expect(attributes == "['security.capability', 'user.k']\n")
    }

    @Test func namesThatAreNoText() throws {
        let fixture = try Fixture()
        try fixture.run("mkdir d; printf x > \"$(printf 'd/\\377\\376')\"")
        try fixture.copy(["d"], to: "/t")
        #expect(try fixture.run("ls t | od -An -tx1", in: fixture.root).contains("ff fe"))
    }

    @Test func relativeDestinations() {
        func destination(_ path: String) -> String { CopyOptions.destination(path, workingDirectory: "/srv/app") }
        #expect(destination(".") == "/srv/app/")
        #expect(destination("rel") == "/srv/app/rel")
        #expect(destination("rel/") == "/srv/app/rel/")
        #expect(destination("/abs/") == "/abs/")
        #expect(destination("../x/./y") == "/srv/x/y")
        #expect(destination("../../../..") == "/")
        #expect(CopyOptions.destination("./", workingDirectory: "/") == "/")
    }

    @Test func manyFilesOnAllProcessors() throws {
        let fixture = try Fixture()
        try fixture.run(
            "for d in 1 2 3 4 5; do mkdir -p m/$d/s; for i in $(seq 200); do echo $d$i > m/$d/$i; echo $i > m/$d/s/$i; done; done"
        )
        try fixture.copy(["."], to: "/")
        #expect(try fixture.run("diff -r m ../root/m && find ../root/m | wc -l").hasSuffix("2011\n"))
    }
}
