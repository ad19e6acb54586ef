/// One instruction as text: keyword, flags and words, not yet understood.
struct Node: Sendable {
    var keyword: Word
    /// Each with its dashes and value, without quotes.
    var flags: [Word] = []
    var arguments = Arguments.none
    var heredocs: [Heredoc] = []
    /// The instruction on one line, without white space at its ends.
    var original: String
    /// From the keyword to the last word; here-documents are not in it.
    var location: Location
    /// What follows the keyword and the flags.
    var rest: Location
    /// The comment lines above it.
    var comments: [String] = []

    indirect enum Arguments: Sendable {
        case none
        /// Split at white space.
        case words([Word])
        /// A JSON array of strings.
        case json([Word])
        /// The rest of the line.
        case text(Word)
        /// Names and values.
        case pairs([Pair])
        /// The instruction behind `ONBUILD`.
        case instruction(Node)
        /// The first word of `HEALTHCHECK` and what follows it.
        case check(Word, Arguments)
    }

    struct Pair: Hashable, Sendable {
        var name: Word
        var value: Word
        /// Whether the pair is separated by blanks without `=`.
        var isLegacy: Bool
    }
}

extension Node {
    /// The node as an s-expression: lower-case keyword, flags in brackets, quoted words.
    var dump: String {
        let flags = self.flags.isEmpty ? "" : " [\(self.flags.map { GoValue.quoted($0.text) }.joined(separator: " "))]"
        return "(\(keyword.text.lowercased())\(flags)\(arguments.dump))"
    }
}

extension Node.Arguments {
    fileprivate var dump: String {
        switch self {
        case .none: ""
        case .words(let words), .json(let words): words.map { " " + GoValue.quoted($0.text) }.joined()
        case .text(let word): " " + GoValue.quoted(word.text)
        case .pairs(let pairs):
            pairs.map { pair in
                [pair.name.text, pair.value.text, pair.isLegacy ? "" : "="].map { " " + GoValue.quoted($0) }.joined()
            }.joined()
        case .instruction(let node): " \(node.dump)"
        case .check(let kind, let command): " \(GoValue.quoted(kind.text))\(command.dump)"
        }
    }
}
