internal import Glibc
package import SystemPackage

/// Where programs of the host are looked up: the one answer for all modules, and for `doctor`.
package struct ProgramSearch: Hashable, Sendable {
    /// In the order in which they are asked.
    package let directories: [String]

    /// Directories of programs for administration, which the `PATH` of a user often lacks.
    private static let system = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"]

    /// Only these directories, separated by colons as in `PATH`.
    package init(only path: String) {
        directories = path.split(separator: ":").map(String.init)
    }

    /// The directories of a `PATH`, then those of the system.
    package init(path: String?) {
        let own = (path ?? "").split(separator: ":").map(String.init)
        directories = own + Self.system.filter { !own.contains($0) }
    }

    /// For the `PATH` of this process.
    package static var ofProcess: ProgramSearch { ProgramSearch(path: EnvironmentVariables.current["PATH"]) }

    /// The program of a name, or at a path where `name` has a slash; `nil` where no executable file is there.
    package func find(_ name: String) -> FilePath? {
        if name.contains("/") { return Self.isProgram(name) ? FilePath(name) : nil }
        return directories.lazy.map { "\($0)/\(name)" }.first(where: Self.isProgram).map { FilePath($0) }
    }

    /// Whether this process may execute it; a directory is no program.
    private static func isProgram(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
}
