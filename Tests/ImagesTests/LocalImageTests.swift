import FoundationEssentials
import Glibc
import Images
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

@Suite(
    .timeLimit(.minutes(2)),
    .enabled("needs root for owners, devices and trusted attributes") { try Requirement.met(.root) })
struct LocalImageTests {
    @Test func layerNamesAreChecked() throws {
        let hex = String(repeating: "0f", count: 32)
        #expect(try LayerName(hex).isLocal == false)
        #expect(try LayerName("local-0123456789abcdef").isLocal)
        for text in ["", "local-", "local-0123456789ABCDEF", "local-0123456789abcde", "../x", hex + "0", "ingest"] {
            #expect(throws: ImageError.self, "\(text)") { try LayerName(text) }
        }
        #expect(LayerName.unique() != LayerName.unique())
        let name = LayerName.unique()
        #expect(try JSONDecoder().decode([LayerName].self, from: JSONEncoder().encode([name])) == [name])
        #expect(throws: (any Error).self) { try JSONDecoder().decode([LayerName].self, from: Data("[\"..\"]".utf8)) }
    }

    @Test func imagesAreWrittenAndReadWithTheSameId() throws {
        let layer = LayerName.unique()
        let empty = try LocalImage.empty(for: .host)
        let step = ImageStep(createdBy: "make", comment: "first", author: "me", created: "2020-01-02T03:04:05Z")
        let one = try empty.adding(layer, by: step) { $0.environment = ["A=1"] }
        let two = try one.adding(nil, by: step) { $0.command = ["x"] }
        #expect(one.configuration.history.map(\.emptyLayer) == [nil] && two.configuration.history.count == 2)
        #expect(two.configuration.history.last?.emptyLayer == true && two.layers.map(\.historyPosition) == [0])
        #expect(one.created == "2020-01-02T03:04:05Z" && one.author == "me")
        #expect(Set([empty.id, one.id, two.id]).count == 3)
        let again = try JSONDecoder().decode(LocalImage.self, from: JSONEncoder().encode(two))
        #expect(again == two && again.id == two.id && again.layerNames == [layer])
        let lying = LocalImage.Layer(name: layer, historyPosition: 2)
        #expect(throws: ImageError.self) {
            try LocalImage(configuration: two.configuration, baseLayers: [], layers: [lying])
        }
    }

    @Test func stepsAreTimedBySourceDateEpoch() throws {
        setenv("SOURCE_DATE_EPOCH", "951782400", 1)
        defer { unsetenv("SOURCE_DATE_EPOCH") }
        #expect(ImageStep().created == "2000-02-29T00:00:00Z")
    }

    @Test func adoptedLayerIsTheDirectoryItself() throws {
        let fixture = try Fixture()
        let local = try fixture.local()
        let upper = try fixture.upper("upper")
        let described = try fixture.describe(upper)
        let inode = try Files.status(upper)?.inode
        let name = try local.adopt(upper)
        let layer = local.store.layers.directory.appending(name.text)
        #expect(name.isLocal && !Files.exists(upper))
        #expect(try Files.status(layer)?.inode == inode)
        #expect(try fixture.describe(layer) == described)
        #expect(try local.records.layer(named: name)?.size == nil)
        let record = try local.measured(name)
        #expect(record.size == Int64(300_020 + 5 << 20))
        #expect(
            record.entryCount == Int(try fixture.run("sh", ["-c", "find \(layer) -mindepth 1 | wc -l"]).dropLast()))
        #expect(try local.records.layer(named: name) == record)
        try local.removeLayer(name)
        #expect(!Files.exists(layer))
        #expect(try local.records.layers() == [])
    }

    @Test func snapshotIsTheSameTree() throws {
        let fixture = try Fixture()
        let local = try fixture.local()
        let upper = try fixture.upper("upper")
        try fixture.run("sh", ["-c", "cd upper && mkdir many && for n in $(seq 700); do echo $n > many/$n; done"])
        let described = try fixture.describe(upper)
        let name = try local.snapshot(upper)
        let layer = local.store.layers.directory.appending(name.text)
        #expect(try fixture.describe(layer) == described)
        #expect(try fixture.describe(upper) == described)
        let blocks = try fixture.run("stat", ["-c", "%b", layer.appending("a/deep/er/sparse").string])
        #expect(Int(blocks.dropLast()).map { $0 < 1000 } == true, "a hole must stay a hole")
        let record = try #require(try local.records.layer(named: name))
        #expect(try fixture.local().measured(name).size == record.size)
        #expect(record.entryCount == Int(try fixture.run("sh", ["-c", "find upper -mindepth 1 | wc -l"]).dropLast()))
        #expect(try fixture.leftovers() == [])
        #expect(try fixture.run("python3", ["-c", "import os; print(os.listxattr('\(layer)/a'))"]) == "[]\n")
    }

    @Test func leftoversOfOverlayOptionsAreRefused() throws {
        let fixture = try Fixture()
        let local = try fixture.local()
        let upper = try fixture.tree(
            "upper",
            """
            mkdir moved; python3 -c 'import os; os.setxattr("moved", "trusted.overlay.redirect", b"/old")'
            """)
        // With the kernel's defaults off nothing looks for it before the layer is packed.
        let layer: LayerName
        do {
            layer = try local.adopt(upper)
        } catch {
            #expect(error.code == .invalidImage)
            return
        }
        let image = try LocalImage.empty(for: .host).adding(layer, by: ImageStep())
        let error = try imageError { _ = try local.pack(image, compression: .none, latest: nil) }
        #expect(error.code == .invalidImage && error.message.contains("redirect") && error.message.contains("moved"))
    }

    @Test func containerIsCommittedAndMounted() throws {
        let fixture = try Fixture()
        let local = try fixture.local()
        try fixture.archive(
            "base.tar.gz", "w:gz", "for n in ('gone', 'kept', 'dir/old', 'swap/old'): add(n, n.encode())")
        let base = try local.store.ensure(fixture.reference("rootfs:base.tar.gz"))
        for name in ["upper", "work", "merged"] { try Files.createDirectory(fixture.directory.appending(name)) }
        let upper = fixture.directory.appending("upper")
        let merged = fixture.directory.appending("merged")
        try Mounts.overlay(
            lowers: base.layerDirectories, upper: upper, work: fixture.directory.appending("work"), at: merged)
        let first: LocalImage
        let before: String
        do {
            // The directory is removed with the fixture, and a mount left there would be seen.
            defer { _ = try? Mounts.unmount(merged) }
            try fixture.run(
                "sh", ["-ec", "cd merged; rm gone; rm -r swap; mkdir swap; echo n > swap/new; echo m >> dir/old"])
            before = try fixture.run("sh", ["-c", "cd merged && find . | LC_ALL=C sort && cat kept dir/old swap/new"])
            first = try local.commit(
                base: base, upper: upper, .running,
                step: ImageStep(createdBy: "sh", comment: "first try", author: "me"), named: "example.org/a:1"
            ) { $0.command = ["run"] }
        }
        let second = try local.commit(
            base: base, upper: upper, .ended, step: ImageStep(comment: "again"), named: "example.org/a:2")
        #expect(!Files.exists(upper) && first.id != second.id)
        #expect(first.baseLayers.map(\.diffID) == base.configuration.diffIDs)
        for name in ["example.org/a:1", "example.org/a:2"] {
            let image = try #require(try local.load(name))
            #expect(image.layerDirectories.count == 2 && image.layerDirectories.last == base.layerDirectories.first)
            try Files.createDirectory(upper)
            try fixture.run("rm", ["-rf", "work"])
            try Files.createDirectory(fixture.directory.appending("work"))
            try Mounts.overlay(
                lowers: image.layerDirectories, upper: upper, work: fixture.directory.appending("work"), at: merged)
            defer { _ = try? Mounts.unmount(merged) }
            #expect(
                try fixture.run("sh", ["-c", "cd merged && find . | LC_ALL=C sort && cat kept dir/old swap/new"])
                    == before)
        }
        let loaded = try #require(try local.load("example.org/a:1"))
        #expect(loaded.id == first.id && loaded.configuration.config.command == ["run"])
        #expect(first.configuration.history.map(\.comment) == [nil, "first try"])
        #expect(try local.load("example.org/none") == nil)
        let roots = try local.roots()
        #expect(roots.layers.count == 3 && roots.blobs.count == 1)
        // One more step on top of an image made here.
        let third = try local.commit(base: local.base(loaded), layer: nil, step: ImageStep(), named: nil)
        #expect(third.layers == first.layers && third.configuration.history.count == 3)
    }
}
