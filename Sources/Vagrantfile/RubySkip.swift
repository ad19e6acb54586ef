/// Finds the end of a statement that cannot be read, by its blocks, brackets, texts and comments.
struct RubySkip {
    private(set) var scanner: RubyScanner
    /// The last line of the statement.
    private(set) var lastLine: Int
    private var depth = 0
    /// Whether a word that opens a block does so here: `x if y` opens none.
    private var isAtStart = true
    /// Whether the `do` of a loop belongs to its keyword.
    private var expectsLoopDo = false
    private var lastByte = UInt8(ascii: " ")

    init(_ scanner: RubyScanner) {
        self.scanner = scanner
        lastLine = scanner.line
    }

    private static let openers: Set = [
        "if", "unless", "case", "while", "until", "for", "def", "class", "module", "begin",
    ]
    private static let loops: Set = ["while", "until", "for"]

    mutating func statement() {
        let begin = scanner.offset
        while let byte = scanner.current {
            if byte == RubyScanner.newline {
                lastLine = scanner.line
                if depth == 0, !continues { return }
                scanner.takeNewline()
                scanner.skipBlockComment()
                isAtStart = true
                expectsLoopDo = false
                continue
            }
            if byte == UInt8(ascii: "#") || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
                skipBlank(byte)
                continue
            }
            if byte == UInt8(ascii: ";"), depth == 0, scanner.offset > begin { break }
            if !step(byte) { break }
        }
        // At least one byte, or the next statement would be this one.
        if scanner.offset == begin, !scanner.isAtEnd { scanner.offset += 1 }
        lastLine = scanner.line
    }

    private mutating func skipBlank(_ byte: UInt8) {
        if byte == UInt8(ascii: "#") {
            while let other = scanner.current, other != RubyScanner.newline { scanner.offset += 1; _ = other }
        } else {
            scanner.offset += 1
        }
    }

    /// Whether a line ends with something that needs the next one.
    private var continues: Bool {
        [",", "\\", "|", "&", "+", ".", "(", "[", "{"].contains { (text: Unicode.Scalar) in
            lastByte == UInt8(ascii: text)
        }
    }

    /// - Returns: `false` at the end of what is around the statement.
    private mutating func step(_ byte: UInt8) -> Bool {
        defer { if byte != RubyScanner.newline { lastByte = byte } }
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
            depth += 1
            scanner.offset += 1
            isAtStart = byte == UInt8(ascii: "{")
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
            if depth == 0 { return false }
            depth -= 1
            scanner.offset += 1
            isAtStart = false
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
            skipText(byte)
            isAtStart = false
        case UInt8(ascii: "<") where scanner.isAtHeredoc:
            // One without an end is no text.
            if (try? scanner.takeHeredoc()) == nil { scanner.offset += 2 }
            isAtStart = false
        case UInt8(ascii: ";"), UInt8(ascii: "="):
            scanner.offset += 1
            isAtStart = true
        default:
            guard RubyScanner.isWordStart(byte), let word = scanner.peekWord() else {
                scanner.offset += 1
                isAtStart = false
                return true
            }
            return take(word)
        }
        return true
    }

    private mutating func take(_ word: String) -> Bool {
        let follows = scanner.peek(word.utf8.count)
        let isName = lastByte == UInt8(ascii: ".") || lastByte == UInt8(ascii: ":") || follows == UInt8(ascii: ":")
        if !isName {
            if word == "end" {
                if depth == 0 { return false }
                depth -= 1
            } else if word == "do" {
                if expectsLoopDo { expectsLoopDo = false } else { depth += 1 }
            } else if isAtStart, Self.openers.contains(word) {
                depth += 1
                expectsLoopDo = Self.loops.contains(word)
            }
        }
        scanner.offset += word.utf8.count
        isAtStart = ["do", "then", "else"].contains(word) && !isName
        return true
    }

    /// A text with its quotes; what is inserted into it may have others.
    private mutating func skipText(_ quote: UInt8) {
        scanner.offset += 1
        var inserted = 0
        while let byte = scanner.current {
            if byte == UInt8(ascii: "\\") {
                scanner.offset += 2
                continue
            }
            if quote == UInt8(ascii: "\""), byte == UInt8(ascii: "#"), scanner.peek() == UInt8(ascii: "{") {
                inserted += 1
                scanner.offset += 1
            } else if inserted > 0, byte == UInt8(ascii: "}") {
                inserted -= 1
            } else if inserted == 0, byte == quote {
                scanner.offset += 1
                return
            }
            scanner.offset += 1
        }
    }
}
