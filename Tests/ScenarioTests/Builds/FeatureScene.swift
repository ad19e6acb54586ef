import Foundation
import TestSupport
import Testing

/// A project directory with a Dockerfile of its own, built by the command alone.
struct FeatureScene: Sendable {
    let project: Project

    init(_ fixture: Fixture, _ dockerfile: String = "") throws {
        project = try fixture.emptyProject(named: fixture.id)
        if !dockerfile.isEmpty { try project.write("Dockerfile", dockerfile) }
    }

    /// `trice build -t NAME … .`
    func build(
        _ arguments: String..., named name: String = "feature:1", context: String = ".", input: String = "",
        environment: [String: String] = [:]
    ) throws -> Command.Output {
        try project.command(
            ["build", "-t", name] + arguments + [context], environment: environment
        ).run(input: input, timeout: .seconds(60))
    }

    /// Makes sure that a build works, and gives back all that it wrote.
    @discardableResult
    func expectBuild(
        _ arguments: String..., named name: String = "feature:1", context: String = ".", input: String = "",
        environment: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        let output = try project.command(
            ["build", "-t", name] + arguments + [context], environment: environment
        ).run(input: input, timeout: .seconds(60))
        #expect(output.exit == .code(0), "\(output.description)", sourceLocation: sourceLocation)
        return output.standardOutput + output.standardError
    }

    /// Runs a script in the project's directory; its failure is the test's.
    @discardableResult
    func shell(_ script: String, environment: [String: String] = [:]) throws -> String {
        let output = try Command(
            "sh", ["-euc", script], environment: project.fixture.environment.merging(environment) { $1 },
            directory: project.directory
        ).run()
        guard output.succeeded else { throw TestError(output.description) }
        return output.standardOutput
    }

    /// A directory of an image, whole, with its contents, below the fixture's directory.
    func unpacked(_ name: String = "feature:1") throws -> String {
        let place = "\(project.fixture.directory)/unpacked-\(UInt32.random(in: 0...UInt32.max))"
        try project.expectSuccess("image", "save", "--format", "directory", "-o", "\(place).oci", name)
        let tag = try Command("umoci", ["ls", "--layout", "\(place).oci"]).run().standardOutput
            .trimmingCharacters(in: .newlines)
        let output = try Command("umoci", ["unpack", "--image", "\(place).oci:\(tag)", place]).run()
        guard output.succeeded else { throw TestError(output.description) }
        return "\(place)/rootfs"
    }

    func inspect(_ name: String = "feature:1") throws -> [String: JSONValue] {
        let output = try project.expectSuccess("image", "inspect", name)
        return try JSONValue(text: output.utf8).array?.first?.object ?? [:]
    }
}

/// Runs a test with a Dockerfile and cleans up after it in any case.
func withDockerfile(_ dockerfile: String, _ body: (FeatureScene) async throws -> Void) async throws {
    try await withFixture { fixture in
        try await body(FeatureScene(fixture, dockerfile))
    }
}
