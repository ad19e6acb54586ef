internal import Glibc
internal import LinuxSystem
internal import SystemPackage
internal import Workspaces

/// The cgroups that containers lie in by `cgroup_parent`. The runtime makes those that are missing and does not remove
/// them, so the environment writes down which they were and removes them at its end.
struct CgroupParents {
    let workspace: Workspace

    private static let root = FilePath("/sys/fs/cgroup")

    /// Noted paths, one a line, below the root of each hierarchy.
    private var file: FilePath { workspace.layout.cgroupParents(of: workspace.id) }

    /// Writes down what is missing of a path, before it is made.
    func note(_ parent: String) throws {
        let lock = try FileLock(waitingFor: workspace.layout.hostLock)
        var noted = try notes()
        var path = ""
        for name in parent.split(separator: "/") {
            path += path.isEmpty ? "\(name)" : "/\(name)"
            let isThere = try Self.hierarchies().contains { Files.exists($0.appending(path)) }
            if !isThere, !noted.contains(path) { noted.append(path) }
        }
        try Files.write(noted.map { $0 + "\n" }.joined().utf8, to: file, mode: 0o600)
        _ = consume lock
    }

    /// Removes what was noted, the deepest first. A cgroup that something else uses by now stays.
    func remove() throws {
        for path in try notes().sorted(by: { $0.utf8.count > $1.utf8.count }) {
            for hierarchy in try Self.hierarchies() {
                // It may be in use, or missing in this hierarchy: both are as they should be.
                _ = rmdir(hierarchy.appending(path).string)
            }
        }
    }

    private func notes() throws -> [String] {
        (try Files.text(file) ?? "").split(separator: "\n").map(String.init)
    }

    /// The roots of all hierarchies: that of version 2, or those of version 1.
    private static func hierarchies() throws -> [FilePath] {
        let below = try Files.names(in: root).map { root.appending($0) }
        return ([root] + below).filter { Files.exists($0.appending("cgroup.procs")) && isMounted($0) }
    }

    private static func isMounted(_ path: FilePath) -> Bool { path == root || Mounts.isRoot(path) }
}
