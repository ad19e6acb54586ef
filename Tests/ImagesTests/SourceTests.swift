import FoundationEssentials
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

@testable import Images

@Suite(.timeLimit(.minutes(8))) struct SourceTests {
    @Test(.enabled("needs root") { try Requirement.met(.root) }) func busyboxRunsByItself() throws {
        let fixture = try Fixture()
        let store = try fixture.store()
        let clock = ContinuousClock()
        var image: Image?
        let first = try clock.measure { image = try store.ensure(.bootstrapBusybox) }
        let second = clock.measure { #expect(throws: Never.self) { try store.ensure(.bootstrapBusybox) } }
        #expect(second < first)
        print("busybox: first \(first), second \(second)")
        let root = try #require(image?.layerDirectories.first)
        #expect(image?.configuration.config.command == ["sh"])
        #expect(
            try fixture.run("chroot", [root.string, "/bin/sh", "-c", "id -un; ls -d /tmp; cat /etc/group | wc -l"])
                == "root\n/tmp\n5\n")
        #expect(try Files.status(root.appending("tmp"))?.mode == 0o1777)
        #expect(try fixture.leftovers() == [])
        let other = try ImageStore(fixture.directory.appending("other"))
        #expect(try other.ensure(.bootstrapBusybox).id == image?.id, "the same busybox must give the same image")
    }

    @Test func layerIsATrueTar() throws {
        let fixture = try Fixture()
        let image = try fixture.store().ensure(.bootstrapBusybox)
        let diffID = try #require(image.configuration.diffIDs.first)
        let blob = fixture.directory.appending("state/content/blobs/sha256/\(diffID.hex)")
        #expect(try fixture.run("sha256sum", [blob.string]).hasPrefix(diffID.hex))
        #expect(try fixture.run("tar", ["-tvf", blob.string]).contains("bin/sh -> /bin/busybox"))
    }

    @Test func rootfsDirectoryKeepsEverythingAndIsSeenToChange() throws {
        let fixture = try Fixture()
        try fixture.run(
            "sh",
            [
                "-c",
                """
                mkdir -p r/a/b && echo one > r/a/f && ln r/a/f r/a/g && ln -s f r/a/l && mkfifo r/p && chmod 4711 r/a/f
                python3 -c "import os; os.setxattr('r/a/f', 'user.x', b'y')"; touch -d '2001-02-03 04:05:06.123456789' r/a/f r/a/b
                chown 1234:4321 r/a/b; mknod r/n c 1 3; printf x > "r/$(printf 'n%.0s' $(seq 150))é"
                """,
            ])
        let show = "cd \"$0\" && find . -printf '%p %m %U:%G %T@ %l %y %n\\n' | sort && cat a/f && "
        let list = ["-c", show + "python3 -c \"import os; print(os.getxattr('a/f', 'user.x'))\""]
        let before = try fixture.run("sh", list + ["r"])
        let store = try fixture.store()
        let image = try store.ensure(fixture.reference("rootfs:r"))
        let root = try #require(image.layerDirectories.first)
        #expect(try fixture.run("sh", list + [root.string]) == before)
        #expect(try store.ensure(fixture.reference("rootfs:r")) == image)
        try fixture.run("sh", ["-c", "echo two > r/a/b/deep"])
        let changed = try store.ensure(fixture.reference("rootfs:r"))
        #expect(changed.id != image.id)
        #expect(try fixture.read(#require(changed.layerDirectories.first).appending("a/b/deep")) == "two\n")
    }

    @Test func layoutIsReadBack() throws {
        let fixture = try Fixture()
        try fixture.archive("a.tar.gz", "w:gz", "add('f', b'one')")
        let original = try fixture.store().ensure(fixture.reference("rootfs:a.tar.gz"))
        try fixture.run("sh", ["-c", "tar -C state/content -czf layout.tar.gz oci-layout index.json blobs"])
        let other = try ImageStore(fixture.directory.appending("other"))
        let direct = try other.ensure(fixture.reference("oci:state/content"))
        let archived = try other.ensure(fixture.reference("oci-archive:layout.tar.gz"))
        #expect(direct.manifestDigest == original.manifestDigest && archived.manifestDigest == original.manifestDigest)
        #expect(direct.layerDirectories == archived.layerDirectories)
        #expect(try fixture.read(#require(direct.layerDirectories.first).appending("f")) == "one")
        #expect(try other.list().map(\.reference).count == 2)
        try fixture.archive("b.tar", "w", "add('f', b'two')")
        _ = try fixture.store().ensure(fixture.reference("rootfs:b.tar"))
        let ambiguous = try imageError { _ = try other.ensure(fixture.reference("oci:state/content")) }
        #expect(ambiguous.code == .ambiguous && ambiguous.message.contains("b.tar"))
        let missing = try imageError { _ = try other.ensure(fixture.reference("oci:state/content:nope")) }
        #expect(missing.code == .sourceMissing && missing.message.contains("`nope`"))
    }

    @Test func wrongBlobsAreFound() throws {
        let fixture = try Fixture()
        try fixture.archive("a.tar", "w", "add('f', b'one')")
        let original = try fixture.store().ensure(fixture.reference("rootfs:a.tar"))
        let diffID = try #require(original.configuration.diffIDs.first)
        let blob = "state/content/blobs/sha256/\(diffID.hex)"
        try fixture.run("sh", ["-c", "sed -i s/one/two/ \(blob)"])
        let other = try ImageStore(fixture.directory.appending("other"))
        let error = try imageError { _ = try other.ensure(fixture.reference("oci:state/content")) }
        #expect(error.code == .digestMismatch && error.message.contains(diffID.hex))
        #expect(try Files.names(in: fixture.directory.appending("other/layers")) == ["ingest"])
        #expect(try Files.names(in: fixture.directory.appending("other/layers/ingest")) == ["gate"])
        #expect(try Files.names(in: fixture.directory.appending("other/content/blobs/sha256")) == [])
        try fixture.run("rm", [blob])
        #expect(try imageError { _ = try other.ensure(fixture.reference("oci:state/content")) }.code == .sourceMissing)
    }

    private static let save = """
        import hashlib, io, json, os, tarfile
        def layer(text):
            b = io.BytesIO(); t = tarfile.open(fileobj=b, mode="w")
            i = tarfile.TarInfo("f-" + text); i.size = len(text); t.addfile(i, io.BytesIO(text.encode())); t.close()
            return b.getvalue()
        def put(t, name, data):
            i = tarfile.TarInfo(name); i.size = len(data); t.addfile(i, io.BytesIO(data))
        one, two = layer("one"), layer("two")
        ids = ["sha256:" + hashlib.sha256(x).hexdigest() for x in (one, two, one)]
        config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["x"]},
            "rootfs": {"type": "layers", "diff_ids": IDS}}).encode()
        t = tarfile.open("save.tar", "w")
        put(t, "a/layer.tar", one); put(t, "b/layer.tar", two)
        i = tarfile.TarInfo("c/layer.tar"); i.type = tarfile.SYMTYPE; i.linkname = LINK; t.addfile(i)
        put(t, "c.json", config)
        put(t, "manifest.json", json.dumps([{"Config": "c.json", "RepoTags": ["me/app:1"],
            "Layers": ["a/layer.tar", "b/layer.tar", "c/layer.tar"]}]).encode())
        t.close()
        """

    @Test func dockerArchiveWithLinkedLayers() throws {
        let fixture = try Fixture()
        let script = Self.save.replacing("IDS", with: "ids").replacing("LINK", with: "'../a/layer.tar'")
        try fixture.run("python3", ["-"], input: script)
        let image = try fixture.store().ensure(fixture.reference("docker-archive:save.tar"))
        #expect(image.configuration.config.command == ["x"] && image.configuration.diffIDs.count == 3)
        #expect(image.layerDirectories.count == 2, "an overlay cannot have one lower twice")
        #expect(try image.layerDirectories.map { try Files.names(in: $0) } == [["f-one"], ["f-two"]])
        #expect(try fixture.store().ensure(fixture.reference("docker-archive:save.tar:1")).id == image.id)
        #expect(
            try imageError { _ = try fixture.store().ensure(fixture.reference("docker-archive:save.tar:2")) }.message
                .contains("me/app:1"))
        #expect(try fixture.leftovers() == [])
    }

    @Test func dockerArchiveThatLies() throws {
        let fixture = try Fixture()
        try fixture.run(
            "python3", ["-"],
            input: Self.save.replacing("IDS", with: "ids[::-1][1:] + ids[:1]").replacing(
                "LINK", with: "'../a/layer.tar'"))
        #expect(
            try imageError { _ = try fixture.store().ensure(fixture.reference("docker-archive:save.tar")) }.code
                == .digestMismatch)
        try fixture.run(
            "python3", ["-"],
            input: Self.save.replacing("IDS", with: "ids")
                .replacing("LINK", with: "'/../../../../../../../../../etc/hostname'"))
        #expect(throws: ImageError.self) { try fixture.store().ensure(fixture.reference("docker-archive:save.tar")) }
        #expect(try fixture.leftovers() == [])
    }

    @Test func registryImagesAreNotPulled() throws {
        let fixture = try Fixture()
        let error = try imageError { _ = try fixture.store().ensure(fixture.reference("nginx:1.25")) }
        #expect(error.code == .notPulled && error.message.contains("docker.io/library/nginx:1.25"))
    }

    @Test(.enabled("needs root") { try Requirement.met(.root, .network) }, .timeLimit(.minutes(5))) func debianIsBuilt()
        throws
    {
        let fixture = try Fixture()
        let messages = Messages()
        let image = try fixture.store().ensure(fixture.reference("bootstrap:debian/bookworm")) { messages.note($0) }
        let root = try #require(image.layerDirectories.first)
        #expect(try fixture.run("chroot", [root.string, "/bin/bash", "-c", "cat /etc/debian_version"]).hasPrefix("12"))
        #expect(image.configuration.config.command == ["bash"])
        #expect(messages.count > 3)
        #expect(try fixture.store().ensure(fixture.reference("bootstrap:debian/bookworm")) == image)
    }

    /// Two machines make the same image of one lock, also when the first one made it without; and one whose packages are gone
    /// says which.
    @Test(.enabled("needs root") { try Requirement.met(.root, .network) }, .timeLimit(.minutes(8)))
    func aLockedDebianIsTheSameEverywhere() throws {
        let name = "bootstrap:debian/bookworm?variant=essential"
        let fixture = try Fixture()
        let first = try fixture.store().ensure(fixture.reference(name)) { _ in }
        let digest = try #require(first.manifestDigest)
        let packages = try DebianPackages.installed(in: try #require(first.layerDirectories.first))
        #expect(packages.count > 20 && packages["libc6"]?.hasPrefix("2.36") == true, "\(packages)")
        let pinned = try fixture.reference("\(name)@\(digest)")
        #expect(try fixture.store().lookup(pinned)?.id == first.id, "it is the locked one already")

        let other = try ImageStore(fixture.directory.appending("other"))
        let lock = DebianLock(digest: digest, packages: packages)
        let second = try other.ensure(pinned, debian: lock)
        #expect(second.manifestDigest == digest && second.id == first.id)
        #expect(try Files.names(in: fixture.directory.appending("other")).allSatisfy { !$0.hasPrefix(".pins") })

        let third = try ImageStore(fixture.directory.appending("third"))
        let gone = DebianLock(digest: digest, packages: packages.merging(["libc6": "2.36-0"]) { $1 })
        let error = try imageError { _ = try third.ensure(pinned, debian: gone) }
        #expect(
            error.message.hasPrefix(
                "\(name) is locked with `libc6` 2.36-0, and the archive has \(packages["libc6"] ?? "") now"),
            "\(error)")
        #expect(error.message.contains("`trice upgrade`") && error.message.contains("`debianSnapshots`"))
        #expect(try third.list() == [])
    }

    @Test func packagesAreReadFromTheFileOfDpkg() {
        let text = """
            Package: libc6
            Status: install ok installed
            Architecture: amd64
            Version: 2.36-9
            Description: GNU C Library
             Version: 9
            Conffiles:
             /etc/ld.so.conf x

            Package: old
            Status: deinstall ok config-files
            Version: 1

            Package: last
            Status: hold ok installed
            Version: 1:2~3
            """
        #expect(DebianPackages.parse(text) == ["libc6": "2.36-9", "last": "1:2~3"])
        #expect(DebianPackages.parse("") == [:])
        let locked = ["a": "1", "b": "2"]
        #expect(DebianPackages.difference(locked: locked, found: locked) == nil)
        #expect(
            DebianPackages.difference(locked: locked, found: ["a": "1", "b": "3"])
                == "is locked with `b` 2, and the archive has 3 now")
        #expect(
            DebianPackages.difference(locked: locked, found: ["b": "2", "c": "1"])
                == "is locked with `a` 1, which the archive does not have any more (and 1 more differ)")
        #expect(
            DebianPackages.difference(locked: locked, found: ["a": "1", "b": "2", "c": "1"])
                == "needs `c` 1 now, which the lock does not have")
    }

    @Test(.timeLimit(.minutes(2))) func debianThatFailsSaysWhy() throws {
        let fixture = try Fixture()
        let error = try imageError { _ = try fixture.store().ensure(fixture.reference("bootstrap:debian/nosuchsuite")) }
        #expect(error.code == .programFailed && error.message.contains("nosuchsuite"), "\(error)")
        #expect(try fixture.leftovers() == [])
        #expect(try fixture.store().list() == [])
    }
}
