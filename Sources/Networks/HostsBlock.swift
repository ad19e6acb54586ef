/// The lines of one environment in a file such as /etc/hosts, between two marks; hosts(5).
package struct HostsBlock: Hashable, Sendable {
    /// The id of the environment.
    package let environment: String
    /// In the order of the file.
    package let entries: [HostNames]

    package init(environment: String, entries: [HostNames]) {
        self.environment = environment
        self.entries = entries
    }

    private var beginning: String { "# begin of the names of the Trice environment \(environment)" }
    private var end: String { "# end of the names of the Trice environment \(environment)" }

    /// The lines, with the marks.
    package var text: String {
        let lines = entries.map { "\($0.address)\t\($0.names.joined(separator: " "))" }
        return ([beginning] + lines + [end]).map { $0 + "\n" }.joined()
    }

    /// The text of a file with this block in place of the former one, at its end where there was none.
    package func added(to text: String) -> String {
        let rest = removed(from: text)
        return rest + (rest.isEmpty || rest.hasSuffix("\n") ? "" : "\n") + self.text
    }

    /// The text of a file without the block; all other lines stay as they are. A beginning without an end is left.
    package func removed(from text: String) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        while let first = lines.firstIndex(where: { $0 == beginning }),
            let last = lines[first...].firstIndex(where: { $0 == end })
        {
            lines.removeSubrange(first...last)
        }
        return lines.joined(separator: "\n")
    }
}
