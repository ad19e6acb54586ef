import Foundation
import Glibc

/// One project directory of a fixture, with the environment that its Envfile describes.
package final class Project: Sendable {
    package let fixture: Fixture
    package let name: String
    package let directory: String

    init(fixture: Fixture, name: String, directory: String) {
        self.fixture = fixture
        self.name = name
        self.directory = directory
    }

    /// Writes a file of the project.
    package func write(_ path: String, _ text: String) throws {
        let file = "\(directory)/\(path)"
        try FileManager.default.createDirectory(
            atPath: URL(filePath: file).deletingLastPathComponent().path(percentEncoded: false),
            withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: file))
    }

    /// The contents of a file of the project.
    package func read(_ path: String) throws -> String {
        try String(contentsOfFile: "\(directory)/\(path)", encoding: .utf8)
    }

    /// `trice` with these arguments, in the project's directory.
    package func command(_ arguments: [String], environment: [String: String] = [:]) throws -> Command {
        guard let binary = Fixture.binary else {
            throw TestError("there is no trice to test: run `make build`, or set TRICE_BINARY")
        }
        return Command(
            binary, UserRun.arguments(arguments), environment: fixture.environment.merging(environment) { $1 },
            directory: directory)
    }

    /// Runs `trice` with these arguments to its end.
    package func trice(
        _ arguments: String..., input: String = "", environment: [String: String] = [:],
        timeout: Duration = .seconds(60)
    ) throws -> Command.Output {
        try command(arguments, environment: environment).run(input: input, timeout: timeout)
    }

    /// Like `trice`, but a failure of the program is one of the test.
    /// - Returns: The standard output.
    @discardableResult
    package func expectSuccess(_ arguments: String..., timeout: Duration = .seconds(60)) throws -> String {
        let output = try command(arguments).run(timeout: timeout)
        guard output.succeeded else { throw TestError(output.description) }
        return output.standardOutput
    }

    /// The report of `trice status --json`.
    package func status() throws -> StatusReport {
        try JSONDecoder().decode(StatusReport.self, from: Data(expectSuccess("status", "--json").utf8))
    }

    /// Kills the supervisor together with the guard that would start it again; returns when both have ended.
    package func killSupervisor() throws {
        guard let supervisor = try status().supervisor?.pid else { throw TestError("no supervisor lives") }
        let victims = [try Self.supervisorGuard(of: supervisor), supervisor].compactMap(\.self)
        for victim in victims { kill(victim, SIGKILL) }
        guard eventually({ victims.allSatisfy { Self.hasEnded($0) } }) else {
            throw TestError("the supervisor \(supervisor) did not end when it was killed")
        }
    }

    /// The process that starts the supervisor again when it is killed; `nil` when that was killed itself.
    package static func supervisorGuard(of supervisor: Int32) throws -> Int32? {
        guard let parent = parent(of: supervisor) else { return nil }
        let words = try String(contentsOfFile: "/proc/\(parent)/cmdline", encoding: .utf8).split(separator: "\0")
        return words.count > 1 && words[0].hasSuffix("/trice-init") && words[1] == "-g" ? parent : nil
    }

    /// Whether a process is gone, or waits only for its parent. Its descriptors are open until its last thread has ended.
    package static func hasEnded(_ process: Int32) -> Bool {
        fields(of: process).map { $0[0] == "Z" && $0[17] == "1" } ?? true
    }

    /// The process's state and parent; `nil` when it is gone. proc_pid_stat(5).
    private static func fields(of process: Int32) -> [Substring]? {
        // A process that has gone has no file.
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return nil }
        return text[text.index(after: name)...].split(separator: " ")
    }

    private static func parent(of process: Int32) -> Int32? { fields(of: process).flatMap { Int32($0[1]) } }

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
