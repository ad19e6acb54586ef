// Values that stand for themselves.
extension RubyParser {
    mutating func primary() throws(UnreadableRuby) -> RubyExpression {
        scanner.skipBlanks()
        let line = scanner.line
        guard let byte = scanner.current else { throw UnreadableRuby("the file ends in the middle of it") }
        func made(_ node: RubyExpression.Node) -> RubyExpression { RubyExpression(node: node, line: line) }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return made(.text(try texts()))
        case UInt8(ascii: ":"): return made(.symbol(try symbol()))
        case UInt8(ascii: "["): return made(.array(try list(closing: UInt8(ascii: "]"))))
        case UInt8(ascii: "{"): return made(.hash(try pairs()))
        case UInt8(ascii: "("): return try parenthesis()
        case UInt8(ascii: "<") where scanner.isAtHeredoc: return made(.text(try heredoc()))
        case UInt8(ascii: "%"): return try percent(line)
        case UInt8(ascii: "`"): throw UnreadableRuby("a command in backticks is not run")
        case UInt8(ascii: "/"): throw UnreadableRuby("regular expressions are not read")
        case UInt8(ascii: "*"), UInt8(ascii: "&"): throw UnreadableRuby("arguments from a variable are not read")
        case UInt8(ascii: "@"), UInt8(ascii: "$"):
            while scanner.current == UInt8(ascii: "@") || scanner.current == UInt8(ascii: "$") { scanner.offset += 1 }
            guard let word = scanner.takeWord() else { throw UnreadableRuby("it is Ruby of a form that is not read") }
            return made(.call(RubyCall(name: (byte == UInt8(ascii: "@") ? "@" : "$") + word)))
        default: break
        }
        if RubyScanner.isDigit(byte) { return made(try number()) }
        guard let word = scanner.takeWord() else { throw UnreadableRuby("it is Ruby of a form that is not read") }
        switch word {
        case "true": return made(.boolean(true))
        case "false": return made(.boolean(false))
        case "nil": return made(.none)
        case "if", "unless", "case": throw UnreadableRuby("only Ruby can decide a condition")
        case "lambda", "proc", "Proc": throw UnreadableRuby("only Ruby can run a block that is kept")
        default: return try call(on: nil, word, line: line)
        }
    }

    private mutating func parenthesis() throws(UnreadableRuby) -> RubyExpression {
        scanner.offset += 1
        let outer = takesDo
        takesDo = true
        defer { takesDo = outer }
        scanner.skipLines()
        let inner = try expression()
        scanner.skipLines()
        guard scanner.take(")") else { throw UnreadableRuby("a parenthesis is not closed") }
        return inner
    }

    private mutating func list(closing: UInt8) throws(UnreadableRuby) -> [RubyExpression] {
        scanner.offset += 1
        let outer = takesDo
        takesDo = true
        defer { takesDo = outer }
        var items: [RubyExpression] = []
        while true {
            scanner.skipLines()
            if scanner.current == closing { break }
            switch try item() {
            case .pair(let key, let value): items.append(RubyExpression(node: .hash([(key, value)]), line: key.line))
            case .value(let value): items.append(value)
            }
            scanner.skipLines()
            guard scanner.take(",") else { break }
        }
        guard scanner.current == closing else { throw UnreadableRuby("a bracket is not closed") }
        scanner.offset += 1
        return items
    }

    private mutating func pairs() throws(UnreadableRuby) -> [(key: RubyExpression, value: RubyExpression)] {
        scanner.offset += 1
        let outer = takesDo
        takesDo = true
        defer { takesDo = outer }
        var found: [(key: RubyExpression, value: RubyExpression)] = []
        while true {
            scanner.skipLines()
            if scanner.current == UInt8(ascii: "}") { break }
            guard case .pair(let key, let value) = try item() else {
                throw UnreadableRuby("it is Ruby of a form that is not read")
            }
            found.append((key, value))
            scanner.skipLines()
            guard scanner.take(",") else { break }
        }
        guard scanner.take("}") else { throw UnreadableRuby("a brace is not closed") }
        return found
    }

    private mutating func symbol() throws(UnreadableRuby) -> String {
        scanner.offset += 1
        if scanner.current == UInt8(ascii: "\"") || scanner.current == UInt8(ascii: "'") {
            guard case .literal(let text)? = try quoted().first else { return "" }
            return text
        }
        guard let word = scanner.takeWord() else { throw UnreadableRuby("it is Ruby of a form that is not read") }
        return word
    }

    private mutating func number() throws(UnreadableRuby) -> RubyExpression.Node {
        var digits = ""
        var isDecimal = false
        let isHexadecimal = scanner.starts(with: "0x")
        if isHexadecimal { scanner.offset += 2 }
        while let byte = scanner.current {
            if byte == UInt8(ascii: ".") {
                guard !isDecimal, let next = scanner.peek(), RubyScanner.isDigit(next) else { break }
                isDecimal = true
            } else if !RubyScanner.isWordPart(byte) {
                break
            }
            if byte != UInt8(ascii: "_") { digits.unicodeScalars.append(Unicode.Scalar(byte)) }
            scanner.offset += 1
        }
        if isDecimal, let value = Double(digits) { return .decimal(value) }
        let isOctal = !isHexadecimal && digits.count > 1 && digits.hasPrefix("0")
        guard let value = Int(digits, radix: isHexadecimal ? 16 : isOctal ? 8 : 10) else {
            throw UnreadableRuby("`\(digits)` is no number that is read")
        }
        return .integer(value)
    }

    /// `%w[…]`, `%i[…]`, `%q(…)`, `%Q(…)` and `%(…)`.
    private mutating func percent(_ line: Int) throws(UnreadableRuby) -> RubyExpression {
        scanner.offset += 1
        var kind = UInt8(ascii: "Q")
        if let byte = scanner.current, RubyScanner.isWordStart(byte) {
            kind = byte
            scanner.offset += 1
        }
        guard let open = scanner.current, "wWiIqQ".utf8.contains(kind), !RubyScanner.isWordPart(open) else {
            throw UnreadableRuby("it is Ruby of a form that is not read")
        }
        let closers: [UInt8: UInt8] = [
            UInt8(ascii: "["): UInt8(ascii: "]"), UInt8(ascii: "("): UInt8(ascii: ")"),
            UInt8(ascii: "{"): UInt8(ascii: "}"), UInt8(ascii: "<"): UInt8(ascii: ">"),
        ]
        let close = closers[open] ?? open
        scanner.offset += 1
        let pieces = try pieces(until: close, nesting: open == close ? nil : open, isRaw: "wiq".utf8.contains(kind))
        if kind == UInt8(ascii: "q") || kind == UInt8(ascii: "Q") {
            return RubyExpression(node: .text(pieces), line: line)
        }
        guard pieces.count <= 1 else { throw UnreadableRuby("a list of words with insertions is not read") }
        var text = ""
        if case .literal(let literal)? = pieces.first { text = literal }
        let isSymbol = kind == UInt8(ascii: "i") || kind == UInt8(ascii: "I")
        let words = text.split(whereSeparator: \.isWhitespace).map { word in
            RubyExpression(node: isSymbol ? .symbol(String(word)) : .text([.literal(String(word))]), line: line)
        }
        return RubyExpression(node: .array(words), line: line)
    }
}

