/// A here-document of an instruction.
///
/// Source: Dockerfile reference, "Here-Documents".
package struct Heredoc: Hashable, Sendable {
    /// The word that ends it, which is also the file's name in `COPY` and `ADD`.
    package var name: String
    /// Whether variables are replaced in it: its word is not quoted.
    package var expands: Bool
    /// Whether leading tabs do not count (`<<-`).
    package var stripsTabs: Bool
    /// The content up to the terminator, with the line ends of the file.
    package var content: String
    /// The lines of the content.
    package var location: Location

    /// The content without the leading tabs that do not count.
    package var text: String {
        guard stripsTabs else { return content }
        var result = String.UnicodeScalarView()
        var isAtStart = true
        for scalar in content.unicodeScalars {
            if isAtStart, scalar == "\t" { continue }
            isAtStart = scalar == "\n"
            result.append(scalar)
        }
        return String(result)
    }
}

/// What announces a here-document: `<<NAME`.
struct HeredocMarker: Hashable, Sendable {
    var name: String
    var expands: Bool
    var stripsTabs: Bool

    /// - Parameter word: A word with its quotes.
    /// - Returns: `nil` when the word announces none.
    init?(_ word: String) {
        var rest = Substring(word).unicodeScalars
        rest = rest.drop { $0.isASCIIDigit }
        guard rest.starts(with: ["<", "<"] as [Unicode.Scalar]) else { return nil }
        rest = rest.dropFirst(2)
        stripsTabs = rest.first == "-"
        if stripsTabs { rest = rest.dropFirst() }
        rest = rest.drop { $0.isWhitespace }
        guard !rest.isEmpty, !rest.contains("<") else { return nil }
        guard let name = Self.word(String(rest), keepsQuotes: false),
            let quoted = Self.word(String(rest), keepsQuotes: true)
        else { return nil }
        self.name = name
        expands = name == quoted
    }

    /// The markers in an instruction, in their order.
    static func all(in line: String) -> [HeredocMarker] {
        guard line.utf8.contains(0x3C) else { return [] }
        let lexer = ShellLexer(keepsQuotes: true, keepsEscapes: true, keepsUnset: true) { _ in nil }
        // A line that the lexer refuses, such as one with a single apostrophe, announces none.
        guard let words = try? lexer.process(line).words else { return [] }
        return words.compactMap { HeredocMarker($0) }
    }

    private static func word(_ text: String, keepsQuotes: Bool) -> String? {
        let lexer = ShellLexer(keepsQuotes: keepsQuotes, keepsUnset: true) { _ in nil }
        // A word that the lexer refuses is no marker.
        guard let words = try? lexer.process(text).words, words.count == 1 else { return nil }
        return words[0]
    }
}
