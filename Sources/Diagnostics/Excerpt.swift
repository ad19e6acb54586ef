/// A line of a file for a message: the part around a position, and a marker for the line below it.
package struct Excerpt: Hashable, Sendable {
    /// How many code points of a line are shown.
    private static let width = 120

    /// Without characters that drive a terminal; empty for an empty line.
    package let line: String
    package let marker: String

    /// - Parameters:
    ///   - column: One-based, in code points.
    ///   - length: The number of marked code points; the marker has at least one sign and ends with the line.
    package init(of text: String, column: Int, length: Int = 1) {
        let scalars = Array(text.unicodeScalars)
        let place = min(max(0, column - 1), scalars.count)
        let first = place >= Self.width ? place + 1 - Self.width / 2 : 0
        let last = min(scalars.count, first + Self.width)
        var line = first > 0 ? "…" : ""
        var marker = first > 0 ? " " : ""
        for scalar in scalars[first..<last] { line.unicodeScalars.append(scalar.printable) }
        if last < scalars.count { line += "…" }
        for scalar in scalars[first..<place] { marker += scalar == "\t" ? "\t" : " " }
        self.line = line
        self.marker = marker + "^" + String(repeating: "~", count: max(0, min(length, last - place) - 1))
    }

    /// The two lines with the number in front, indented; none for an empty line.
    func lines(number: Int) -> [String] {
        if line.isEmpty { return [] }
        let number = String(number)
        let blank = String(repeating: " ", count: number.count)
        return ["  \(number) | \(line)", "  \(blank) | \(marker)"]
    }
}
