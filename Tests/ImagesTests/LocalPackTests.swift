import FoundationEssentials
import Glibc
import Images
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

let hasOtherTools = Files.exists("/usr/bin/umoci") && Files.exists("/usr/bin/skopeo")

@Suite(
    .timeLimit(.minutes(2)),
    .enabled("needs root for owners, devices and trusted attributes") { try Requirement.met(.root) })
struct LocalPackTests {
    /// An image of one adopted layer, under a name.
    private func adopted(_ local: LocalImages, _ upper: FilePath, _ name: String) throws -> LocalImage {
        let step = ImageStep(createdBy: "make", created: "2001-02-03T04:05:06Z")
        return try local.commit(base: .empty(for: .host), layer: local.adopt(upper), step: step, named: name)
    }

    private func manifest(_ descriptor: Descriptor, in content: ContentStore) throws -> Manifest {
        try JSONDecoder().decode(Manifest.self, from: Data(content.read(descriptor)))
    }

    @Test func packedLayerUnpacksToTheSameTreeAndPacksToTheSameDigest() throws {
        let fixture = try Fixture()
        let local = try fixture.local()
        let image = try adopted(local, fixture.upper("upper"), "one")
        let descriptor = try local.pack("one")
        let layer = try #require(image.layers.first?.name)
        let packed = try #require(try local.records.layer(named: layer)?.packed)
        let content = local.store.content
        #expect(packed.blob.mediaType == .layerGzip)
        #expect(try manifest(descriptor, in: content).layers == [packed.blob])
        try local.store.layers.unpack(
            blob: content.path(of: packed.blob.digest), digest: packed.blob.digest, diffID: packed.diffID)
        let again = local.store.layers.directory(of: packed.diffID)
        let first = local.store.layers.directory.appending(layer.text)
        let (was, became) = try (fixture.describe(first), fixture.describe(again))
        #expect(Set(was.split(separator: "\n")).symmetricDifference(became.split(separator: "\n")) == [])
        // Elsewhere, and by another directory, the same bytes.
        let other = try LocalImages(ImageStore(fixture.directory.appending("other")), records: MemoryRecords())
        _ = try adopted(other, again, "two")
        #expect(try other.pack("two").digest == descriptor.digest)
    }

    @Test func identityDoesNotChangeWithPackingAndCompression() throws {
        let fixture = try Fixture()
        let local = try fixture.local()
        let image = try adopted(local, fixture.upper("upper"), "one")
        let layer = try #require(image.layers.first?.name)
        #expect(try local.load("one")?.id == image.id)
        let plain = try local.pack("one", compression: .none)
        #expect(try local.load("one")?.id == image.id)
        let packed = try #require(try local.records.layer(named: layer)?.packed)
        #expect(packed.blob.mediaType == .layer && packed.blob.digest == packed.diffID)
        #expect(try local.pack("one", compression: .gzip(level: 9)) == plain, "a layer is packed once")
        // A blob that was collected is made again.
        try Files.remove(local.store.content.path(of: packed.blob.digest))
        _ = try local.pack("one", compression: .gzip(level: 1))
        let repacked = try #require(try local.records.layer(named: layer)?.packed)
        #expect(repacked.diffID == packed.diffID && repacked.blob.mediaType == .layerGzip)
        let blob = local.store.content.path(of: repacked.blob.digest)
        #expect(try fixture.run("sh", ["-c", "gzip -dc \(blob) | sha256sum"]).hasPrefix(packed.diffID.hex))
        #expect(try fixture.run("sh", ["-c", "head -c 8 \(blob) | od -An -tx1"]).hasPrefix(" 1f 8b 08 00 00 00 00 00"))
        // A layer whose directory is lost comes back from its blob.
        try Files.removeTree(local.store.layers.directory.appending(layer.text))
        let loaded = try #require(try local.load("one"))
        #expect(loaded.id == image.id && loaded.layerDirectories == [local.store.layers.directory(of: packed.diffID)])
        #expect(Files.exists(loaded.layerDirectories[0].appending("a/file")))
    }

    @Test func capturedLayerIsPackedAndUnpacksWhenItIsLoaded() throws {
        let fixture = try Fixture()
        let local = try fixture.local()
        let upper = try fixture.upper("upper")
        let described = try fixture.describe(upper)
        let name = try local.capture(upper)
        #expect(try fixture.describe(upper) == described)
        #expect(!Files.exists(local.store.layers.directory.appending(name.text)))
        let record = try #require(try local.records.layer(named: name))
        #expect(record.size == Int64(300_020 + 5 << 20) && record.packed?.blob.mediaType == .layer)
        let step = ImageStep(created: "2001-02-03T04:05:06Z")
        try local.commit(base: .empty(for: .host), layer: name, step: step, named: "one")
        let image = try #require(try local.load("one"))
        #expect(try fixture.describe(image.layerDirectories[0]) == described)
        // The same tree taken in another way is the same image to others.
        let digest = try local.pack("one", compression: .none).digest
        try local.commit(base: .empty(for: .host), layer: local.snapshot(upper), step: step, named: "two")
        #expect(try local.pack("two", compression: .none).digest == digest)
        try local.commit(base: .empty(for: .host), layer: local.adopt(upper), step: step, named: "three")
        #expect(try local.pack("three", compression: .none).digest == digest)
    }

