import Foundation

/// The processes of one fixture, found from outside: by their variables, their command line and their parents.
struct ProcessTable {
    struct Entry {
        var pid: Int32
        var parent: Int32
        var name: String
        var isOwn: Bool
    }

    private var entries: [Int32: Entry] = [:]

    /// - Parameter directory: the fixture's directory, which the variables of every process of Trice name.
    init(directory: String) {
        let files = FileManager.default
        let numbers = (try? files.contentsOfDirectory(atPath: "/proc")) ?? []  // /proc is always there
        for pid in numbers.compactMap({ Int32($0) }) {
            guard let stat = files.contents(atPath: "/proc/\(pid)/stat") else { continue }
            // proc_pid_stat(5): the name stands in parentheses and may contain some itself; state and parent follow.
            let text = String(decoding: stat, as: UTF8.self)
            guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")") else { continue }
            let rest = text[text.index(after: close)...].split(separator: " ")
            guard rest.count > 1, let parent = Int32(rest[1]), rest[0] != "Z" else { continue }
            let about = ["environ", "cmdline"].map { files.contents(atPath: "/proc/\(pid)/\($0)") ?? Data() }
            entries[pid] = Entry(
                pid: pid, parent: parent, name: String(text[text.index(after: open)..<close]),
                isOwn: about.contains { $0.range(of: Data(directory.utf8)) != nil })
        }
    }

    /// The processes with the directory in their variables or arguments, and all their descendants, without this process.
    func own(and others: [Int32]) -> [Entry] {
        let this = ProcessInfo.processInfo.processIdentifier
        return entries.values.filter { entry in
            var current: Entry? = entry
            while let ancestor = current, ancestor.pid != this, ancestor.pid > 1 {
                if ancestor.isOwn || others.contains(ancestor.pid) { return entry.pid != this }
                current = entries[ancestor.parent]
            }
            return false
        }.sorted { $0.pid < $1.pid }
    }
}
