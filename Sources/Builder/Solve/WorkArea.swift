internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The directories of running steps; the next build unmounts and removes those of a dead process.
struct WorkArea: Sendable {
    private static let locksName = "locks"

    let directory: FilePath
    private let places: LockedDirectories

    /// One file for each step that is being done.
    var locks: FilePath { directory.appending(Self.locksName) }

    init(_ directory: FilePath) {
        self.directory = directory
        places = LockedDirectories(directory, foreign: [Self.locksName]) { path throws(SystemError) in
            for point in try Mounts.list(below: path).reversed() { try Mounts.unmount(point, isLazy: true) }
            try Files.removeTree(path)
        }
    }

    /// Creates a new directory and removes those of dead processes.
    func begin() throws(BuildError) -> LockedDirectory {
        try attempting("make a directory for a build in \(directory)") { () throws(SystemError) in
            try Files.createDirectory(locks, mode: 0o700)
            try places.clear()
            return try places.begin()
        }
    }

    /// Removes the directories of dead processes.
    func removeLeftovers() throws(BuildError) {
        try attempting("remove what an earlier build left in \(directory)") { () throws(SystemError) in
            try places.clear()
            for name in try Files.exists(locks) ? Files.names(in: locks) : [] {
                try StepLock.remove(locks.appending(name))
            }
        }
    }
}

extension LockedDirectory {
    /// A new directory in it.
    func makeDirectory(_ purpose: String) throws(BuildError) -> FilePath {
        let made = path.appending("\(purpose)-\(UInt64.random(in: 0...UInt64.max))")
        try attempting("make \(made)") { () throws(SystemError) in try Files.createDirectory(made, mode: 0o700) }
        return made
    }
}
