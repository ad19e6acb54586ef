extension Unicode.Scalar {
    /// Whether the scalar, printed, does more than appear: C0 and C1 controls, DEL, line and paragraph separators, and
    /// the marks that change the direction of writing (Unicode UAX #9), by which a text can look like another one.
    package var steersTerminal: Bool {
        switch value {
        case 0x20..<0x7F: false
        case ..<0xA0, 0x2028, 0x2029: true
        default: properties.isBidiControl
        }
    }
}

/// The forms in which text of an image, a file or another untrusted source reaches a terminal without steering it.
extension String {
    /// One scalar replaced for one, tabs kept: for excerpts, whose columns stay.
    package var printable: String {
        var result = ""
        result.unicodeScalars.append(contentsOf: unicodeScalars.map(\.printable))
        return result
    }

    /// With codes such as `\x1b` instead; line feeds and tabs are kept: for texts of several lines.
    package var visible: String {
        escaped(keeping: ["\n", "\t"]) { scalar in
            let digits = String(scalar.value, radix: 16)
            return scalar.value < 0x100 ? "\\x" + (digits.count == 1 ? "0" : "") + digits : "\\u{\(digits)}"
        }
    }

    /// With codes such as `\u{1b}` instead, also for line feeds and tabs: for a name within a line.
    package var visibleInLine: String {
        escaped(keeping: []) { "\\u{\(String($0.value, radix: 16))}" }
    }

    private func escaped(keeping kept: [Unicode.Scalar], _ code: (Unicode.Scalar) -> String) -> String {
        func isEscaped(_ scalar: Unicode.Scalar) -> Bool { scalar.steersTerminal && !kept.contains(scalar) }
        guard unicodeScalars.contains(where: isEscaped) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            if isEscaped(scalar) { result += code(scalar) } else { result.unicodeScalars.append(scalar) }
        }
        return result
    }
}

extension Unicode.Scalar {
    var printable: Unicode.Scalar { steersTerminal && self != "\t" ? "\u{FFFD}" : self }
}
