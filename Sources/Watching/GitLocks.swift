internal import LinuxSystem
internal import SystemPackage

/// The lock files of the git work trees that paths lie in: while one is there, git writes files.
package struct GitLocks: Sendable {
    /// An older lock was left behind by a git that was killed.
    private static let longestUse = Duration.seconds(30)

    private let files: [String]

    package init(of paths: [String]) {
        files = Set(paths.compactMap { Self.lock(of: $0) }).sorted()
    }

    /// Whether git is changing one of the work trees now.
    package var isHeld: Bool {
        files.contains { path in FileStamp(path)?.age.map { $0 < Self.longestUse } ?? false }
    }

    private static func lock(of path: String) -> String? {
        var directory = FilePath(path)
        while true {
            let git = directory.appending(".git")
            if let stamp = FileStamp(git.string) {
                if stamp.isDirectory { return git.appending("index.lock").string }
                // A work tree of its own: the file names the directory. What cannot be read locks nothing.
                let text = (try? Files.text(git)) ?? nil
                guard let text, text.hasPrefix("gitdir: ") else { return nil }
                let place = text.dropFirst("gitdir: ".count).prefix { $0 != "\n" }
                return directory.pushing(FilePath(String(place))).appending("index.lock").string
            }
            if !directory.removeLastComponent() { return nil }
        }
    }
}
