/// Reads the subset of Ruby that Vagrantfiles of the common form are written in; runs nothing.
///
/// A statement that cannot be read is kept as one, with the reason, and the next one is read as if it were not there.
struct RubyParser {
    var scanner: RubyScanner
    /// Whether a `do` belongs to the call that is being read, and not to one around it.
    var takesDo = true
    private var depth = 0
    private static let maximumDepth = 64

    init(_ text: String) {
        scanner = RubyScanner(Array(text.utf8))
    }

    /// For a text inside of another.
    init(_ scanner: RubyScanner, inside outer: RubyParser) {
        self.scanner = scanner
        depth = outer.depth
    }

    /// The whole text.
    mutating func program() -> [RubyStatement] {
        scanner.skipBlockComment()
        var all: [RubyStatement] = []
        while true {
            all += statements()
            if scanner.isAtEnd { return all }
            // An `end` or a brace too many.
            let line = scanner.line
            all.append(unreadable("there is nothing that it ends", line...line))
            scanner.offset += scanner.peekWord()?.utf8.count ?? 1
        }
    }

    /// Up to the `end` or brace of a block, which is not taken.
    mutating func statements() -> [RubyStatement] {
        var found: [RubyStatement] = []
        while true {
            scanner.skipLines(separators: true)
            if scanner.isAtEnd || scanner.current == UInt8(ascii: "}") || scanner.peekWord() == "end" { return found }
            found.append(statement())
        }
    }

    private static let reasons = [
        "if": "only Ruby can decide a condition", "unless": "only Ruby can decide a condition",
        "case": "only Ruby can decide a condition", "while": "only Ruby can run such a loop",
        "until": "only Ruby can run such a loop", "for": "only Ruby can run such a loop",
        "def": "a method of your own is Ruby", "class": "a class is Ruby", "module": "a module is Ruby",
        "begin": "handling of errors is Ruby", "alias": "an alias is Ruby",
        "return": "only Ruby can decide where it ends",
        "next": "only Ruby can decide where it ends", "break": "only Ruby can decide where it ends",
    ]
    private static let trailing = ["if", "unless", "while", "until", "rescue", "and", "or"]

    private mutating func statement() -> RubyStatement {
        let begin = scanner
        let line = scanner.line
        if let word = scanner.peekWord(), let reason = Self.reasons[word], !isLabel(after: word) {
            return skipped(from: begin, reason)
        }
        do throws(UnreadableRuby) {
            let expression = try expression()
            scanner.skipBlanks()
            let last = scanner.line
            if let word = scanner.peekWord(), Self.trailing.contains(word) {
                throw UnreadableRuby(Self.reasons[word] ?? "only Ruby can run `\(word)`")
            }
            guard isAtStatementEnd else { throw UnreadableRuby("it is Ruby of a form that is not read") }
            return RubyStatement(
                content: .expression(expression), lines: line...max(line, last), text: begin.text(ofLine: line))
        } catch {
            return skipped(from: begin, error.reason)
        }
    }

    private func isLabel(after word: String) -> Bool { scanner.peek(word.utf8.count) == UInt8(ascii: ":") }

    private var isAtStatementEnd: Bool {
        guard let byte = scanner.current else { return true }
        return byte == RubyScanner.newline || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "}")
            || scanner.peekWord() == "end"
    }

    private mutating func skipped(from begin: RubyScanner, _ reason: String) -> RubyStatement {
        let line = begin.line
        var skip = RubySkip(begin)
        skip.statement()
        scanner = skip.scanner
        takesDo = true
        // The statement ends where the next one may begin.
        return unreadable(reason, line...max(line, skip.lastLine), begin)
    }

    private func unreadable(
        _ reason: String, _ lines: ClosedRange<Int>, _ place: RubyScanner? = nil
    ) -> RubyStatement {
        RubyStatement(
            content: .unreadable(reason), lines: lines,
            text: (place ?? scanner).text(ofLine: lines.lowerBound))
    }
}

// MARK: - Operators

