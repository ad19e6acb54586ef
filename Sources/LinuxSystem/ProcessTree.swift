internal import Glibc
internal import SystemPackage

/// A process with all that came of it.
package enum ProcessTree {
    /// How often new processes are looked for: a parent that forks while it is killed leaves the child to the next look.
    private static let rounds = 8

    /// Kills a process, its descendants and every process of its session, unless that is the session of this process;
    /// proc_pid_stat(5).
    ///
    /// A process that has left the session and whose parent has ended is not found.
    package static func kill(_ root: Int32) {
        guard let session = ProcessFacts.session(of: root) else { return }
        let isForeign = session != getsid(0) && session > 1
        var known: Set<Int32> = [root]
        for _ in 0..<rounds {
            // Without /proc only the process itself is known.
            let names = (try? Files.names(in: "/proc")) ?? []
            var children: [Int32: [Int32]] = [:]
            var found: Set<Int32> = ProcessFacts.isAlive(root) ? [root] : []
            for pid in names.compactMap({ Int32($0) }) {
                guard let parent = ProcessFacts.parent(of: pid) else { continue }
                children[parent, default: []].append(pid)
                if isForeign, ProcessFacts.session(of: pid) == session { found.insert(pid) }
            }
            var open = Array(known.union(found))
            while let next = open.popLast() {
                for child in children[next] ?? [] where found.insert(child).inserted { open.append(child) }
            }
            guard !found.isEmpty else { return }
            known.formUnion(found)
            for pid in found { _ = Glibc.kill(pid, SIGKILL) }
            usleep(200)
        }
    }
}
