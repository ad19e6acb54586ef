internal import Synchronization

/// The files that a load has read, in order, each once.
final class FileTrail: Sendable {
    private let paths = Mutex<[String]>([])

    /// A reader that notes what it finds.
    func noting(_ read: @escaping @Sendable (String) -> FileContents) -> @Sendable (String) -> FileContents {
        { [self] path in
            let contents = read(path)
            if contents != .absent, path != FileContents.standardInput {
                paths.withLock { if !$0.contains(path) { $0.append(path) } }
            }
            return contents
        }
    }

    /// What has been read until now.
    var files: [String] { paths.withLock(\.self) }
}