extension RubyParser {
    mutating func expression() throws(UnreadableRuby) -> RubyExpression {
        guard depth < Self.maximumDepth else { throw UnreadableRuby("it is nested too deeply") }
        depth += 1
        defer { depth -= 1 }
        let left = try range()
        scanner.skipBlanks()
        let operators: [StaticString] = ["||=", "&&=", "+=", "-=", "*=", "<<="]
        for text in operators where scanner.starts(with: text) {
            _ = scanner.take(text)
            return try assignment(left, String("\(text)".dropLast()))
        }
        if scanner.current == UInt8(ascii: "="), let next = scanner.peek(),
            next != UInt8(ascii: "="), next != UInt8(ascii: "~"), next != UInt8(ascii: ">")
        {
            scanner.offset += 1
            return try assignment(left, "")
        }
        if scanner.current == UInt8(ascii: "?") { throw UnreadableRuby("only Ruby can decide a condition") }
        if scanner.current == UInt8(ascii: ","), case .call(let call) = left.node, call.isName, isAssignmentOfSeveral {
            throw UnreadableRuby("an assignment to several names is not read")
        }
        return left
    }

    private var isAssignmentOfSeveral: Bool {
        var copy = scanner
        copy.offset += 1
        copy.skipBlanks()
        guard copy.takeWord() != nil else { return false }
        copy.skipBlanks()
        return copy.current == UInt8(ascii: "=") && copy.peek() != UInt8(ascii: "=") && copy.peek() != UInt8(ascii: ">")
    }

    private mutating func assignment(
        _ target: RubyExpression, _ operation: String
    ) throws(UnreadableRuby) -> RubyExpression {
        scanner.skipLines()
        if let word = scanner.peekWord(), ["if", "unless", "case", "begin"].contains(word) {
            throw UnreadableRuby("only Ruby can decide a condition")
        }
        let value = try expression()
        return RubyExpression(node: .assignment(target, operation: operation, value), line: target.line)
    }

    private mutating func range() throws(UnreadableRuby) -> RubyExpression {
        let left = try binary(0)
        scanner.skipBlanks()
        guard scanner.take("..") else { return left }
        let isClosed = !scanner.take(".")
        scanner.skipBlanks()
        return RubyExpression(node: .range(left, try binary(0), isClosed: isClosed), line: left.line)
    }

    /// By precedence, the weakest first.
    private static let levels: [[StaticString]] = [
        ["||"], ["&&"], ["<=>", "==", "!=", "=~", "!~"], ["<=", ">=", "<", ">"], ["+", "-"], ["*", "/", "%"],
    ]

    private mutating func binary(_ level: Int) throws(UnreadableRuby) -> RubyExpression {
        guard level < Self.levels.count else { return try unary() }
        var left = try binary(level + 1)
        while true {
            scanner.skipBlanks()
            guard let name = operatorName(level) else { return left }
            scanner.skipLines()
            let right = try binary(level + 1)
            left = RubyExpression(node: .binary(name, left, right), line: left.line)
        }
    }

    private mutating func operatorName(_ level: Int) -> String? {
        for text in Self.levels[level] where scanner.starts(with: text) {
            let next = scanner.peek(text.utf8CodeUnitCount)
            // An assignment, or another operator that is longer.
            if next == UInt8(ascii: "="), level >= 4 || level < 2 { return nil }
            if scanner.starts(with: "<<") || scanner.starts(with: ">>") { return nil }
            if level == 2, scanner.starts(with: "=>") { return nil }
            _ = scanner.take(text)
            return "\(text)"
        }
        return nil
    }

    private mutating func unary() throws(UnreadableRuby) -> RubyExpression {
        scanner.skipBlanks()
        if scanner.current == UInt8(ascii: "!") || scanner.peekWord() == "not" {
            throw UnreadableRuby("only Ruby can decide a condition")
        }
        let line = scanner.line
        if scanner.current == UInt8(ascii: "-"), let next = scanner.peek(), RubyScanner.isDigit(next) {
            scanner.offset += 1
            let value = try postfix()
            switch value.node {
            case .integer(let number): return RubyExpression(node: .integer(-number), line: line)
            case .decimal(let number): return RubyExpression(node: .decimal(-number), line: line)
            default: throw UnreadableRuby("it is Ruby of a form that is not read")
            }
        }
        return try postfix()
    }
}
