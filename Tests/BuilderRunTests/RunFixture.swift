import Containers
import Glibc
import Images
import LinuxSystem
import OCI
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Builder
@testable import Dockerfile

/// A runner, a runtime root and a base image in a temporary directory.
final class RunFixture: Sendable {
    private let temporary: TemporaryDirectory
    let path: FilePath
    let runner: StepRunner
    let runtime: any OCIRuntime
    let host: HostFacts
    /// Those of `bootstrap:busybox`.
    let base: [FilePath]

    init(program: String = "crun") throws {
        temporary = try TemporaryDirectory()
        path = FilePath(temporary.path)
        host = try HostFacts.observe()
        let facts = try #require(
            try RuntimeFacts.observe(program, searchPath: "/usr/bin:/usr/sbin", cache: path.appending("cache")))
        runtime = facts.runtime(root: path.appending("runtime"), on: host)
        let profile = SeccompProfile.standard(
            capabilities: .standard, architecture: try #require(SeccompArchitecture.native))
        let seccomp: ContainerConfiguration.Seccomp =
            facts.kind == .crun
            ? .compiled(try SeccompCache(directory: path.appending("seccomp")).compiled(profile)) : .profile(profile)
        runner = try StepRunner(
            directory: path.appending("build"), runtime: runtime, host: host, seccomp: seccomp)
        base = try ImageStore(path.appending("state")).ensure(ImageReference("bootstrap:busybox", relativeTo: "/"))
            .layerDirectories
    }

    /// A step in the shell form.
    func step(_ script: String, _ change: (inout RunRequest) -> Void = { _ in }) -> RunRequest {
        var request = RunRequest(
            name: "RUN \(script.prefix(40))", lowers: base, command: .program(["/bin/sh", "-c", script]))
        change(&request)
        return request
    }

    /// Runs a step, which must succeed, and returns it with what it wrote.
    @discardableResult
    func run(_ request: RunRequest) async throws -> (step: CompletedStep, text: String) {
        let output = Output()
        let step = try await runner.run(request) { output.add($0) }
        return (step, output.text)
    }

    /// Runs a step, which must fail.
    func failure(_ request: RunRequest) async throws -> BuildError {
        do {
            _ = try await runner.run(request) { _ in }
        } catch {
            return error
        }
        return try #require(nil as BuildError?, "`\(request.name)` succeeded")
    }

    /// All paths below a directory, sorted, each behind its kind: `d`, `f`, `l`, `c`.
    func tree(_ directory: FilePath) throws -> [String] {
        let output = try ProcessOutput.of(
            .init("/usr/bin/find", [directory.string, "-mindepth", "1", "-printf", "%y %P\n"]))
        return String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n").map(String.init).sorted()
    }

    /// Makes a directory with files, as a context or a layer.
    func directory(_ name: String, _ files: [String: String]) throws -> FilePath {
        let made = path.appending(name)
        try Files.createDirectory(made)
        for (file, text) in files {
            let place = FilePath("\(made)/\(file)")
            try Files.createDirectory(place.removingLastComponent())
            try Files.write(text.utf8, to: place)
        }
        return made
    }

    // MARK: - Leftovers

    /// Everything that steps of this fixture have on the host now; for `kept` steps that is not nothing.
    func leftovers() throws -> [String] {
        var found = try Mounts.list(below: path).map { "mount \($0)" }
        found += try runtime.containers().map { "container \($0)" }
        for hierarchy in try Files.names(in: "/sys/fs/cgroup") {
            for name in try Files.names(in: FilePath("/sys/fs/cgroup/\(hierarchy)"))
            where name.hasPrefix(runner.steps.idPrefix) {
                found.append("cgroup \(hierarchy)/\(name)")
            }
        }
        found += try Files.names(in: runner.steps.directory).filter { $0 != "gate" }.map { "step \($0)" }
        return found
    }

    /// Takes everything away; what steps left is a failure.
    func cleanUp() {
        func attempt(_ body: () throws -> Void) {
            do { try body() } catch { Issue.record("clean-up: \(error)") }
        }
        attempt {
            let left = try leftovers()
            #expect(left == [])
        }
        attempt { try runner.removeLeftovers() }
        attempt { try temporary.cleanUp() }
    }
}

/// Collects what a step writes.
final class Output: Sendable {
    private let all = Mutex<[OutputLine]>([])

    func add(_ line: OutputLine) { all.withLock { $0.append(line) } }

    var lines: [OutputLine] { all.withLock { $0 } }

    func bytes(_ stream: OutputLine.Stream) -> [UInt8] {
        lines.filter { $0.stream == stream }.flatMap { $0.bytes + ($0.endsLine ? [0x0a] : []) }
    }

    var text: String { String(decoding: bytes(.standardOutput), as: UTF8.self) }

    /// Waits until the step has written the text.
    func wait(for text: String) async throws {
        if try await eventually(suspendingWithin: .seconds(10), { lines.contains { $0.text.contains(text) } }) {
            return
        }
        Issue.record("'\(text)' never came; there was: \(self.text)")
    }
}

extension RunMount.Permissions {
    static func standard(_ mode: UInt16) -> Self { .init(mode: mode, uid: 0, gid: 0, isDefault: true) }
}
