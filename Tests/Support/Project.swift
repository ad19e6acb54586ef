import Foundation
import Glibc

/// One project directory of a fixture, with the environment that its Envfile describes.
public final class Project: Sendable {
    public let fixture: Fixture
    public let name: String
    public let directory: String

    init(fixture: Fixture, name: String, directory: String) {
        self.fixture = fixture
        self.name = name
        self.directory = directory
    }

    /// Writes a file of the project.
    public func write(_ path: String, _ text: String) throws {
        let file = "\(directory)/\(path)"
        try FileManager.default.createDirectory(
            atPath: URL(filePath: file).deletingLastPathComponent().path(percentEncoded: false),
            withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: file))
    }

    /// The contents of a file of the project.
    public func read(_ path: String) throws -> String {
        try String(contentsOfFile: "\(directory)/\(path)", encoding: .utf8)
    }

    /// `trice` with these arguments, in the project's directory.
    public func command(_ arguments: [String], environment: [String: String] = [:]) throws -> Command {
        guard let binary = Fixture.binary else {
            throw TestError("there is no trice to test: run `make build`, or set TRICE_BINARY")
        }
        return Command(
            binary, arguments, environment: fixture.environment.merging(environment) { $1 }, directory: directory)
    }

    /// Runs `trice` with these arguments to its end.
    public func trice(
        _ arguments: String..., input: String = "", environment: [String: String] = [:],
        timeout: Duration = .seconds(60)
    ) throws -> Command.Output {
        try command(arguments, environment: environment).run(input: input, timeout: timeout)
    }

    /// Like `trice`, but a failure of the program is one of the test.
    /// - Returns: The standard output.
    @discardableResult
    public func expectSuccess(_ arguments: String..., timeout: Duration = .seconds(60)) throws -> String {
        let output = try command(arguments).run(timeout: timeout)
        guard output.succeeded else { throw TestError(output.description) }
        return output.standardOutput
    }

    /// The report of `trice status --json`.
    public func status() throws -> StatusReport {
        try JSONDecoder().decode(StatusReport.self, from: Data(expectSuccess("status", "--json").utf8))
    }

    /// Takes the environment down, in any state. An Envfile with another name than the fixture's must still be readable
    /// then.
    func takeDown() throws {
        guard Fixture.binary != nil, access("\(fixture.runDirectory)/run.db", F_OK) == 0 else { return }
        let supervisor = try? status().supervisor?.pid  // an unreadable Envfile is part of some tests
        let output = try trice("down", "--volumes", "--timeout", "1")
        if output.succeeded { return }
        let environments = "\(fixture.runDirectory)/environments"
        let left = (try? FileManager.default.contentsOfDirectory(atPath: environments)) ?? []  // no environment came up
        guard left.contains(where: { $0.hasPrefix(name) }) else { return }
        if let supervisor { kill(supervisor, SIGKILL) }
        throw TestError("cleaning up: " + output.description)
    }
}
