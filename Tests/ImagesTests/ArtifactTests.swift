import Glibc
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

@testable import Images

/// Artifacts as archives: they come back as they were, and nothing else does.
@Suite(.timeLimit(.minutes(2)), .enabled("needs root") { try Requirement.met(.root) }) struct ArtifactTests {
    private static let type = "application/vnd.trice.test"

    /// A store with an artifact of two layers, and its archive `a.tar`.
    private func written(_ fixture: Fixture, document: String = "{\"a\": 1}") throws -> Descriptor {
        let local = try fixture.local()
        let tree = try fixture.tree("tree", "echo one >a; mkdir d; echo two >d/b; chmod 640 d/b")
        let name = try local.snapshot(tree)
        let packed = try local.pack(layers: [name], known: [:], compression: .gzip(level: 1))
        let files = try local.pack(files: fixture.tree("files", "echo text >Envfile"))
        let layers = Array(packed.values) + [files]
        let descriptor = try local.store.store(Artifact(type: Self.type, document: document, layers: layers))
        let path = fixture.directory.appending("a.tar")
        let file = try OwnedDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC)
        try local.store.write(
            artifactArchive: descriptor, named: "x", to: FileDescriptor(rawValue: file.rawValue), subject: "a.tar")
        return descriptor
    }

    private func read(_ store: ImageStore, _ fixture: Fixture, _ name: String = "a.tar") throws -> Artifact {
        let descriptor = try store.read(artifactArchive: fixture.directory.appending(name), subject: "`\(name)`")
        let artifact = try store.artifact(descriptor, type: Self.type, subject: "`\(name)`")
        try store.unpack(artifact) { _ in }
        return artifact
    }

    private func other(_ fixture: Fixture) throws -> ImageStore {
        try ImageStore(fixture.directory.appending("other"))
    }

    @Test func whatIsWrittenIsReadElsewhere() throws {
        let fixture = try Fixture()
        _ = try written(fixture)
        let store = try other(fixture)
        let artifact = try read(store, fixture)
        #expect(artifact.document == "{\"a\": 1}")
        #expect(artifact.layers.count == 2)
        let first = store.layers.directory(of: artifact.layers[0].diffID)
        #expect(try fixture.describe(first) == fixture.describe(fixture.directory.appending("tree")))
        #expect(
            try Files.text(store.layers.directory(of: artifact.layers[1].diffID).appending("Envfile")) == "text\n")
    }

    /// As users keep it, and as a mail or a browser has compressed it on the way.
    @Test(arguments: ["gzip -c a.tar >b", "zstd -q -c a.tar >b", "xz -c a.tar >b", "bzip2 -c a.tar >b"])
    func aCompressedOneIsReadToo(command: String) throws {
        let fixture = try Fixture()
        _ = try written(fixture)
        func run(_ script: String) throws {
            let output = try Command("/bin/sh", ["-ec", "cd '\(fixture.directory)'; \(script)"]).run()
            #expect(output.succeeded, "\(output)")
        }
        try run(command)
        #expect(try read(other(fixture), fixture, "b").layers.count == 2)
        // One that ends too early is refused.
        try run("head -c $(($(stat -c %s b) - 40)) b >c")
        let store = try ImageStore(fixture.directory.appending("third"))
        #expect(throws: ImageError.self) { try read(store, fixture, "c") }
        // Each compression multiplies what few bytes become.
        try run("gzip -c b >d")
        let error = try imageError { _ = try read(store, fixture, "d") }
        #expect(error.message.contains("compressed more than once"), "\(error)")
    }

    @Test func whatGrowsTooMuchIsRefused() throws {
        let fixture = try Fixture()
        let script =
            "cd '\(fixture.directory)'; truncate -s 64M zeros; tar -c --transform 's,.*,index.json,' zeros | gzip -9 >e"
        #expect(try Command("/bin/sh", ["-ec", script]).run().succeeded)
        var limits = ExtractionLimits()
        limits.ratioFloor = 1 << 20
        let store = try ImageStore(fixture.directory.appending("small"), limits: limits)
        let error = try imageError { _ = try read(store, fixture, "e") }
        #expect([.limitExceeded, .forbiddenEntry].contains(error.code), "\(error)")
        let before = try store.inventory()
        let blob = String(repeating: "a", count: 64)
        let bomb = "cd '\(fixture.directory)'; tar -c --transform 's,.*,blobs/sha256/\(blob),' zeros | gzip -9 >f"
        #expect(try Command("/bin/sh", ["-ec", bomb]).run().succeeded)
        let other = try imageError { _ = try read(store, fixture, "f") }
        #expect(other.code == .limitExceeded, "\(other)")
        #expect(try store.inventory().blobs == before.blobs)
    }

    /// The same project gives the same bytes, whenever it is packed.
    @Test func filesGiveTheSameLayerAlways() throws {
        let fixture = try Fixture()
        let local = try fixture.local()
        let first = try local.pack(files: fixture.tree("one", "echo text >Envfile"))
        let second = try local.pack(files: fixture.tree("two", "echo text >Envfile; touch -d 2001-01-01 Envfile ."))
        #expect(first == second)
    }

    /// An archive that ends too early is refused wherever it ends, and what was read of it can be collected.
    @Test func aPartOfAnArchiveIsRefused() throws {
        let fixture = try Fixture()
        _ = try written(fixture)
        let whole = try Files.read(fixture.directory.appending("a.tar"))
        let store = try other(fixture)
        let before = try store.inventory()
        for count in stride(from: 0, to: whole.count - 1024, by: 256) {
            try Files.write(whole[..<count], to: fixture.directory.appending("part.tar"))
            #expect(throws: ImageError.self, "\(count) bytes") { try read(store, fixture, "part.tar") }
            try store.collect(since: before) { ImageStore.Roots() }
        }
        #expect(try store.inventory().blobs == before.blobs)
        #expect(try store.inventory().layers == before.layers)
    }

    /// A changed byte never gives other content.
    @Test func aChangedArchiveIsRefused() throws {
        let fixture = try Fixture()
        _ = try written(fixture)
        var bytes = try Files.read(fixture.directory.appending("a.tar"))
        let position = try #require(bytes.indices.last { bytes[$0] != 0 })
        bytes[position] ^= 1
        try Files.write(bytes, to: fixture.directory.appending("a.tar"))
        let store = try other(fixture)
        let error = try imageError { _ = try read(store, fixture) }
        #expect(error.code == .digestMismatch)
        #expect(error.message.contains("`a.tar` was changed or damaged"))
    }

    @Test(arguments: [
        "add('../evil', b'x')", "add('/evil', b'x')", "add('blobs/sha256/../../evil', b'x')", "add('evil', b'x')",
        "add('blobs/sha256/\(String(repeating: "a", count: 63))', b'x')", "add('blobs', type=SYM, linkname='/')",
        "add('blobs/sha256/\(String(repeating: "a", count: 64))', type=SYM, linkname='/etc/passwd')",
        "add('blobs/sha256/\(String(repeating: "a", count: 64))', type=LNK, linkname='index.json')",
        "add('index.json', type=FIFO)", "add('index.json', type=CHR)",
    ])
    func nothingElseIsTaken(entry: String) throws {
        let fixture = try Fixture()
        try fixture.archive("a.tar", "w", entry)
        let store = try other(fixture)
        let before = try store.inventory()
        let error = try imageError { _ = try read(store, fixture) }
        #expect(error.code == .forbiddenEntry, "\(error)")
        #expect(try store.inventory().blobs == before.blobs)
        #expect(!Files.exists(fixture.directory.appending("evil")) && !Files.exists("/evil"))
    }

    @Test func othersAreNamed() throws {
        let fixture = try Fixture()
        _ = try written(fixture)
        let store = try other(fixture)
        let descriptor = try store.read(artifactArchive: fixture.directory.appending("a.tar"), subject: "it")
        let error = try imageError { _ = try store.artifact(descriptor, type: "another", subject: "`a.tar`") }
        #expect(error.message.contains("is not what Trice has packed: its type is `application/vnd.trice.test`"))
        let foreign = try ImageStore(
            fixture.directory.appending("foreign"), platform: Platform(architecture: "s390x", os: "linux"))
        _ = try foreign.read(artifactArchive: fixture.directory.appending("a.tar"), subject: "it")
        let refused = try imageError { _ = try foreign.artifact(descriptor, type: Self.type, subject: "`a.tar`") }
        #expect(refused.code == .noMatchingPlatform)
        try fixture.archive("b.tar", "w", "add('oci-layout', b'{}')")
        #expect(try imageError { _ = try read(store, fixture, "b.tar") }.message.contains("it has no index.json"))
    }

    /// What has a name stays, and what was made here.
    @Test func onlyWhatIsNewAndUnusedIsCollected() throws {
        let fixture = try Fixture()
        _ = try written(fixture)
        let store = try other(fixture)
        let before = try store.inventory()
        let descriptor = try store.read(artifactArchive: fixture.directory.appending("a.tar"), subject: "it")
        let artifact = try store.artifact(descriptor, type: Self.type, subject: "it")
        try store.unpack(artifact) { _ in }
        let kept = artifact.layers[0].diffID.hex
        try store.collect(since: before) { ImageStore.Roots(layers: [kept]) }
        #expect(try store.inventory().layers == [kept])
        #expect(try store.inventory().blobs == [])
    }
}
