internal import Glibc
internal import LinuxSystem
package import SystemPackage

/// Where the files that belong to this program lie: installed (`bin`, `libexec`, `share`) or in a checkout.
package struct Installation: Sendable {
    /// The running program's own path.
    package let program: FilePath

    /// The path as it is at the first look: in another mount namespace the kernel may show it without what lies above the mount
    /// that the program is on.
    private static let ownPath = Result { () throws(SystemError) -> FilePath in
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = try systemCall("readlink", "/proc/self/exe") { readlink("/proc/self/exe", &buffer, buffer.count) }
        let path = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // A program that was replaced while it runs shows as "PATH (deleted)"; its successor has the same path.
        return FilePath(path.hasSuffix(" (deleted)") ? String(path.dropLast(10)) : path)
    }

    /// - Throws: `SystemError` when `/proc` is not mounted.
    package init() throws {
        program = try Self.ownPath.get()
    }

    private var directory: FilePath { program.removingLastComponent() }

    /// The small init that becomes PID 1 of containers.
    package func initProgram() throws(EngineError) -> FilePath {
        try program("trice-init")
    }

    private func program(_ name: String) throws(EngineError) -> FilePath {
        if let found = places(of: name).first(where: Files.exists) { return found }
        throw EngineError(
            .unsupportedHost,
            "The program `\(name)` is missing; it belongs beside \(program) or in ../libexec/trice. "
                + "Install Trice again with `make install`.")
    }

    /// Where a file that belongs to the program may lie, the nearest first.
    private func places(of name: String) -> [FilePath] {
        [directory.appending(name), directory.removingLastComponent().appending("libexec/trice").appending(name)]
    }

    /// Where `BuildRecord` may lie.
    var buildRecords: [FilePath] { places(of: "build.json") }

    /// The program that speaks with registries.
    package func remoteProgram() throws(EngineError) -> FilePath {
        try program("trice-remote")
    }

    /// The program that OpenSSH's clients and servers start.
    package func sshProgram() throws(EngineError) -> FilePath {
        try program("trice-ssh")
    }

    /// The templates of `trice init`; `TRICE_TEMPLATES_DIRECTORY` overrides.
    package func templates(processEnvironment: [String: String]) throws(EngineError) -> FilePath {
        if let path = processEnvironment["TRICE_TEMPLATES_DIRECTORY"] { return FilePath(path) }
        let base = directory.removingLastComponent()
        let candidates = [base.appending("share/trice/templates"), base.removingLastComponent().appending("templates")]
        if let found = candidates.first(where: Files.exists) { return found }
        throw EngineError(
            .template, "No templates were found beside \(program); set TRICE_TEMPLATES_DIRECTORY to their directory.")
    }
}
