internal import Diagnostics
internal import ImageCommands

/// An image's history as `git log` shows one.
struct HistoryText {
    let style: Style

    func lines(of rows: [HistoryRow]) -> [String] {
        var lines: [String] = []
        for row in rows {
            if !lines.isEmpty { lines.append("") }
            let name = row.layer.map { "layer \($0)" } ?? "no layer"
            lines.append(style.yellow(name) + (row.layer == nil ? "" : " (\(Format.bytes(row.size)))"))
            if let author = row.author, !author.isEmpty { lines.append("Author: \(author.visible)") }
            if let created = row.created { lines.append("Date:   \(created)") }
            let message = [row.comment, row.createdBy].compactMap { $0 }.filter { !$0.isEmpty }
            if message.isEmpty { continue }
            lines.append("")
            for text in message {
                for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
                    lines.append("    \(String(line).visible)")
                }
            }
        }
        return lines
    }
}
