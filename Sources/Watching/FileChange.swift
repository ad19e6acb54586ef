/// A path that was created, changed or removed.
package struct FileChange: Hashable, Sendable {
    /// Absolute.
    package var path: String
    /// Whether the path is, or was, a directory.
    package var isDirectory: Bool

    package init(_ path: String, isDirectory: Bool = false) {
        self.path = path
        self.isDirectory = isDirectory
    }
}
