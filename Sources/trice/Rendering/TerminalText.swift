internal import Diagnostics

/// A line that a program wrote, made fit for a row of Trice's own display.
struct TerminalText {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    /// What a terminal would show in the end: of a progress bar the last state, without colours and other controls.
    var line: String {
        var rest = text
        while rest.hasSuffix("\r") { rest.removeLast() }
        let shown = rest.split(separator: "\r").last ?? ""
        guard shown.unicodeScalars.contains(where: \.steersTerminal) else { return String(shown) }
        var result = String.UnicodeScalarView()
        var scalars = shown.unicodeScalars[...]
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "\u{1B}": Self.skipSequence(&scalars)
            case "\u{9B}": Self.skipControlSequence(&scalars)
            case "\u{90}", "\u{98}", "\u{9D}", "\u{9E}", "\u{9F}": Self.skipString(&scalars)
            case "\t": result.append(contentsOf: "    ".unicodeScalars)
            case _ where scalar.steersTerminal: continue
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// Goes behind an escape sequence whose ESC was read; ECMA-35 section 13, ECMA-48 section 5.
    private static func skipSequence(_ scalars: inout Substring.UnicodeScalarView) {
        guard let kind = scalars.popFirst() else { return }
        switch kind {
        case "[": skipControlSequence(&scalars)
        case "]", "P", "X", "^", "_": skipString(&scalars)
        // Intermediate bytes, such as those that choose a character set, and then a final one.
        case "\u{20}"..."\u{2F}": while let next = scalars.popFirst(), ("\u{20}"..."\u{2F}").contains(next) {}
        default: return
        }
    }

    /// Goes behind the parameters and the final byte of a control sequence.
    private static func skipControlSequence(_ scalars: inout Substring.UnicodeScalarView) {
        while let next = scalars.popFirst(), !("\u{40}"..."\u{7E}").contains(next) {}
    }

    /// Goes behind a string for the terminal, such as a title: BEL, ST or ESC \\ ends it.
    private static func skipString(_ scalars: inout Substring.UnicodeScalarView) {
        while let next = scalars.popFirst() {
            if next == "\u{07}" || next == "\u{9C}" { return }
            guard next == "\u{1B}" else { continue }
            if scalars.first == "\\" { scalars.removeFirst() }
            return
        }
    }
}
