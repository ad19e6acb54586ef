import Diagnostics
import Testing

@testable import trice

/// What programs and images say must not steer the terminal.
@Suite(.timeLimit(.minutes(1))) struct TerminalTextTests {
    @Test(arguments: [
        ("plain é 字 👩‍💻", "plain é 字 👩‍💻"),
        ("10 %\r50 %\r100 %\r", "100 %"),
        ("a\tb", "a    b"),
        ("\u{1B}[31mred\u{1B}[0m", "red"),
        ("a\u{1B}]0;title\u{7}b", "ab"), ("a\u{1B}]0;title\u{1B}\\b", "ab"), ("a\u{1B}]0;never ended", "a"),
        ("a\u{1B}Pdevice\u{1B}\\b", "ab"), ("a\u{1B}(0b", "ab"), ("a\u{1B}", "a"), ("a\u{1B}[", "a"),
        ("a\u{7}\u{8}b\u{7F}", "ab"),
    ])
    func aLineHasNoControls(text: String, shown: String) {
        #expect(TerminalText(text).line == shown)
    }

    /// One scalar is enough for a terminal that reads C1 controls.
    @Test(arguments: [
        ("a\u{9B}2Jb", "ab"), ("a\u{9B}31;1mb", "ab"), ("a\u{9D}0;title\u{9C}b", "ab"), ("a\u{9D}0;title\u{7}b", "ab"),
        ("a\u{90}device\u{9C}b", "ab"), ("a\u{85}b\u{80}\u{9F}", "ab"),
    ])
    func aLineHasNoC1Controls(text: String, shown: String) {
        #expect(TerminalText(text).line == shown)
    }

    @Test func everyControlIsTakenOut() {
        for value in Array(0..<0x20) + Array(0x7F..<0xA0) where value != 9 && value != 13 {
            guard let scalar = Unicode.Scalar(UInt32(value)) else { continue }
            let line = TerminalText("a\(scalar)").line
            #expect(line == "a", "U+\(String(value, radix: 16))")
        }
    }

    /// Marks that turn the direction of writing make a text look like another one.
    @Test(arguments: ["\u{202E}", "\u{2066}", "\u{2069}", "\u{200F}", "\u{61C}", "\u{2028}"])
    func aLineHasNoMarksOfDirection(mark: String) {
        #expect(TerminalText("evil\(mark)gpj.exe").line == "evilgpj.exe")
    }

    @Test func cellsOfATableAreOneLine() {
        var table = Table(["NAME", "STATE"])
        table.rows = [["a\u{1B}[2J\nb", "up"], ["ccc", "\u{202E}x"]]
        let lines = table.lines(style: Style(descriptor: -1))
        #expect(lines == ["NAME               STATE", "a\\u{1b}[2J\\u{a}b   up", "ccc                \\u{202e}x"])
    }
}
