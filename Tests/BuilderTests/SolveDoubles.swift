import Builder
import Dockerfile
import Glibc
import Images
import LinuxSystem
import OCI
import Synchronization
import SystemPackage

/// Records of images that live as long as the test.
final class MemoryImageRecords: ImageRecords {
    private let named = Mutex<[String: LocalImage]>([:])
    private let made = Mutex<[LayerName: LocalLayerRecord]>([:])

    func image(named name: String) throws(ImageError) -> LocalImage? { named.withLock { $0[name] } }
    func set(_ image: LocalImage, named name: String) throws(ImageError) { named.withLock { $0[name] = image } }
    func removeImage(named name: String) throws(ImageError) -> Bool {
        named.withLock { $0.removeValue(forKey: name) != nil }
    }
    func images() throws(ImageError) -> [String: LocalImage] { named.withLock { $0 } }
    func layer(named name: LayerName) throws(ImageError) -> LocalLayerRecord? { made.withLock { $0[name] } }
    func save(_ layer: LocalLayerRecord) throws(ImageError) { made.withLock { $0[layer.name] = layer } }
    func removeLayer(named name: LayerName) throws(ImageError) -> Bool {
        made.withLock { $0.removeValue(forKey: name) != nil }
    }
    func layers() throws(ImageError) -> [LocalLayerRecord] { made.withLock { Array($0.values) } }
}

/// Records of the build cache that live as long as the test.
final class MemoryCache: BuildCacheRecords {
    private struct State {
        var records: [Digest: CacheRecord] = [:]
        var details: [Digest: [UInt8]] = [:]
        var notes: [String: [UInt8]] = [:]
        var writes = 0
    }

    private let state = Mutex(State())

    /// How often anything was written.
    var writes: Int { state.withLock { $0.writes } }

    func record(for key: Digest) throws(BuildError) -> CacheRecord? { state.withLock { $0.records[key] } }
    func details(of key: Digest) throws(BuildError) -> [UInt8]? { state.withLock { $0.details[key] } }
    func save(_ record: CacheRecord, details: [UInt8]?) throws(BuildError) {
        state.withLock { state in
            state.records[record.key] = record
            if let details { state.details[record.key] = details }
            state.writes += 1
        }
    }
    func setUsed(_ keys: [Digest], at time: Int64) throws(BuildError) {
        state.withLock { state in
            for key in keys { state.records[key]?.usedAt = time }
            state.writes += 1
        }
    }
    func sync(_ keys: [Digest]) throws(BuildError) {
        state.withLock { state in
            for key in keys { state.records[key]?.boot = nil }
            state.writes += 1
        }
    }
    func remove(_ keys: [Digest]) throws(BuildError) {
        state.withLock { state in
            for key in keys {
                state.records[key] = nil
                state.details[key] = nil
            }
            state.writes += 1
        }
    }
    func records() throws(BuildError) -> [CacheRecord] { state.withLock { Array($0.records.values) } }
    func note(_ name: String) throws(BuildError) -> [UInt8]? { state.withLock { $0.notes[name] } }
    func setNote(_ name: String, _ bytes: [UInt8]) throws(BuildError) {
        state.withLock { state in
            state.notes[name] = bytes
            state.writes += 1
        }
    }
    func noteNames() throws(BuildError) -> [String] { state.withLock { $0.notes.keys.sorted() } }
    func removeNotes(_ names: [String]) throws(BuildError) {
        state.withLock { state in
            for name in names { state.notes[name] = nil }
            state.writes += 1
        }
    }
}

/// Images by reference, from the store of the test.
final class StoreBases: BaseImages {
    private let images: LocalImages
    private let asked = Mutex<[String]>([])

    init(images: LocalImages) {
        self.images = images
    }

    /// The texts that were asked for.
    var requests: [String] { asked.withLock { $0 } }

    func image(named text: String, relativeTo directory: FilePath?, pulls: Bool) async throws -> LocalImage {
        asked.withLock { $0.append(text) }
        if let local = try images.records.image(named: text) { return local }
        let reference = try ImageReference(text, relativeTo: directory?.string ?? "/")
        if case .registry = reference { throw SolveFixture.Failure(description: "there is no registry in this test") }
        return try images.base(images.store.ensure(reference))
    }

    func cacheImage(named text: String, relativeTo directory: FilePath?) async throws -> LocalImage {
        try await image(named: text, relativeTo: directory, pulls: true)
    }
}

