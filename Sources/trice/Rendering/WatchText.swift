internal import Envfile
internal import Sessions
internal import Watching

/// A watch as text.
enum WatchText {
    /// How many files are named.
    private static let shownFiles = 3

    /// Such as `web: 2 files synced to /app in 14 ms (app.py, lib/x.py)`.
    static func line(_ row: WatchRow) -> String {
        let words = ["rebuild": "rebuilt", "sync": "synced", "restart": "restarted", "exec": "command run"]
        let done = row.actions.map { action in
            let target = action == "sync" && !row.targets.isEmpty ? " to \(row.targets.joined(separator: " and "))" : ""
            return (words[action] ?? action) + target
        }
        let count = row.files.count == 1 ? "1 file" : "\(row.files.count) files"
        if let error = row.error {
            let action = row.actions.last ?? "work"
            return TerminalText("\(row.service): \(action) failed after a change of \(count)\(names(row)): \(error)")
                .line
        }
        return TerminalText(
            "\(row.service): \(count) \(done.joined(separator: ", ")) in "
                + "\(Format.elapsed(.milliseconds(row.milliseconds)))\(names(row))"
        ).line
    }

    private static func names(_ row: WatchRow) -> String {
        let names = row.files.prefix(shownFiles).map { path in
            path.split(separator: "/").last.map(String.init) ?? path
        }
        if names.isEmpty { return "" }
        return " (\(names.joined(separator: ", "))\(row.files.count > shownFiles ? ", …" : ""))"
    }

    /// What would be watched, one line each.
    static func rules(_ selection: WatchSelection) -> [String] {
        selection.rules.rules.map { rule in
            let target = rule.watch.target.map { " to \($0)" } ?? ""
            return TerminalText("watch \(rule.path) for \(rule.service): \(rule.watch.action.rawValue)\(target)").line
        }
    }
}
