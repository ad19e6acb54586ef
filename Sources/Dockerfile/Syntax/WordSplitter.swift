/// Splits a part of a logical line into words; quotes and the escape character keep blanks together.
struct WordSplitter {
    private let text: LocatedText
    private let escape: Unicode.Scalar
    /// The unread part.
    private(set) var rest: Range<Int>

    init(text: LocatedText, escape: Unicode.Scalar, range: Range<Int>) {
        self.text = text
        self.escape = escape
        rest = range
    }

    /// Reads words with their quotes and escapes, as input of the shell lexer.
    mutating func words() -> [Word] {
        var words: [Word] = []
        while skipWhitespace() {
            let start = rest.lowerBound
            let kept = readRaw()
            if !kept.isEmpty { words.append(Word(text: kept, location: text.location(start..<rest.lowerBound))) }
        }
        return words
    }

    /// Reads the words at the start that begin with two dashes, without their quotes; a bare `--` ends them.
    mutating func flags() -> [Word] {
        var flags: [Word] = []
        while skipWhitespace(), startsWithDashes {
            let start = rest.lowerBound
            let flag = readUnquoted()
            if flag == "--" { break }
            flags.append(Word(text: flag, location: text.location(start..<rest.lowerBound)))
        }
        return flags
    }

    private var startsWithDashes: Bool {
        rest.count >= 2 && text.scalars[rest.lowerBound] == "-" && text.scalars[rest.lowerBound + 1] == "-"
    }

    /// - Returns: Whether anything is left.
    private mutating func skipWhitespace() -> Bool {
        while let scalar = peek, scalar.isWhitespace { advance() }
        return !rest.isEmpty
    }

    private var peek: Unicode.Scalar? { rest.isEmpty ? nil : text.scalars[rest.lowerBound] }

    private mutating func advance() { rest = (rest.lowerBound + 1)..<rest.upperBound }

    /// One word up to white space outside quotes. An escape character at the very end is dropped.
    private mutating func readRaw() -> String {
        var word: [Unicode.Scalar] = []
        var quote: Unicode.Scalar?
        while let scalar = peek {
            if quote == nil, scalar.isWhitespace { break }
            advance()
            if scalar == escape, quote != "'" {
                guard let escaped = peek else { break }
                word += [scalar, escaped]
                advance()
                continue
            }
            if quote == nil, scalar == "'" || scalar == "\"" {
                quote = scalar
            } else if scalar == quote {
                quote = nil
            }
            word.append(scalar)
        }
        return String(scalars: word)
    }

    /// The same without quotes, and with escapes replaced.
    private mutating func readUnquoted() -> String {
        var word: [Unicode.Scalar] = []
        var quote: Unicode.Scalar?
        while let scalar = peek {
            if quote == nil, scalar.isWhitespace { break }
            advance()
            if scalar == escape {
                guard let escaped = peek else { break }
                word.append(escaped)
                advance()
            } else if quote == nil, scalar == "'" || scalar == "\"" {
                quote = scalar
            } else if scalar == quote {
                quote = nil
            } else {
                word.append(scalar)
            }
        }
        return String(scalars: word)
    }
}
