import Foundation
import TestSupport
import Testing

/// A project of others: our `Envfile` and `Dockerfile` beside its sources, which come from Debian's mirror.
struct RealProject {
    let project: Project
    let before: HostSnapshot

    /// Copies `Projects/NAME` and unpacks the sources into it.
    ///
    /// - Parameters:
    ///   - source: a path on the mirror.
    ///   - unpacking: a shell command that finds the file as `$FILE` and runs in the project's directory.
    init(_ name: String, _ fixture: Fixture, source: String, checksum: String, unpacking: String) throws {
        try fixture.shareImages()
        project = try fixture.emptyProject(named: fixture.id)
        let directory = URL(filePath: #filePath).deletingLastPathComponent().path(percentEncoded: false)
        let copied = try Command("cp", ["-a", "\(directory)Projects/\(name)/.", project.directory]).run()
        guard copied.succeeded else { throw TestError(copied.description) }
        let script = """
            set -eu
            curl -fsSL --retry 3 -o "$FILE" "http://deb.debian.org/debian/pool/main/\(source)"
            echo "\(checksum)  $FILE" | sha256sum --check --quiet
            \(unpacking)
            """
        let fetched = try Command(
            "sh", ["-c", script],
            environment: fixture.environment.merging(["FILE": "\(fixture.directory)/source"]) { $1 },
            directory: project.directory
        ).run(timeout: .seconds(120))
        guard fetched.succeeded else { throw TestError(fetched.description) }
        try project.write(
            "Envfile", "name: \(fixture.id)\n" + project.read("Envfile").replacing(/- \d+:(\d+)/) { "- \"\($0.1)\"" })
        before = try HostSnapshot.take()
    }

    /// `up`, with everything that the build says.
    @discardableResult
    func up() throws -> String {
        let output = try project.trice("up", "--progress", "plain", timeout: .seconds(400))
        guard output.succeeded else { throw TestError(output.description) }
        return output.standardOutput + output.standardError
    }

    /// Makes sure that nothing is built and nothing is done when nothing has changed, and that this takes no time.
    func expectNothingToDo(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let pids = try project.status().services.map(\.pid)
        var said = ""
        let clock = ContinuousClock()
        let times = try (0..<3).map { _ in try clock.measure { said += try up() } }
        #expect(times.min() ?? .zero < .milliseconds(400), "\(times)", sourceLocation: sourceLocation)
        #expect(!said.contains("done in"), "\(said)", sourceLocation: sourceLocation)
        #expect(try project.status().services.map(\.pid) == pids, sourceLocation: sourceLocation)
        let plan = try project.trice("plan")
        expect(plan, endsWith: 0, sourceLocation: sourceLocation)
    }

    /// Replaces a text of a source file that is there once.
    func edit(_ path: String, _ old: String, _ new: String) throws {
        let text = try project.read(path)
        guard text.ranges(of: old).count == 1 else { throw TestError("`\(old)` is not once in \(path)") }
        try project.write(path, text.replacing(old, with: new))
    }

    func expectNothingLeft() throws {
        try project.expectSuccess("down", "--volumes")
        #expect(try project.status().services.isEmpty)
        // Forwarding stays on once it was needed, as other container engines leave it.
        #expect(try HostSnapshot.settledDifference(from: before, ignoring: [.setting]) == [])
    }

    func endpoint(_ service: String, _ port: UInt16) throws -> Endpoint {
        Endpoint("127.0.0.1", try project.status().port(of: service, port))
    }
}