    @Test func tarHasWhiteoutsFirstAndNothingOfOverlay() throws {
        let fixture = try Fixture()
        let local = try fixture.local()
        let image = try adopted(local, fixture.upper("upper"), "one")
        try local.pack("one", compression: .none)
        let layer = try #require(image.layers.first?.name)
        let packed = try #require(try local.records.layer(named: layer)?.packed)
        let blob = local.store.content.path(of: packed.blob.digest)
        let listed = try fixture.run(
            "python3",
            [
                "-c",
                """
                import sys, tarfile
                for m in tarfile.open(sys.argv[1]):
                    x = sorted(k for k in m.pax_headers if "xattr" in k)
                    print(m.name[:20], m.type.decode(), oct(m.mode), m.linkname[:12], *x)
                """, blob.string,
            ])
        #expect(
            listed == """
                . 5 0o711 \n.wh.gone 0 0o0 \na 5 0o755 \na/.wh.aaa 0 0o0 \na/.wh.gone-too 0 0o0 \na/deep 5 0o1777 \n\
                a/deep/big 0 0o644 \na/deep/er 5 0o755 \na/deep/er/sparse 0 0o644 \n\
                a/file 0 0o644  SCHILY.xattr.user.note\na/hard 1 0o644 a/file\na/link 2 0o777 ../nowhere\n\
                a/nothing 0 0o200 \na/run 0 0o4755  SCHILY.xattr.security.capability\nempty 5 0o755 \nfifo 6 0o640 \n\
                hard-above 1 0o644 a/file\nlong 2 0o777 t/t/t/t/t/t/\nnull 3 0o644 \nnxxxxxxxxxxxxxxxxxxx 5 0o755 \n\
                nxxxxxxxxxxxxxxxxxxx 0 0o644 \nopaque 5 0o755 \nopaque/.wh..wh..opq 0 0o0 \nopaque/new 0 0o644 \n
                """)
    }

    @Test func timesAreClamped() throws {
        let fixture = try Fixture()
        var digests: Set<Digest> = []
        for name in ["one", "two"] {
            let records = MemoryRecords()
            let local = try LocalImages(ImageStore(fixture.directory.appending("s-\(name)")), records: records)
            let upper = try fixture.tree(name, "mkdir d; echo x > d/f; echo y > old; touch -d @5 old")
            _ = try adopted(local, upper, "i")
            digests.insert(try local.pack("i", latest: 1_000_000).digest)
            let layer = try #require(try records.layers().first)
            let blob = local.store.content.path(of: try #require(layer.packed?.blob.digest))
            let times = try fixture.run(
                "python3",
                ["-c", "import sys, tarfile; print([m.mtime for m in tarfile.open(sys.argv[1])])", blob.string])
            #expect(times == "[1000000, 1000000, 1000000, 5]\n")
        }
        #expect(digests.count == 1)
    }

    @Test func packedByManyAtOnceOnlyOnce() async throws {
        let fixture = try Fixture()
        let records = MemoryRecords()
        let local = try fixture.local(records)
        let upper = try fixture.upper("upper")
        _ = try adopted(local, upper, "one")
        let state = fixture.directory.appending("state")
        let digests = try await withThrowingTaskGroup(of: Digest.self) { group in
            for _ in 0..<4 {
                group.addTask(executorPreference: BlockingExecutor(label: "test")) {
                    try LocalImages(ImageStore(state), records: records).pack("one").digest
                }
            }
            return try await group.reduce(into: Set<Digest>()) { $0.insert($1) }
        }
        #expect(digests.count == 1 && records.packings == 1)
        #expect(try fixture.leftovers() == [])
    }

    @Test(.enabled(if: hasOtherTools, "needs umoci and skopeo")) func otherToolsReadIt() throws {
        let fixture = try Fixture()
        let local = try fixture.local()
        try fixture.archive("base.tar", "w", "for n in ('gone', 'kept', 'opaque/old', 'a/old'): add(n, n.encode())")
        let base = try local.store.ensure(fixture.reference("rootfs:base.tar"))
        let image = try local.commit(
            base: base, upper: fixture.upper("upper"), .ended,
            step: ImageStep(createdBy: "make", comment: "c", author: "me"), named: "one")
        let descriptor = try local.pack("one")
        let layout = "state/content"
        let inspected = try fixture.run("skopeo", ["--insecure-policy", "inspect", "oci:\(layout):one"])
        #expect(inspected.contains(descriptor.digest.hex))
        for layer in try manifest(descriptor, in: local.store.content).layers {
            #expect(inspected.contains(layer.digest.hex))
        }
        try fixture.run(
            "skopeo", ["--insecure-policy", "copy", "oci:\(layout):one", "docker-archive:out.tar:example.org/one:1"])
        let copied = try fixture.store().ensure(fixture.reference("docker-archive:out.tar"))
        #expect(copied.configuration.diffIDs.count == 2)
        let layer = try #require(image.layers.first?.name)
        #expect(try copied.configuration.diffIDs.last == local.records.layer(named: layer)?.packed?.diffID)
        // What umoci unpacks is what a mount shows.
        try fixture.run("umoci", ["unpack", "--image", "\(layout):one", "bundle"])
        let merged = fixture.directory.appending("merged")
        for name in ["up", "work", "merged"] { try Files.createDirectory(fixture.directory.appending(name)) }
        let loaded = try #require(try local.load("one"))
        try Mounts.overlay(
            lowers: loaded.layerDirectories, upper: fixture.directory.appending("up"),
            work: fixture.directory.appending("work"), at: merged)
        // The directory is removed with the fixture, and a mount left there would be seen.
        defer { _ = try? Mounts.unmount(merged) }
        func plain(_ root: FilePath) throws -> [Substring] {
            try fixture.describe(root).split(separator: "\n").filter { !$0.hasPrefix(". ") }
        }
        let (seen, unpacked) = try (plain(merged), plain(fixture.directory.appending("bundle/rootfs")))
        #expect(seen.count > 15 && Set(seen).symmetricDifference(unpacked) == [])
    }
}