// MARK: - Texts

extension RubyParser {
    /// A text in quotes, and those that follow it directly: they are one.
    private mutating func texts() throws(UnreadableRuby) -> [RubyExpression.Piece] {
        var pieces = try quoted()
        while true {
            let before = scanner
            scanner.skipBlanks()
            guard scanner.current == UInt8(ascii: "\"") || scanner.current == UInt8(ascii: "'") else {
                scanner = before
                return pieces
            }
            pieces += try quoted()
        }
    }

    private mutating func quoted() throws(UnreadableRuby) -> [RubyExpression.Piece] {
        guard let quote = scanner.current else { return [] }
        scanner.offset += 1
        return try pieces(until: quote, nesting: nil, isRaw: quote == UInt8(ascii: "'"))
    }

    /// - Parameters:
    ///   - close: the byte at the end, which is taken; `nil` for all of the text.
    ///   - nesting: the byte that has one more of these ends.
    private mutating func pieces(
        until close: UInt8?, nesting: UInt8?, isRaw: Bool
    ) throws(UnreadableRuby) -> [RubyExpression.Piece] {
        var pieces: [RubyExpression.Piece] = []
        var bytes: [UInt8] = []
        var depth = 0
        func flushed() -> [RubyExpression.Piece] {
            bytes.isEmpty ? [] : [.literal(String(decoding: bytes, as: UTF8.self))]
        }
        while true {
            guard let byte = scanner.current else {
                if close == nil { break }
                throw UnreadableRuby("a text has no end")
            }
            scanner.offset += 1
            if byte == close {
                if depth == 0 { break }
                depth -= 1
            } else if byte == nesting {
                depth += 1
            }
            if byte == UInt8(ascii: "\\"), let next = scanner.current {
                if isRaw {
                    if next == close || next == UInt8(ascii: "\\") {
                        scanner.offset += 1
                        bytes.append(next)
                        continue
                    }
                } else {
                    scanner.offset += 1
                    try escape(next, to: &bytes)
                    continue
                }
            }
            if !isRaw, byte == UInt8(ascii: "#"), scanner.current == UInt8(ascii: "{") {
                scanner.offset += 1
                pieces += flushed()
                bytes = []
                pieces.append(.expression(try insertion()))
                continue
            }
            bytes.append(byte)
        }
        return pieces + flushed()
    }

