/// Walks over the bytes of a Ruby text: blanks, comments, words and the bodies of heredocs.
struct RubyScanner {
    let bytes: [UInt8]
    var offset = 0
    /// The number of the first line.
    private let firstLine: Int
    private let lineStarts: [Int]
    /// Where the next line begins, behind the bodies of heredocs that were opened in this one.
    private var nextLine: Int?

    init(_ bytes: [UInt8], firstLine: Int = 1) {
        self.bytes = bytes
        self.firstLine = firstLine
        lineStarts = [0] + bytes.indices.filter { bytes[$0] == Self.newline }.map { $0 + 1 }
    }

    static let newline = UInt8(ascii: "\n")

    var isAtEnd: Bool { offset >= bytes.count }
    var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    func peek(_ distance: Int = 1) -> UInt8? {
        let place = offset + distance
        return place >= 0 && place < bytes.count ? bytes[place] : nil
    }

    var line: Int { line(at: offset) }

    func line(at offset: Int) -> Int {
        var (low, high) = (0, lineStarts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return firstLine + low
    }

    /// A line without spaces at its ends.
    func text(ofLine line: Int) -> String {
        let start = lineStarts[min(max(0, line - firstLine), lineStarts.count - 1)]
        let end = bytes[start...].firstIndex(of: Self.newline) ?? bytes.count
        return Self.trimmed(String(decoding: bytes[start..<end], as: UTF8.self))
    }

    static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    func starts(with text: StaticString) -> Bool {
        text.withUTF8Buffer { bytes[min(offset, bytes.count)...].starts(with: $0) }
    }

    /// Moves behind a text when it is next.
    mutating func take(_ text: StaticString) -> Bool {
        guard starts(with: text) else { return false }
        offset += text.utf8CodeUnitCount
        return true
    }
}

// MARK: - Blanks

extension RubyScanner {
    /// Spaces, joined lines, and a comment.
    mutating func skipBlanks() {
        while let byte = current {
            if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r") {
                offset += 1
            } else if byte == UInt8(ascii: "\\"), peek() == Self.newline {
                offset += 1
                takeNewline()
            } else if byte == UInt8(ascii: "\\"), peek() == UInt8(ascii: "\r"), peek(2) == Self.newline {
                offset += 2
                takeNewline()
            } else if byte == UInt8(ascii: "#") {
                while let other = current, other != Self.newline { offset += 1; _ = other }
            } else {
                return
            }
        }
    }

    /// The end of a line, and the heredocs that began in it.
    mutating func takeNewline() {
        offset += 1
        if let nextLine {
            offset = max(offset, nextLine)
            self.nextLine = nil
        }
    }

    /// Blanks and ends of lines, and with `separators` semicolons.
    mutating func skipLines(separators: Bool = false) {
        while true {
            skipBlanks()
            if current == Self.newline {
                takeNewline()
                skipBlockComment()
            } else if separators, current == UInt8(ascii: ";") {
                offset += 1
            } else {
                return
            }
        }
    }

    /// `=begin` … `=end`, and what follows `__END__`.
    mutating func skipBlockComment() {
        if starts(with: "__END__") {
            offset = bytes.count
        } else if starts(with: "=begin") {
            while !isAtEnd, !starts(with: "=end") { skipLine() }
            if !isAtEnd { skipLine() }
        }
    }

    private mutating func skipLine() {
        while let byte = current, byte != Self.newline { offset += 1; _ = byte }
        if !isAtEnd { offset += 1 }
    }
}

// MARK: - Words

extension RubyScanner {
    static func isWordStart(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            || byte == UInt8(ascii: "_") || byte >= 0x80
    }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    static func isWordPart(_ byte: UInt8) -> Bool { isWordStart(byte) || isDigit(byte) }

    /// The word that is next, without moving; with the `?` or `!` of a method's name.
    func peekWord() -> String? {
        guard let first = current, Self.isWordStart(first) else { return nil }
        var end = offset
        while end < bytes.count, Self.isWordPart(bytes[end]) { end += 1 }
        if end < bytes.count, bytes[end] == UInt8(ascii: "?") || bytes[end] == UInt8(ascii: "!"),
            end + 1 >= bytes.count || bytes[end + 1] != UInt8(ascii: "=")
        {
            end += 1
        }
        return String(decoding: bytes[offset..<end], as: UTF8.self)
    }

    mutating func takeWord() -> String? {
        guard let word = peekWord() else { return nil }
        offset += word.utf8.count
        return word
    }

    /// Moves behind a keyword when it is next.
    mutating func take(keyword: String) -> Bool {
        guard peekWord() == keyword else { return false }
        offset += keyword.utf8.count
        return true
    }
}

// MARK: - Heredocs

/// The text of `<<~NAME` and its relatives, as written.
struct RubyHeredoc {
    var body: ArraySlice<UInt8>
    var firstLine: Int
    /// `<<'NAME'`: nothing in it is replaced.
    var isRaw: Bool
    /// `<<~NAME`: the common indentation does not count.
    var dropsIndentation: Bool
}

extension RubyScanner {
    /// Whether `<<` is next and begins a heredoc.
    var isAtHeredoc: Bool {
        guard starts(with: "<<") else { return false }
        var next = peek(2)
        if next == UInt8(ascii: "~") || next == UInt8(ascii: "-") { next = peek(3) }
        guard let next else { return false }
        return Self.isWordStart(next) || next == UInt8(ascii: "'") || next == UInt8(ascii: "\"")
    }

    /// Takes the opening of a heredoc; its lines are skipped at the end of this line.
    mutating func takeHeredoc() throws(UnreadableRuby) -> RubyHeredoc {
        offset += 2
        let dropsIndentation = current == UInt8(ascii: "~")
        let mayBeIndented = dropsIndentation || current == UInt8(ascii: "-")
        if mayBeIndented { offset += 1 }
        var quote: UInt8?
        if current == UInt8(ascii: "'") || current == UInt8(ascii: "\"") {
            quote = current
            offset += 1
        }
        let start = offset
        while let byte = current, quote.map({ byte != $0 && byte != Self.newline }) ?? Self.isWordPart(byte) {
            offset += 1
        }
        let name = bytes[start..<offset]
        if quote != nil { offset += 1 }
        let begin =
            nextLine ?? (bytes[min(offset, bytes.count)...].firstIndex(of: Self.newline).map { $0 + 1 } ?? bytes.count)
        var lineStart = begin
        while lineStart < bytes.count {
            let end = bytes[lineStart...].firstIndex(of: Self.newline) ?? bytes.count
            var content = bytes[lineStart..<end]
            if content.last == UInt8(ascii: "\r") { content = content.dropLast() }
            if mayBeIndented { content = content.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") } }
            if content.elementsEqual(name) {
                nextLine = min(end + 1, bytes.count)
                return RubyHeredoc(
                    body: bytes[begin..<lineStart], firstLine: line(at: begin), isRaw: quote == UInt8(ascii: "'"),
                    dropsIndentation: dropsIndentation)
            }
            lineStart = end + 1
        }
        throw UnreadableRuby("the text `<<\(String(decoding: name, as: UTF8.self))` has no end")
    }
}
