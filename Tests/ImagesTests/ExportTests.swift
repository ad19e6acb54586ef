import FoundationEssentials
import Glibc
import Images
import LinuxSystem
import OCI
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(2))) struct ExportTests {
    /// Two images that share their base, one of them made here; what to export.
    private func items(_ fixture: Fixture) throws -> (items: [ImageExport.Item], local: LocalImages) {
        let local = try fixture.local()
        try fixture.archive("base.tar.gz", "w:gz", "for n in ('gone', 'kept'): add(n, n.encode() * 9000)")
        let base = try local.store.ensure(fixture.reference("rootfs:base.tar.gz"))
        let upper = try fixture.tree("upper", "echo new > new")
        let name = "docker.io/library/app:1"
        try local.commit(
            base: base, upper: upper, .ended, step: ImageStep(created: "2001-02-03T04:05:06Z"), named: name
        ) { $0.command = ["run"] }
        let below = try #require(try local.store.content.reference("rootfs:\(fixture.directory)/base.tar.gz"))
        return (
            [
                ImageExport.Item(name: name, descriptor: try local.pack(name, latest: 1_000_000)),
                ImageExport.Item(name: "example.org:5000/team/base:2", descriptor: below),
            ], local
        )
    }

    private func write(
        _ fixture: Fixture, _ items: [ImageExport.Item], _ format: ImageExport.Format, _ name: String
    ) throws {
        let file = try OwnedDescriptor.open(fixture.directory.appending(name), O_WRONLY | O_CREAT | O_TRUNC)
        try ImageExport(content: fixture.store().content)
            .write(items, as: format, to: FileDescriptor(rawValue: file.rawValue), subject: name)
    }

    @Test(arguments: [ImageExport.Format.ociArchive, .dockerArchive])
    func archivesAreReadBack(_ format: ImageExport.Format) throws {
        let fixture = try Fixture()
        let (items, local) = try items(fixture)
        try write(fixture, items, format, "out.tar")
        let file = fixture.directory.appending("out.tar")
        let listing = try ArchiveListing(file)
        let first = format == .dockerArchive ? "app:1" : "docker.io/library/app:1"
        #expect(listing.entries.map(\.names) == [[first], ["example.org:5000/team/base:2"]])
        let other = try ImageStore(fixture.directory.appending("other"))
        var images: [Image] = []
        for entry in listing.entries { images.append(try other.ensure(#require(entry.reference))) }
        let made = try #require(try local.load(items[0].name))
        #expect(images[0].configuration.config.command == ["run"] && images[0].configuration.diffIDs.count == 2)
        #expect(images[0].configuration.diffIDs.dropLast() == images[1].configuration.diffIDs[...])
        #expect(images[0].layerDirectories.count == made.layerDirectories.count)
        #expect(try fixture.read(images[0].layerDirectories[0].appending("new")) == "new\n")
        if format == .ociArchive {
            #expect(images.map(\.manifestDigest) == items.map(\.descriptor.digest))
        }
        // The same once more is the same file; a second state directory changes nothing.
        try write(fixture, items, format, "again.tar")
        try fixture.run("cmp", ["out.tar", "again.tar"])
        #expect(try fixture.leftovers() == [])
    }

    @Test func compressedArchivesAndOthersAreListed() throws {
        let fixture = try Fixture()
        let (items, _) = try items(fixture)
        try write(fixture, [items[0]], .ociArchive, "out.tar")
        try fixture.run("gzip", ["out.tar"])
        let listing = try ArchiveListing(fixture.directory.appending("out.tar.gz"))
        #expect(listing.entries.map(\.names) == [["docker.io/library/app:1"]])
        let image = try ImageStore(fixture.directory.appending("other")).ensure(
            #require(listing.entries[0].reference))
        #expect(image.manifestDigest == items[0].descriptor.digest)
        let error = try imageError { _ = try ArchiveListing(fixture.directory.appending("base.tar.gz")) }
        #expect(error.code == .invalidImage && error.message.contains("imported"))
        try fixture.archive(
            "two.tar", "w",
            #"add("manifest.json", b'[{"Config":"a","RepoTags":null},{"Config":"b","RepoTags":["x:1","y:2"]}]')"#)
        let two = try ArchiveListing(fixture.directory.appending("two.tar"))
        #expect(two.entries.map(\.names) == [[], ["x:1", "y:2"]] && two.entries[0].reference == nil)
    }

    @Test func missingBlobIsSaidBeforeAnythingIsWritten() throws {
        let fixture = try Fixture()
        let (items, local) = try items(fixture)
        let manifest = try JSONDecoder().decode(
            Manifest.self, from: Data(local.store.content.read(items[1].descriptor)))
        let blob = try #require(manifest.layers.first)
        try Files.remove(local.store.content.path(of: blob.digest))
        let error = try imageError { try write(fixture, items, .ociArchive, "out.tar") }
        #expect(error.code == .sourceMissing && error.message.contains(blob.digest.hex))
        #expect(try Files.status(fixture.directory.appending("out.tar"))?.size == 0)
        #expect(try imageError { _ = try local.pack(items[0].name) }.message.contains("Pull the base again"))
    }

    @Test func layoutIsMadeAndAddedTo() throws {
        let fixture = try Fixture()
        let (items, _) = try items(fixture)
        let layout = fixture.directory.appending("layout")
        let export = try ImageExport(content: fixture.store().content)
        try export.write([items[0]], toLayout: layout)
        try export.write([items[1], items[0]], toLayout: layout)
        #expect(try Files.names(in: layout) == ["blobs", "index.json", "oci-layout"])
        let other = try ImageStore(fixture.directory.appending("other"))
        for item in items {
            let image = try other.ensure(fixture.reference("oci:layout:\(item.name)"))
            #expect(image.manifestDigest == item.descriptor.digest)
        }
    }

    @Test(.enabled(if: hasOtherTools, "needs umoci and skopeo")) func skopeoReadsAllOfThem() throws {
        let fixture = try Fixture()
        let (items, local) = try items(fixture)
        try write(fixture, items, .ociArchive, "oci.tar")
        try write(fixture, items, .dockerArchive, "docker.tar")
        try ImageExport(content: local.store.content).write(items, toLayout: fixture.directory.appending("layout"))
        func copy(_ source: String, _ name: String) throws {
            try fixture.run("skopeo", ["--insecure-policy", "copy", source, "oci:copied:\(name)"])
        }
        for item in items {
            for (number, source) in ["oci-archive:oci.tar", "oci:layout"].enumerated() {
                try copy("\(source):\(item.name)", "n\(number)")
                let image = try fixture.store().ensure(fixture.reference("oci:copied:n\(number)"))
                #expect(image.manifestDigest == item.descriptor.digest)
            }
            let name = item.name.replacing("docker.io/library/", with: "")
            try copy("docker-archive:docker.tar:\(name)", "d")
            let copied = try fixture.store().ensure(fixture.reference("oci:copied:d"))
            let manifest = try JSONDecoder().decode(
                Manifest.self, from: Data(local.store.content.read(item.descriptor)))
            let configuration = try JSONDecoder().decode(
                ImageConfiguration.self, from: Data(local.store.content.read(manifest.config)))
            #expect(copied.configuration.diffIDs == configuration.diffIDs)
        }
    }

    @Test(arguments: ["w", "w:gz", "w:xz"]) func rootfsIsImportedFromAPipe(_ mode: String) throws {
        let fixture = try Fixture()
        let local = try fixture.local()
        try fixture.archive("a.tar", mode, "add('f', b'one' * 100000)")
        let pipe = try Pipe()
        let child = try ChildProcess.start(
            ChildProcess.Command(
                "cat", ["a.tar"], descriptors: [1: pipe.writer.rawValue], workingDirectory: fixture.directory))
        let reader = try pipe.reader.duplicate()
        _ = consume pipe
        let image = try local.importRootfs(
            from: FileDescriptor(rawValue: reader.rawValue), subject: "standard input",
            step: ImageStep(comment: "imported", created: "2001-02-03T04:05:06Z"), named: "example.org/i:1"
        ) { $0.command = ["sh"] }
        #expect(try child.wait().isSuccess)
        #expect(
            image.configuration.config.command == ["sh"] && image.configuration.history.map(\.comment) == ["imported"])
        let loaded = try #require(try local.load("example.org/i:1"))
        #expect(try Files.status(loaded.layerDirectories[0].appending("f"))?.size == 300_000)
        let manifest = try local.pack("example.org/i:1")
        #expect(try local.store.lookup(.registry(Reference("example.org/i:1")))?.manifestDigest == manifest.digest)
        let broken = try Pipe()
        try broken.writer.write(Array("this is no archive, and it is long enough to be none at all".utf8))
        let end = try broken.reader.duplicate()
        _ = consume broken
        #expect(throws: ImageError.self) {
            try local.importRootfs(
                from: FileDescriptor(rawValue: end.rawValue), subject: "standard input", step: ImageStep(), named: "x")
        }
        #expect(try fixture.leftovers() == [])
        #expect(try local.records.images().count == 1)
    }
}