/// Serves what lies in a directory, by the last component of the address.
final class FileServer: FileDownloads {
    private let directory: FilePath
    private let count = Mutex(0)

    init(directory: FilePath) {
        self.directory = directory
    }

    var downloads: Int { count.withLock { $0 } }

    func download(_ address: String, into target: FilePath) async throws -> DownloadedFile {
        count.withLock { $0 += 1 }
        let name = String((address.split(separator: "/").last ?? "").prefix { $0 != "?" })
        let bytes = try Files.read(directory.appending(name))
        let path = target.appending("content")
        try Files.write(bytes, to: path)
        let output = try ProcessOutput.of(ChildProcess.Command("/usr/bin/sha256sum", [path.string]))
        let digits = String(decoding: output.standardOutput.prefix(64), as: UTF8.self)
        return DownloadedFile(path: path, digest: try Digest("sha256:\(digits)"))
    }
}

/// Runs commands by chroot(8) in a mounted overlay: no container, but the same files.
final class ChrootExecutor: StepExecutor {
    private let directory: FilePath
    private let state = Mutex(State())

    private struct State {
        var running = 0
        var most = 0
        var names: [String] = []
        var preparations = 0
    }

    init(directory: FilePath) {
        self.directory = directory
    }

    /// The steps in the order in which they began.
    var names: [String] { state.withLock { $0.names } }
    /// How many ran at once.
    var most: Int { state.withLock { $0.most } }
    var preparations: Int { state.withLock { $0.preparations } }

    func prepare() throws(BuildError) { state.withLock { $0.preparations += 1 } }

    func run<Result: Sendable>(
        _ request: RunRequest, output: @escaping @Sendable (OutputLine) -> Void,
        adopt: @Sendable (FilePath) throws -> Result
    ) async throws -> Result {
        state.withLock { state in
            state.names.append(request.name)
            state.running += 1
            state.most = max(state.most, state.running)
        }
        defer { state.withLock { $0.running -= 1 } }
        let place = directory.appending("run-\(UInt32.random(in: 0...UInt32.max))")
        let (upper, work, root) = (place.appending("upper"), place.appending("work"), place.appending("root"))
        for path in [upper, work, root] { try Files.createDirectory(path) }
        // Nothing of it is of use to anybody once it has failed.
        defer { try? Files.removeTree(place) }
        try Mounts.overlay(lowers: request.lowers, upper: upper, work: work, at: root)
        do {
            try await execute(request, root, output)
        } catch {
            try Mounts.unmount(root, isLazy: true)
            throw error
        }
        try Mounts.unmount(root)
        return try adopt(upper)
    }

    private func execute(
        _ request: RunRequest, _ root: FilePath, _ output: @Sendable (OutputLine) -> Void
    ) async throws {
        guard case .program(let arguments) = request.command else { return }
        // A root without a shell can only run what it has.
        let shell =
            request.workingDirectory == "/"
            ? [] : ["/bin/sh", "-c", #"cd "$0" && exec "$@""#, request.workingDirectory]
        let command = ChildProcess.Command(
            "/usr/sbin/chroot", [root.string] + shell + arguments, environment: request.environment)
        let (standard, status) = try await pausing(command)
        for line in standard.split(separator: "\n") {
            output(OutputLine(stream: .standardOutput, bytes: Array(line.utf8)))
        }
        guard status.isSuccess else {
            throw BuildError(.stepFailed, "`\(request.name)` failed: \(standard)")
        }
    }

    /// Runs a program to its end, or kills it when the task is cancelled.
    private func pausing(_ command: ChildProcess.Command) async throws -> (String, ExitStatus) {
        let file = directory.appending("out-\(UInt32.random(in: 0...UInt32.max))")
        try Files.createDirectory(directory)
        let opened = try OwnedDescriptor.open(file, O_RDWR | O_CREAT, mode: 0o600)
        defer { _ = try? Files.remove(file) }
        var command = command
        command.descriptors[1] = opened.rawValue
        command.descriptors[2] = opened.rawValue
        let child = try ChildProcess.start(command)
        while true {
            var status: Int32 = 0
            if waitpid(child.pid, &status, WNOHANG) == child.pid {
                return (try Files.text(file) ?? "", ExitStatus(waitStatus: status))
            }
            do {
                try await Task.sleep(for: .milliseconds(5))
            } catch {
                kill(child.pid, SIGKILL)
                _ = try child.wait()
                throw error
            }
        }
    }
}
