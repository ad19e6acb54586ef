internal import Diagnostics

/// Columns of text, aligned to the left, with a heading.
struct Table {
    var heading: [String]
    var rows: [[String]] = []

    init(_ heading: [String]) {
        self.heading = heading
    }

    /// The lines of the table; the last column is not padded.
    func lines(style: Style) -> [String] {
        var widths = heading.map(\.count)
        let rows = rows.map { $0.map(\.visibleInLine) }
        for row in rows {
            for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.count) }
        }
        func line(_ cells: [String]) -> String {
            var text = ""
            for (column, cell) in cells.enumerated() {
                text += cell
                guard column + 1 < cells.count else { break }
                text += String(repeating: " ", count: widths[column] - cell.count + 3)
            }
            while text.last == " " { text.removeLast() }
            return text
        }
        return [style.bold(line(heading))] + rows.map(line)
    }
}
