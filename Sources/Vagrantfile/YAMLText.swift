internal import Vocabulary

/// Texts for the Envfile: quoted where YAML needs it, and with dollars doubled, since single ones are variables there.
enum YAMLText {
    /// As the Envfile's variables have it.
    static func interpolated(_ text: RubyText) -> String {
        text.pieces.map { piece in
            switch piece {
            case .literal(let literal): doubled(literal)
            case .variable(let name, nil): "${\(name)}"
            case .variable(let name, let fallback?): "${\(name):-\(doubled(fallback))}"
            }
        }.joined()
    }

    private static func doubled(_ text: String) -> String {
        text.split(separator: "$", omittingEmptySubsequences: false).joined(separator: "$$")
    }

    static func scalar(_ text: RubyText) -> String { quoted(interpolated(text)) }

    static func scalar(_ text: String) -> String { scalar(RubyText(text)) }

    /// A number as it stands, anything else as text.
    static func number(_ text: RubyText) -> String {
        if let literal = text.literal, Int(literal) != nil { return literal }
        return scalar(text)
    }

    private static func quoted(_ text: String) -> String {
        isPlain(text) ? text : YAMLQuoting.doubleQuoted(text)
    }

    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, first.isASCII,
            first.properties.isAlphabetic || first == "/" || first == "."
        else { return false }
        let words: Set = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"]
        if words.contains(text.lowercased()) || text == "." { return text == "." }
        return text.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || "_-./@".unicodeScalars.contains(scalar))
                || scalar == ":"
        } && !text.hasSuffix(":")
    }

    /// A text of several lines below a key: as a block where YAML keeps all of it, else in quotes.
    ///
    /// - Parameter indentation: of the block's lines: two more than that of the key.
    static func block(_ text: RubyText, indentation: Int) -> String {
        let text = interpolated(text)
        let hasControls = text.unicodeScalars.contains {
            ($0.value < 0x20 && $0 != "\n" && $0 != "\t") || (0x7f..<0xa0).contains($0.value) || $0.value == 0xfeff
                || $0.value == 0x2028 || $0.value == 0x2029
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard text.contains("\n"), !hasControls, let first = lines.first, !first.isEmpty else { return quoted(text) }
        // Two more than the key, where the text itself begins with blanks.
        let width = first.hasPrefix(" ") || first.hasPrefix("\t") ? "2" : ""
        let end = "|" + width + (text.hasSuffix("\n\n") ? "+" : text.hasSuffix("\n") ? "" : "-")
        let margin = String(repeating: " ", count: indentation)
        let body = text.hasSuffix("\n") ? lines.dropLast() : lines[...]
        return end + body.map { $0.isEmpty ? "\n" : "\n\(margin)\($0)" }.joined()
    }
}
