import Foundation
import Glibc

/// The place of one test: a temporary directory that also holds Trice's state.
///
/// Everything registered with `onCleanUp` runs at the end, last first, whether the test passed or failed.
package final class Fixture: Sendable {
    private let temporary: TemporaryDirectory
    /// Unique on this machine, short enough for socket paths: `tt3f09c2a`.
    package var id: String { temporary.id }
    package var directory: String { temporary.path }

    package init() throws {
        // The directory is readable for others, as a test may run programs as another user.
        temporary = try TemporaryDirectory(mode: 0o755)
    }

    /// The program under test: `TRICE_BINARY`, otherwise what `make build` made.
    package static var binary: String? {
        let built = FileManager.default.currentDirectoryPath + "/.build/bin/trice"
        let path = ProcessInfo.processInfo.environment["TRICE_BINARY"] ?? built
        return access(path, X_OK) == 0 ? path : nil
    }

    /// The top of the checkout.
    package static var checkout: String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .path(percentEncoded: false)
    }

    package var stateDirectory: String { "\(directory)/state" }
    package var runDirectory: String { "\(directory)/run" }

    /// The variables that keep Trice inside this fixture, on top of the least that a program needs.
    package var environment: [String: String] {
        [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": directory, "LANG": "C.UTF-8", "TERM": "xterm",
            "TRICE_STATE_DIRECTORY": stateDirectory, "TRICE_RUN_DIRECTORY": runDirectory,
        ]
    }

    /// Registers what must happen at the end, before everything that was registered earlier.
    package func onCleanUp(_ body: @escaping @Sendable () throws -> Void) { temporary.onCleanUp(body) }

    /// Runs all registered actions, last first, and removes the directory.
    /// - Throws: The first failure, after everything else was tried.
    package func cleanUp() throws { try temporary.cleanUp() }

    /// Makes this fixture use the images that the whole test run shares, so that each is made once. They lie in the
    /// directory that `TRICE_TEST_IMAGES` names. Without the variable the fixture makes its own.
    package func shareImages() throws {
        // A user unpacks layers of their own.
        guard UserRun.user == nil, let shared = ProcessInfo.processInfo.environment["TRICE_TEST_IMAGES"],
            !shared.isEmpty
        else { return }
        let files = FileManager.default
        try files.createDirectory(atPath: stateDirectory, withIntermediateDirectories: true)
        for name in ["content", "layers", "locks"] {
            try files.createDirectory(atPath: "\(shared)/\(name)", withIntermediateDirectories: true)
            try files.createSymbolicLink(
                atPath: "\(stateDirectory)/\(name)", withDestinationPath: "\(shared)/\(name)")
        }
    }

    /// A new project in an empty directory; its environment is taken down at the end.
    package func emptyProject(named name: String) throws -> Project {
        let directory = "\(directory)/projects/\(name)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let project = Project(fixture: self, name: name, directory: directory)
        onCleanUp { try project.takeDown() }
        return project
    }

    /// A new project directory with an Envfile; its environment is taken down at the end.
    package func project(_ envfile: String, named name: String? = nil, file: String = "Envfile") throws -> Project {
        let project = try emptyProject(named: name ?? id)
        try project.write(file, envfile)
        return project
    }

    /// A copy of a directory of the checkout as a project.
    package func project(copying paths: String..., envfile: String) throws -> Project {
        let text = try String(contentsOfFile: Self.checkout + envfile, encoding: .utf8)
        let project = try project(text)
        for path in paths {
            let from = Self.checkout + path
            let to = "\(project.directory)/\(URL(filePath: path).lastPathComponent)"
            let output = try Command("cp", ["-a", from, to]).run()
            guard output.succeeded else { throw TestError(output.description) }
        }
        return project
    }

    /// A port that is free on every address, for TCP and for UDP, below the range of the kernel's ephemeral ports.
    package static func freePort(avoiding others: Set<UInt16> = []) throws -> UInt16 {
        for _ in 0..<100 {
            let port = UInt16.random(in: 15000..<31000)
            if !others.contains(port), isFree(port) { return port }
        }
        throw TestError("there is no free port")
    }

    private static func isFree(_ port: UInt16) -> Bool {
        for kind in [Socket.Kind.tcp, .udp] {
            for address in ["0.0.0.0", "::"] {
                do { _ = try Socket(binding: kind, to: Endpoint(address, port)) } catch { return false }
            }
        }
        return true
    }
}

/// Runs a test in a fixture of its own and cleans up after it in any case.
package func withFixture<R>(_ body: (Fixture) async throws -> R) async throws -> R {
    let fixture = try Fixture()
    let result: R
    do {
        result = try await body(fixture)
    } catch {
        // The test's own failure is the one to report; what could not be cleaned up shows in the leak check.
        try? fixture.cleanUp()
        throw error
    }
    try fixture.cleanUp()
    return result
}
