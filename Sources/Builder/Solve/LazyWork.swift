internal import LinuxSystem
internal import Synchronization

/// A work directory that is made when it is first needed, so that a build of which everything is cached makes none.
final class LazyWork: Sendable {
    let area: WorkArea
    private let made = Mutex<LockedDirectory?>(nil)

    init(_ area: WorkArea) {
        self.area = area
    }

    func directory() throws(BuildError) -> LockedDirectory {
        try made.withLock { (made) throws(BuildError) in
            if let made { return made }
            let new = try area.begin()
            made = new
            return new
        }
    }
}
