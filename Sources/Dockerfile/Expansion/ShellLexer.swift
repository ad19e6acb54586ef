/// Why a word cannot be expanded.
struct ExpansionProblem: Error, Hashable {
    var message: String
    /// In code points from the start of the word.
    var offset: Int
}

/// Replaces variables in a word, removes quotes and splits the result into words, as Docker's shell lexer does.
///
/// Source: Dockerfile reference, "Environment replacement".
struct ShellLexer {
    /// The value of a variable; `nil` when it is not set.
    typealias Lookup = (String) -> String?

    var escape: Unicode.Scalar = "\\"
    var keepsQuotes = false
    var keepsEscapes = false
    /// Whether quotes are text like any other, as in a here-document.
    var ignoresQuotes = false
    /// Whether the reference to an unset variable is kept unchanged.
    var keepsUnset = false
    let lookup: Lookup

    init(
        escape: Unicode.Scalar = "\\", keepsQuotes: Bool = false, keepsEscapes: Bool = false,
        ignoresQuotes: Bool = false, keepsUnset: Bool = false, lookup: @escaping Lookup
    ) {
        self.escape = escape
        self.keepsQuotes = keepsQuotes
        self.keepsEscapes = keepsEscapes
        self.ignoresQuotes = ignoresQuotes
        self.keepsUnset = keepsUnset
        self.lookup = lookup
    }

    struct Result {
        var text: String
        /// The text split at white space that is neither quoted nor escaped.
        var words: [String]
        /// The variables that were looked up and not found, in the order of their names.
        var unset: [String]
        /// Those that were found.
        var used: [String]
    }

    /// - Throws: `ExpansionProblem` for quotes and braces without an end, unknown modifiers and `${NAME:?}`.
    func process(_ word: String) throws(ExpansionProblem) -> Result {
        var run = ShellRun(self, word)
        let (text, words) = try run.process(until: nil, keepsEscapes: keepsEscapes)
        return Result(text: String(scalars: text), words: words, unset: run.unset.sorted(), used: run.used.sorted())
    }
}

/// One pass of a lexer over a word.
struct ShellRun {
    let lexer: ShellLexer
    private let scalars: [Unicode.Scalar]
    var index = 0
    private var depth = 0
    var unset: Set<String> = []
    var used: Set<String> = []

    /// The largest depth of nested substitutions.
    private static let maximumDepth = 64

    init(_ lexer: ShellLexer, _ word: String) {
        self.lexer = lexer
        scalars = Array(word.unicodeScalars)
    }

    var peek: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    mutating func next() -> Unicode.Scalar? {
        guard let scalar = peek else { return nil }
        index += 1
        return scalar
    }

    func problem(_ message: String, at offset: Int? = nil) -> ExpansionProblem {
        ExpansionProblem(message: message, offset: min(offset ?? index, scalars.count))
    }

    /// Reads up to the end, or behind the scalar that stops.
    mutating func process(
        until stop: Unicode.Scalar?, keepsEscapes: Bool
    ) throws(ExpansionProblem) -> (text: [Unicode.Scalar], words: [String]) {
        let start = index
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw problem("substitutions stand too deep in each other") }
        var text: [Unicode.Scalar] = []
        var words = ShellWords()
        while let scalar = peek {
            if scalar == stop {
                index += 1
                return (text, words.finished())
            }
            switch scalar {
            case "$":
                let value = try substitution(keepsEscapes: keepsEscapes)
                text += value
                for scalar in value { words.add(scalar) }
            case "<":
                let marker = heredocStart()
                text += marker
                words.addQuoted(marker)
            case "'" where !lexer.ignoresQuotes:
                let quoted = try singleQuoted()
                text += quoted
                words.addQuoted(quoted)
            case "\"" where !lexer.ignoresQuotes:
                let quoted = try doubleQuoted(keepsEscapes: keepsEscapes)
                text += quoted
                words.addQuoted(quoted)
            case lexer.escape:
                index += 1
                if keepsEscapes {
                    text.append(scalar)
                    words.addQuoted([scalar])
                }
                // An escape character at the end escapes nothing.
                guard let escaped = next() else { break }
                text.append(escaped)
                words.addQuoted([escaped])
            default:
                index += 1
                text.append(scalar)
                words.add(scalar)
            }
        }
        if let stop {
            throw problem("there is no `\(stop)` to end this", at: max(0, start - 1))
        }
        return (text, words.finished())
    }

    /// `<<` and the blanks behind it belong to one word, as in `<< EOF`.
    private mutating func heredocStart() -> [Unicode.Scalar] {
        index += 1
        guard peek == "<" else { return ["<"] }
        index += 1
        var marker: [Unicode.Scalar] = ["<", "<"]
        while let scalar = peek, scalar == " " || scalar == "\t" || scalar == "\r" {
            marker.append(scalar)
            index += 1
        }
        return marker
    }

    /// Everything up to the next single quote is text.
    private mutating func singleQuoted() throws(ExpansionProblem) -> [Unicode.Scalar] {
        let start = index
        index += 1
        var text: [Unicode.Scalar] = lexer.keepsQuotes ? ["'"] : []
        while let scalar = next() {
            guard scalar != "'" else {
                if lexer.keepsQuotes { text.append(scalar) }
                return text
            }
            text.append(scalar)
        }
        throw problem("there is no `'` to end this", at: start)
    }

    /// Up to the next double quote only `$` and the escape character mean something; the latter only before a double
    /// quote, a dollar sign and itself.
    private mutating func doubleQuoted(keepsEscapes: Bool) throws(ExpansionProblem) -> [Unicode.Scalar] {
        let start = index
        index += 1
        var text: [Unicode.Scalar] = lexer.keepsQuotes ? ["\""] : []
        while let scalar = peek {
            if scalar == "$" {
                text += try substitution(keepsEscapes: keepsEscapes)
                continue
            }
            index += 1
            if scalar == "\"" {
                if lexer.keepsQuotes { text.append(scalar) }
                return text
            }
            guard scalar == lexer.escape else {
                text.append(scalar)
                continue
            }
            if let escaped = peek, escaped == "\"" || escaped == "$" || escaped == lexer.escape {
                index += 1
                text += keepsEscapes ? [scalar, escaped] : [escaped]
            } else if peek != nil || keepsEscapes {
                text.append(scalar)
            }
        }
        throw problem("there is no `\"` to end this", at: start)
    }
}

/// Gathers the words that a run makes.
private struct ShellWords {
    private var words: [String] = []
    private var word: [Unicode.Scalar] = []

    /// White space ends a word.
    mutating func add(_ scalar: Unicode.Scalar) {
        guard scalar.isWhitespace else { return word.append(scalar) }
        end()
    }

    mutating func addQuoted(_ text: [Unicode.Scalar]) { word += text }

    mutating func finished() -> [String] {
        end()
        return words
    }

    private mutating func end() {
        if !word.isEmpty { words.append(String(scalars: word)) }
        word = []
    }
}
