// Names, calls, and what follows a value.
extension RubyParser {
    /// Words that end an argument list or are no value.
    private static let reserved: Set = [
        "do", "if", "unless", "while", "until", "end", "and", "or", "then", "rescue", "in", "else", "elsif", "ensure",
    ]

    mutating func postfix() throws(UnreadableRuby) -> RubyExpression {
        var value = try primary()
        while true {
            if scanner.current == UInt8(ascii: "["), !isAfterBlank {
                value = try index(of: value)
                continue
            }
            let before = scanner
            scanner.skipBlanks()
            if isAtLeadingDot { scanner.skipLines() }
            if scanner.current == UInt8(ascii: "."), scanner.peek() != UInt8(ascii: ".") {
                scanner.offset += 1
                scanner.skipLines()
            } else if scanner.starts(with: "&.") || scanner.starts(with: "::") {
                scanner.offset += 2
            } else {
                scanner = before
                return value
            }
            guard let name = scanner.takeWord() else {
                throw UnreadableRuby("it is Ruby of a form that is not read")
            }
            value = try call(on: value, name, line: value.line)
        }
    }

    private var isAfterBlank: Bool {
        guard let before = scanner.peek(-1) else { return true }
        return before == UInt8(ascii: " ") || before == UInt8(ascii: "\t") || before == RubyScanner.newline
    }

    /// Whether the next line goes on with `.name`.
    private var isAtLeadingDot: Bool {
        guard scanner.current == RubyScanner.newline else { return false }
        var copy = scanner
        copy.skipLines()
        guard copy.current == UInt8(ascii: "."), let next = copy.peek() else { return false }
        return RubyScanner.isWordStart(next)
    }

    private mutating func index(of value: RubyExpression) throws(UnreadableRuby) -> RubyExpression {
        scanner.offset += 1
        let outer = takesDo
        takesDo = true
        defer { takesDo = outer }
        scanner.skipLines()
        let key = try expression()
        scanner.skipLines()
        guard scanner.take("]") else { throw UnreadableRuby("only one index in brackets is read") }
        return RubyExpression(node: .index(value, key), line: value.line)
    }

    /// A name with its arguments and its block.
    mutating func call(
        on receiver: RubyExpression?, _ name: String, line: Int
    ) throws(UnreadableRuby) -> RubyExpression {
        var call = RubyCall(receiver: receiver, name: name)
        var isOpen = false
        if scanner.current == UInt8(ascii: "(") {
            scanner.offset += 1
            call.hasArguments = true
            let outer = takesDo
            takesDo = true
            defer { takesDo = outer }
            try arguments(of: &call, closing: UInt8(ascii: ")"))
        } else if isAtArgument {
            call.hasArguments = true
            isOpen = true
            scanner.skipBlanks()
            let outer = takesDo
            takesDo = false
            defer { takesDo = outer }
            try arguments(of: &call, closing: nil)
        }
        call.block = try block(afterOpenArguments: isOpen)
        return RubyExpression(node: .call(call), line: line)
    }

    /// Whether a blank and then an argument without parentheses follow.
    private var isAtArgument: Bool {
        guard let byte = scanner.current, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") else { return false }
        var copy = scanner
        copy.skipBlanks()
        guard let first = copy.current else { return false }
        if let word = copy.peekWord() {
            if copy.peek(word.utf8.count) == UInt8(ascii: ":"), copy.peek(word.utf8.count + 1) != UInt8(ascii: ":") {
                return true
            }
            return !Self.reserved.contains(word)
        }
        let next = copy.peek()
        switch first {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "["), UInt8(ascii: "@"), UInt8(ascii: "$"): return true
        case UInt8(ascii: ":"): return next.map { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: " ") } ?? false
        case UInt8(ascii: "<"): return copy.isAtHeredoc
        case UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "&"), UInt8(ascii: "/"), UInt8(ascii: "%"):
            // A blank on both sides is an operator.
            return next.map { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "=") && $0 != first } ?? false
        default: return RubyScanner.isDigit(first)
        }
    }

    /// - Parameter closing: the bracket at the end; `nil` for arguments without one.
    private mutating func arguments(of call: inout RubyCall, closing: UInt8?) throws(UnreadableRuby) {
        while true {
            if closing != nil { scanner.skipLines() }
            if let closing, scanner.current == closing { break }
            switch try item() {
            case .pair(let key, let value): call.options.append((key, value))
            case .value(let value): call.arguments.append(value)
            }
            if closing == nil { scanner.skipBlanks() } else { scanner.skipLines() }
            guard scanner.take(",") else { break }
            scanner.skipLines()
        }
        guard let closing else { return }
        guard scanner.current == closing else { throw UnreadableRuby("a parenthesis is not closed") }
        scanner.offset += 1
    }

    /// An argument, or an element of a list.
    enum Item {
        case value(RubyExpression)
        /// `key: value` or `key => value`.
        case pair(key: RubyExpression, value: RubyExpression)
    }

    mutating func item() throws(UnreadableRuby) -> Item {
        let line = scanner.line
        if let word = scanner.peekWord(), scanner.peek(word.utf8.count) == UInt8(ascii: ":"),
            scanner.peek(word.utf8.count + 1) != UInt8(ascii: ":")
        {
            scanner.offset += word.utf8.count + 1
            scanner.skipLines()
            return .pair(key: RubyExpression(node: .symbol(word), line: line), value: try expression())
        }
        if scanner.starts(with: "**") { throw UnreadableRuby("options from a variable are not read") }
        let first = try expression()
        if scanner.current == UInt8(ascii: ":"), case .text = first.node {
            scanner.offset += 1
        } else {
            scanner.skipBlanks()
            guard scanner.take("=>") else { return .value(first) }
        }
        scanner.skipLines()
        return .pair(key: first, value: try expression())
    }

    // MARK: - Blocks

    private mutating func block(afterOpenArguments isOpen: Bool) throws(UnreadableRuby) -> RubyBlock? {
        let before = scanner
        scanner.skipBlanks()
        if takesDo, scanner.take(keyword: "do") { return try block(until: "end") }
        if !isOpen, scanner.current == UInt8(ascii: "{") {
            scanner.offset += 1
            return try block(until: "}")
        }
        scanner = before
        return nil
    }

    private mutating func block(until end: StaticString) throws(UnreadableRuby) -> RubyBlock {
        let outer = takesDo
        takesDo = true
        defer { takesDo = outer }
        scanner.skipBlanks()
        var parameters: [String] = []
        if scanner.take("|") {
            while !scanner.take("|") {
                scanner.skipBlanks()
                _ = scanner.take(",")
                scanner.skipBlanks()
                guard let name = scanner.takeWord() else {
                    throw UnreadableRuby("the parameters of the block are of a form that is not read")
                }
                parameters.append(name)
                scanner.skipBlanks()
            }
        }
        let body = statements()
        guard scanner.take(end) else { throw UnreadableRuby("the block has no `\(end)`") }
        return RubyBlock(parameters: parameters, body: body)
    }
}
