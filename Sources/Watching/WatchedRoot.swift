internal import SystemPackage

/// A watched path: a directory, or a file in one, or nothing at present.
struct WatchedRoot {
    let path: String
    /// The directory whose events are about it: itself, or that of the file.
    private(set) var directory: String
    /// That of the directory; `nil` while it is not there.
    private var stamp: FileStamp?
    private var isFile = false
    private(set) var wasSeen = false
    private(set) var hasLooked = false
    /// What changed while it was not there.
    var withheld: Set<FileChange> = []

    init(_ path: String) {
        self.path = path
        directory = path
    }

    var isPresent: Bool { stamp != nil }

    func isSame(as other: WatchedRoot) -> Bool {
        guard hasLooked == other.hasLooked, directory == other.directory else { return false }
        guard let stamp, let old = other.stamp else { return (stamp == nil) == (other.stamp == nil) }
        return stamp.isSameFile(as: old)
    }

    /// Looks what is there now.
    mutating func look() {
        hasLooked = true
        let found = FileStamp(path, followingLink: true)
        if let found, found.isDirectory {
            (directory, stamp, isFile) = (path, found, false)
        } else if found != nil || isFile {
            // A file that was there is one that was removed, as long as its directory is there.
            directory = FilePath(path).removingLastComponent().string
            stamp = FileStamp(directory, followingLink: true)
            isFile = true
        } else {
            stamp = nil
        }
        if stamp != nil { wasSeen = true }
    }
}
