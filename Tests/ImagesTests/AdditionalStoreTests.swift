import Images
import LinuxSystem
import OCI
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// Image layouts of others, in which images of registries are looked for: used, checked and never written.
@Suite(.timeLimit(.minutes(1))) struct AdditionalStoreTests {
    private static let name = "docker.io/library/shared:1"

    /// The messages that a pull sends.
    private final class Messages: Sendable {
        private let lines = Mutex<[String]>([])

        var all: [String] { lines.withLock(\.self) }

        func take(_ progress: ImageProgress) {
            if case .message(let text) = progress { lines.withLock { $0.append(text) } }
        }
    }

    /// A layout with one image of that name.
    private func layout(_ fixture: Fixture, _ directory: String, _ text: String) throws -> FilePath {
        try fixture.archive("\(directory).tar", "w", "add('file', b'\(text)', mode=0o644)")
        try fixture.layout(directory, ["\(directory).tar"], .gzip)
        try fixture.run("sed", ["-i", "s#\"latest\"#\"\(Self.name)\"#", "\(directory)/index.json"])
        return fixture.directory.appending(directory)
    }

    private func ensure(
        _ fixture: Fixture, _ stores: [FilePath], _ messages: Messages, refreshing: Bool = false
    ) throws -> String? {
        let store = try ImageStore(fixture.directory.appending("state"), additional: stores)
        let image = try store.ensure(fixture.reference("shared:1"), refreshing: refreshing) { messages.take($0) }
        return try image.layerDirectories.first.flatMap { try Files.text($0.appending("file")) }
    }

    @Test func anImageComesFromTheFirstStoreThatHasIt() throws {
        let fixture = try Fixture()
        let other = try layout(fixture, "other", "no")
        try fixture.run("sed", ["-i", "s#shared:1#another:1#", "other/index.json"])
        let shared = try layout(fixture, "shared", "yes")
        let before = try fixture.picture(of: shared)
        let messages = Messages()
        #expect(try ensure(fixture, [other, shared], messages) == "yes")
        #expect(messages.all == ["\(Self.name) comes from the image store `\(shared)`"])
        #expect(try fixture.picture(of: shared) == before)
        // From now on it is an image of this store.
        #expect(try ensure(fixture, [], messages) == "yes")
    }

    /// Only a registry knows what a tag stands for today.
    @Test func aPullAsksTheRegistry() throws {
        let fixture = try Fixture()
        let shared = try layout(fixture, "shared", "yes")
        let error = #expect(throws: ImageError.self) { try ensure(fixture, [shared], Messages(), refreshing: true) }
        #expect(try #require(error).code == .notPulled)
    }

    static let damages = [
        ("missing", "rm -r bad"), ("no index", "rm bad/index.json"), ("no JSON", "echo x >bad/index.json"),
        ("a blob is missing", "rm $(ls -S bad/blobs/sha256/* | head -1)"),
        (
            "a blob is another",
            "for f in bad/blobs/sha256/*; do printf '\\\\377' | dd of=$f bs=1 seek=20 conv=notrunc 2>/dev/null; done"
        ),
        ("blobs lead outside", "mv bad/blobs/sha256 away && ln -s ../../away bad/blobs/sha256"),
        ("an index that never ends", "rm bad/index.json && mkfifo bad/index.json"),
    ]

    @Test(arguments: damages) func aDamagedStoreIsPassedOver(_ what: String, _ script: String) throws {
        let fixture = try Fixture()
        let bad = try layout(fixture, "bad", "bad")
        let good = try layout(fixture, "good", "good")
        try fixture.run("sh", ["-c", script])
        let messages = Messages()
        #expect(try ensure(fixture, [bad, good], messages) == "good")
        #expect(messages.all.count == 2)
        #expect(messages.all.first?.hasPrefix("the image store `\(bad)` is passed over: ") == true, "\(messages.all)")
        #expect(try fixture.leftovers() == [])
    }
}
