import Diagnostics
import Testing

@Suite(.timeLimit(.minutes(2))) struct DiagnosticTextTests {
    private func text(
        of line: String, _ column: Int, _ length: Int = 1, message: String = "m", remarks: [String] = []
    ) -> String {
        DiagnosticText(
            file: "f", line: 12, column: column, severity: "warning", message: message,
            excerpt: Excerpt(of: line, column: column, length: length), remarks: remarks
        ).text
    }

    @Test func placeLineMarkerAndRemarks() {
        #expect(
            text(of: "a\tbcd", 4, 2, remarks: ["from b", "try c"]) == """
                f:12:4: warning: m
                  12 | a\tbcd
                     |  \t ^~
                  from b
                  try c
                """)
    }

    @Test func anEmptyLineIsNotShown() {
        #expect(text(of: "", 1) == "f:12:1: warning: m")
    }

    /// The end of a line, places behind it and a length that goes beyond it.
    @Test(arguments: [(4, 1, "   ^"), (9, 3, "   ^"), (2, 9, " ^~"), (0, 1, "^"), (1, 0, "^")])
    func theMarkerStaysAtTheLine(column: Int, length: Int, marker: String) {
        let excerpt = Excerpt(of: "abc", column: column, length: length)
        #expect(excerpt.line == "abc")
        #expect(excerpt.marker == marker)
    }

    @Test(arguments: [1, 119, 120, 121, 122, 240, 2_999, 3_000, 3_001])
    func theMarkerStandsBelowItsPlaceInAWideLine(column: Int) {
        var line = Array(repeating: Character("x"), count: 3_000)
        if column <= line.count { line[column - 1] = "P" }
        let excerpt = Excerpt(of: String(line), column: column)
        #expect(excerpt.line.count <= 122)
        let place = Array(excerpt.marker).firstIndex(of: "^")
        let expected = column <= line.count ? Array(excerpt.line).firstIndex(of: "P") : excerpt.line.count
        #expect(place == expected)
        #expect(excerpt.line.hasPrefix("…") == (column > 120))
    }

    /// Escape sequences, C1 controls, line separators and marks that turn the direction of writing.
    @Test(arguments: ["\u{1B}", "\u{7}", "\u{9B}", "\u{7F}", "\u{2028}", "\u{202E}", "\u{2066}", "\u{200F}"])
    func whatDrivesATerminalIsReplaced(sign: String) {
        let text = text(of: "a\(sign)b", 3, message: "x\(sign)", remarks: ["r\(sign)"])
        #expect(text == "f:12:3: warning: x\u{FFFD}\n  12 | a\u{FFFD}b\n     |   ^\n  r\u{FFFD}")
    }
}