    private mutating func insertion() throws(UnreadableRuby) -> RubyExpression {
        let outer = takesDo
        takesDo = true
        defer { takesDo = outer }
        scanner.skipLines()
        let value = try expression()
        scanner.skipLines()
        guard scanner.take("}") else { throw UnreadableRuby("what is inserted into the text is not read") }
        return value
    }

    private mutating func escape(_ byte: UInt8, to bytes: inout [UInt8]) throws(UnreadableRuby) {
        switch byte {
        case UInt8(ascii: "n"): bytes.append(10)
        case UInt8(ascii: "t"): bytes.append(9)
        case UInt8(ascii: "r"): bytes.append(13)
        case UInt8(ascii: "s"): bytes.append(32)
        case UInt8(ascii: "e"): bytes.append(27)
        case UInt8(ascii: "0"): bytes.append(0)
        case UInt8(ascii: "a"): bytes.append(7)
        case UInt8(ascii: "b"): bytes.append(8)
        case RubyScanner.newline: break
        case UInt8(ascii: "u"), UInt8(ascii: "x"): throw UnreadableRuby("an escape by number in a text is not read")
        default: bytes.append(byte)
        }
    }

    private mutating func heredoc() throws(UnreadableRuby) -> [RubyExpression.Piece] {
        let heredoc = try scanner.takeHeredoc()
        let body = heredoc.dropsIndentation ? Self.withoutIndentation(heredoc.body) : Array(heredoc.body)
        if heredoc.isRaw { return [.literal(String(decoding: body, as: UTF8.self))] }
        var inner = RubyParser(RubyScanner(body, firstLine: heredoc.firstLine), inside: self)
        return try inner.pieces(until: nil, nesting: nil, isRaw: false)
    }

    /// Without the blanks that all lines begin with; lines of blanks alone do not count.
    private static func withoutIndentation(_ body: ArraySlice<UInt8>) -> [UInt8] {
        let lines = body.split(separator: RubyScanner.newline, omittingEmptySubsequences: false)
        func width(_ line: ArraySlice<UInt8>) -> Int {
            line.prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.count
        }
        let common = lines.filter { line in width(line) < line.count }.map(width).min() ?? 0
        return Array(lines.map { $0.dropFirst(min(common, width($0))) }.joined(separator: [RubyScanner.newline]))
    }
}
