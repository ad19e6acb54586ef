internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// A step's cgroup in every hierarchy, for when its runtime could not remove it; cgroups(7).
struct StepCgroup: Sendable {
    private static let hierarchies: FilePath = "/sys/fs/cgroup"

    let path: String

    /// Kills its processes and removes it; a hierarchy without it is not an error.
    func remove() throws(SystemError) {
        let roots = [Self.hierarchies] + (try Files.names(in: Self.hierarchies)).map { Self.hierarchies.appending($0) }
        for root in roots {
            let group = FilePath(root.string + path)
            guard try Files.status(group)?.kind == .directory else { continue }
            try removeTree(group)
        }
    }

    private func removeTree(_ group: FilePath) throws(SystemError) {
        for name in try Files.names(in: group) {
            let child = group.appending(name)
            if try Files.status(child)?.kind == .directory { try removeTree(child) }
        }
        for _ in 0..<100 {
            let processes = (try Files.text(group.appending("cgroup.procs")) ?? "").split(separator: "\n")
            for process in processes.compactMap({ Int32($0) }) { kill(process, SIGKILL) }
            if group.withPlatformString({ rmdir($0) }) == 0 { return }
            if Errno.last == .noSuchFileOrDirectory { return }
            // A killed process leaves its group a moment later.
            usleep(10_000)
        }
        throw SystemError("rmdir", group.string, .resourceBusy)
    }
}
