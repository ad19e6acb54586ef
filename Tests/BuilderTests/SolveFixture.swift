import Builder
import Containers
import Dockerfile
import Glibc
import Images
import LinuxSystem
import OCI
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// A store, a cache and a context in a temporary directory.
final class SolveFixture: Sendable {
    private let temporary: TemporaryDirectory
    let directory: FilePath
    var context: FilePath { directory.appending("context") }
    let images: LocalImages
    let cache = MemoryCache()
    let executor: ChrootExecutor
    let downloads: FileServer
    let bases: StoreBases
    private let log = Mutex<[BuildEvent]>([])

    init() throws {
        temporary = try TemporaryDirectory(mode: 0o755)
        directory = FilePath(temporary.path)
        for name in ["context", "stat", "downloads"] {
            try Files.createDirectory(directory.appending(name))
        }
        let store = try ImageStore(directory.appending("state"))
        images = try LocalImages(store, records: MemoryImageRecords())
        executor = ChrootExecutor(directory: directory.appending("state/runs"))
        downloads = FileServer(directory: directory.appending("downloads"))
        bases = StoreBases(images: images)
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    var work: FilePath { directory.appending("state/build") }

    func host() -> BuildHost {
        BuildHost(
            images: images, bases: bases, records: cache, executor: executor, downloads: downloads,
            network: { _ in StepNetwork.none }, workDirectory: work, statCacheDirectory: directory.appending("stat"))
    }

    /// Runs steps in containers of their own, by crun.
    func containerRunner() throws -> StepRunner {
        let host = try HostFacts.observe()
        let facts = try #require(
            try RuntimeFacts.observe("crun", searchPath: "/usr/bin:/usr/sbin", cache: directory.appending("facts")))
        let profile = SeccompProfile.standard(
            capabilities: .standard, architecture: try #require(SeccompArchitecture.native))
        return try StepRunner(
            directory: directory.appending("state/runs"),
            runtime: facts.runtime(root: directory.appending("runtime"), on: host), host: host,
            seccomp: .compiled(SeccompCache(directory: directory.appending("seccomp")).compiled(profile)))
    }

    /// A request for the context with the text as its Dockerfile.
    func request(
        _ dockerfile: String, name: String = "app", _ change: (inout BuildRequest) -> Void = { _ in }
    ) -> BuildRequest {
        var request = BuildRequest(name: name, context: .directory(context), dockerfile: .inline(dockerfile))
        change(&request)
        return request
    }

    func build(_ requests: [BuildRequest], _ options: BuildOptions = BuildOptions(sourceDateEpoch: nil)) async throws
        -> [BuildResult]
    {
        log.withLock { $0 = [] }
        return try await Builder(host: host()).build(requests, options: options) { event in
            self.log.withLock { $0.append(event) }
        }
    }

    /// Builds one image.
    @discardableResult
    func build(
        _ dockerfile: String, _ options: BuildOptions = BuildOptions(sourceDateEpoch: nil),
        _ change: (inout BuildRequest) -> Void = { _ in }
    ) async throws -> BuildResult {
        try #require(try await build([request(dockerfile, change)], options).first)
    }

    /// The events of the last build.
    var events: [BuildEvent] { log.withLock { $0 } }

    var warnings: [String] {
        events.compactMap { event in
            if case .warning(_, let warning) = event { warning.description } else { nil }
        }
    }

    /// What the steps of the last build wrote, by line.
    var output: [String] {
        events.compactMap { event in
            if case .output(_, let line) = event { line.text } else { nil }
        }
    }

    /// Runs a script in the context; its failure is the test's.
    @discardableResult
    func run(_ script: String, in place: FilePath? = nil) throws -> String {
        let output = try ProcessOutput.of(
            ChildProcess.Command("/bin/sh", ["-euc", "umask 022; " + script], workingDirectory: place ?? context))
        guard output.status.isSuccess else { throw Failure(description: "\(script): \(output.message)") }
        return String(decoding: output.standardOutput, as: UTF8.self)
    }

    /// The files of an image: path, type, mode, owner, a link's target, and what a file contains.
    func listing(_ image: LocalImage) throws -> String {
        try mounted(image) { root in
            try run(
                #"find . -mindepth 1 \( -path ./proc -o -path ./sys -o -path ./dev \) -prune -o -mindepth 1 -printf '%P %y %m %U:%G %l\n' | sed 's/ *$//' | LC_ALL=C sort"#,
                in: root)
        }
    }

    func read(_ path: String, in image: LocalImage) throws -> String {
        try mounted(image) { root in try #require(try Files.text(root.appending(path))) }
    }

    func mounted<Result>(_ image: LocalImage, _ body: (FilePath) throws -> Result) throws -> Result {
        let layers = try images.view(image, "test").layerDirectories
        let place = directory.appending("view-\(UInt32.random(in: 0...UInt32.max))")
        let root = place.appending("root")
        let empty = ["one", "two"].map { place.appending($0) }
        for path in empty + [root] { try Files.createDirectory(path) }
        try Mounts.overlay(lowers: layers + empty, upper: nil, work: nil, at: root)
        defer { _ = try? Mounts.unmount(root) }
        return try body(root)
    }

    /// What unfinished work has left.
    func leftovers() throws -> [String] {
        let work = try Files.names(in: work).filter { $0 != "gate" && $0 != "locks" }
        return try work + Files.names(in: self.work.appending("locks")) + Mounts.list(below: directory).map(\.string)
    }
}

extension BuildResult {
    /// The instructions that were done, in their order, each with the reason.
    var executed: [String] {
        steps.compactMap { step in
            guard case .executed(let why, _) = step.outcome else { return nil }
            return "\(step.step.text): \(why)"
        }
    }

    var cached: [String] { steps.filter(\.isCached).map(\.step.text) }
}

/// The error that `body` throws, or a failed expectation.
func solveError(_ body: () async throws -> Void) async throws -> BuildError {
    do {
        try await body()
    } catch let error as BuildError {
        return error
    }
    throw SolveFixture.Failure(description: "no BuildError was thrown")
}
