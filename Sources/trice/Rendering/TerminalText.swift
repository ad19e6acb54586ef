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
