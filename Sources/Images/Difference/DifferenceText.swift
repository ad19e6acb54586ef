internal import SystemPackage

/// Changes as lines of text, as `git diff --stat` shows them; pure.
package enum DifferenceText {
    /// One line for each path and a last line with the sums, for a terminal of `width` columns.
    ///
    /// The bar has `+` for added bytes and `-` for removed bytes; the largest change has the longest bar.
    package static func lines(_ changes: [TreeChange], width: Int = 80) -> [String] {
        let rows = changes.map(Row.init)
        let longestText = rows.map(\.text.count).max() ?? 0
        let sizeWidth = rows.map(\.sizes.count).max() ?? 0
        // The path and the bar share the rest of the width; the bar gets a third, and more when the paths are short.
        let free = max(width - sizeWidth - 6, 20)
        let pathWidth = min(longestText, max(free - free / 3, free - 40))
        let barWidth = max(free - pathWidth, 5)
        let largest = rows.map { $0.grown + $0.shrunk }.max() ?? 0
        var lines = rows.map { row in
            let path = padded(shortened(row.text, to: pathWidth), to: pathWidth)
            let sizes = String(repeating: " ", count: sizeWidth - row.sizes.count) + row.sizes
            let line = " \(path) | \(sizes) \(row.bar(barWidth, largest))"
            return String(line[..<(line.lastIndex { $0 != " " }.map { line.index(after: $0) } ?? line.endIndex)])
        }
        lines.append(summary(changes))
        return lines
    }

    /// `3 paths changed, 1 added, 2 removed, +1.2 MB, −3.4 kB`.
    package static func summary(_ changes: [TreeChange]) -> String {
        let added = changes.count { $0.kind == .added }
        let removed = changes.count { $0.kind == .removed }
        let changed = changes.count - added - removed
        var grown: Int64 = 0
        var shrunk: Int64 = 0
        for change in changes {
            grown += max(0, change.newSize - change.oldSize)
            shrunk += max(0, change.oldSize - change.newSize)
        }
        let counted = "\(changed) \(changed == 1 ? "path" : "paths") changed, \(added) added, \(removed) removed"
        return "\(counted), +\(ByteCount.text(grown)), −\(ByteCount.text(shrunk))"
    }

    /// One line.
    private struct Row {
        var text: String
        var sizes: String
        var grown: Int64
        var shrunk: Int64
        private var change: TreeChange

        init(_ change: TreeChange) {
            self.change = change
            let path = change.path.string
            switch change.type {
            case .directory where path != "/": text = path + "/"
            case .link: text = path + "@"
            default: text = path
            }
            let delta = change.newSize - change.oldSize
            grown = max(0, delta)
            shrunk = max(0, -delta)
            switch change.kind {
            case .added: sizes = change.newSize == 0 ? "new" : ByteCount.text(change.newSize)
            case .removed: sizes = change.oldSize == 0 ? "gone" : ByteCount.text(change.oldSize)
            case .changed where delta == 0:
                sizes = change.aspects.isEmpty ? "touched" : change.aspects.names.joined(separator: ", ")
            case .changed: sizes = "\(ByteCount.text(change.oldSize)) → \(ByteCount.text(change.newSize))"
            }
        }

        func bar(_ width: Int, _ largest: Int64) -> String {
            let amount = grown + shrunk
            guard amount > 0, largest > 0 else {
                switch change.kind {
                case .added: return "+"
                case .removed: return "-"
                case .changed: return ""
                }
            }
            let length = max(1, Int(Double(width) * Double(amount) / Double(largest)))
            return String(repeating: grown > 0 ? "+" : "-", count: min(length, width))
        }
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// The end of a path is more useful than its beginning.
    private static func shortened(_ text: String, to width: Int) -> String {
        text.count <= width ? text : "…" + text.suffix(max(width - 1, 0))
    }
}

/// A number of bytes for people.
package enum ByteCount {
    /// Three digits at most, in powers of 1000: `0 B`, `999 B`, `1.5 kB`, `12 MB`.
    package static func text(_ bytes: Int64) -> String {
        var value = Double(bytes.magnitude)
        var unit = 0
        let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
        // 999.5 would be written as 1000.
        while value >= (unit == 0 ? 1000 : 999.5) && unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let sign = bytes < 0 ? "-" : ""
        if unit == 0 || value >= 9.95 { return "\(sign)\(Int(value.rounded())) \(units[unit])" }
        let tenths = Int((value * 10).rounded())
        return "\(sign)\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
