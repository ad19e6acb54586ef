/// A line that a program wrote, made fit to be shown in a place that is ours.
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
        guard shown.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else {
            return String(shown)
        }
        var result = String.UnicodeScalarView()
        var scalars = shown.unicodeScalars[...]
        while let scalar = scalars.popFirst() {
            switch scalar.value {
            case 0x1b: Self.skipSequence(&scalars)
            case 0x09: result.append(contentsOf: "    ".unicodeScalars)
            case ..<0x20, 0x7f: continue
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// The text with every control character shown as its code, such as `\\x1b`, and line breaks and tabs left: what an
    /// image or another untrusted source says, when it must reach the terminal without controlling it.
    ///
    /// Covered are C0, DEL and the C1 controls, and the marks that change the direction of text (Unicode UAX #9).
    var visible: String {
        guard text.unicodeScalars.contains(where: Self.controls) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if Self.controls(scalar) {
                let digits = String(scalar.value, radix: 16)
                result += scalar.value < 0x100 ? "\\x" + (digits.count == 1 ? "0" : "") + digits : "\\u{\(digits)}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func controls(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0a: false
        case ..<0x20, 0x7f...0x9f, 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x2069: true
        default: false
        }
    }

    /// Goes behind an escape sequence whose first character was read; ECMA-48, 5.4.
    private static func skipSequence(_ scalars: inout Substring.UnicodeScalarView) {
        guard let kind = scalars.popFirst() else { return }
        switch kind {
        case "[": while let next = scalars.popFirst(), !(0x40...0x7e).contains(next.value) {}
        case "]": while let next = scalars.popFirst(), next.value != 0x07, next != "\\" {}
        default: return
        }
    }
}
