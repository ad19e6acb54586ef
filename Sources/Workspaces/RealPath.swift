internal import Glibc
package import SystemPackage

extension FilePath {
    /// The path without links, `.` and `..`, or `nil` where nothing is there; realpath(3).
    package func resolved() -> FilePath? {
        guard let resolved = withPlatformString({ realpath($0, nil) }) else { return nil }
        defer { free(resolved) }
        return FilePath(platformString: resolved)
    }
}
