import Foundation
import Glibc
import TestSupport
import Testing

/// A fixture with a directory to build from, and what the tests of builds do with it again and again.
struct BuildScene: Sendable {
    let fixture: Fixture
    let project: Project

    init(_ fixture: Fixture) throws {
        self.fixture = fixture
        project = try fixture.emptyProject(named: fixture.id)
    }

    /// What `build` calls the image.
    var image: String { "\(fixture.id):latest" }

    /// Writes the Dockerfile: a base, and these lines.
    func writeDockerfile(_ lines: String..., base: String = "FROM bootstrap:busybox") throws {
        try project.write("Dockerfile", ([base] + lines).map { $0 + "\n" }.joined())
    }

    /// `trice build -t NAME OPTIONS .`
    func command(_ options: String..., environment: [String: String] = [:]) throws -> Command {
        try project.command(["build", "-t", fixture.id] + options + ["."], environment: environment)
    }

    @discardableResult
    func build(_ options: String..., input: String = "", timeout: Duration = .seconds(60)) throws -> Command.Output {
        try project.command(["build", "-t", fixture.id, "--progress", "plain"] + options + ["."])
            .run(input: input, timeout: timeout)
    }

    /// Like `build`, but a failure of the program is one of the test.
    /// - Returns: What it wrote to standard error.
    @discardableResult
    func expectBuild(_ options: String..., sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        let output = try project.command(["build", "-t", fixture.id, "--progress", "plain"] + options + ["."]).run()
        guard output.succeeded else { throw TestError(output.description) }
        return output.standardError
    }

    /// What a file of the image holds; only for files that the last step wrote or copied.
    func layerFile(_ path: String) -> String? {
        let layers = "\(fixture.stateDirectory)/layers"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: layers)) ?? []
        return names.compactMap { try? String(contentsOfFile: "\(layers)/\($0)/\(path)", encoding: .utf8) }.first
    }

    /// Whether a process runs whose command line has this text.
    static func isRunning(_ text: String) -> Bool {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.contains { process in
            guard let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") else { return false }
            return String(decoding: line, as: UTF8.self).replacing("\0", with: " ").contains(text)
        }
    }

    /// A number of seconds to sleep that no other test uses, by which a process is found again.
    static var sleepTime: String { "10\(UInt32.random(in: 100_000...999_999))" }
}

// MARK: - What is left

extension BuildScene {
    private var directories: [String] {
        ["\(fixture.stateDirectory)/builds/steps", "\(fixture.stateDirectory)/builds/work", fixture.runDirectory]
    }

    /// Builds once, so that what stays for good is there, and notes what the host looks like.
    func prepared() throws -> HostSnapshot {
        try project.write("first/Dockerfile", "FROM bootstrap:busybox\nRUN true\nCOPY Dockerfile /\n")
        try project.expectSuccess("build", "-t", "\(fixture.id)-first", "first")
        return try HostSnapshot.take(directories: directories)
    }

    /// Makes sure that of a build nothing is left: no container, mount, network, cgroup, process or directory.
    func expectNothingLeft(
        since before: HostSnapshot, within timeout: Duration = .seconds(5),
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let left = try HostSnapshot.settledDifference(from: before, directories: directories, within: timeout)
        #expect(left == [], sourceLocation: sourceLocation)
    }

    /// What of a build is there that runs.
    func difference(since before: HostSnapshot) throws -> [String] {
        try HostSnapshot.take(directories: directories).difference(from: before)
    }
}

/// Runs a test of builds and cleans up after it in any case.
func withBuild(_ body: (BuildScene) async throws -> Void) async throws {
    try await withFixture { fixture in try await body(BuildScene(fixture)) }
}
