/// Splits a string into words as Compose does: quotes and backslashes are resolved, nothing is expanded, and an
/// operator of the shell ends the line.
package struct ShellWords {
    struct Problem: Error, Equatable {
        var message: String
    }

    /// The words of a line, and what was left because an operator stood before it.
    struct Line: Equatable {
        var words: [String] = []
        var rest: Substring?
    }

    private enum Word {
        case none, bare, quoted
    }

    private var line = Line()
    private var buffer = String.UnicodeScalarView()
    private var word = Word.none
    /// The quotes that are open: `'`, `"`, a backtick, and `$(` as its parenthesis.
    private var open: Unicode.Scalar?

    private init() {}

    /// The words of a line that needs no shell; `nil` for one with an operator, or with quotes that are not closed.
    package static func words(of text: String) -> [String]? {
        guard let line = try? split(text), line.rest == nil else { return nil }
        return line.words
    }

    static func split(_ text: String) throws(Problem) -> Line {
        var splitter = ShellWords()
        var isEscaped = false
        for index in text.unicodeScalars.indices {
            let scalar = text.unicodeScalars[index]
            if isEscaped {
                splitter.append(scalar)
                isEscaped = false
            } else if scalar == "\\", splitter.open != "'" {
                isEscaped = true
            } else if splitter.open == nil, Self.operators.contains(scalar) {
                splitter.endBefore(scalar)
                splitter.line.rest = text[index...]
                break
            } else {
                try splitter.take(scalar)
            }
        }
        if isEscaped { throw Problem(message: "it ends in a backslash") }
        if let open = splitter.open {
            throw Problem(message: open == "(" ? "a `(` is not closed" : "a `\(open)` is not closed")
        }
        splitter.endWord()
        return splitter.line
    }

    private static let operators: Set<Unicode.Scalar> = [";", "&", "|", "<", ">"]

    private mutating func take(_ scalar: Unicode.Scalar) throws(Problem) {
        switch scalar {
        case " ", "\t", "\r", "\n":
            if open == nil { endWord() } else { buffer.append(scalar) }
        case "'" where open == nil || open == "'", "\"" where open == nil || open == "\"":
            if open != nil { word = .quoted }
            open = open == nil ? scalar : nil
        case "`" where open == nil || open == "`":
            open = open == nil ? scalar : nil
            append(scalar)
        case "(" where open == nil || open == "(":
            guard open == nil, buffer.last == "$" else { throw Problem(message: "a `(` stands outside of quotes") }
            open = scalar
            append(scalar)
        case ")" where open == nil:
            throw Problem(message: "a `)` stands outside of quotes")
        case ")" where open == "(":
            open = nil
            append(scalar)
        default: append(scalar)
        }
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        buffer.append(scalar)
        word = .bare
    }

    private mutating func endWord() {
        if word != .none { line.words.append(String(buffer)) }
        buffer = String.UnicodeScalarView()
        word = .none
    }

    /// Ends the line; the number of a descriptor before a `>` belongs to it.
    private mutating func endBefore(_ sign: Unicode.Scalar) {
        if sign == ">", let first = buffer.first, ("0"..."9").contains(first) { word = .none }
        endWord()
    }
}
