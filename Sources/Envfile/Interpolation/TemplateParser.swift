internal import Vocabulary

/// Reads the text of a `Template`.
struct TemplateParser {
    private static let maximumDepth = 32

    private let bytes: [UInt8]
    private let keepsPortReferences: Bool

    init(_ text: String, keepsPortReferences: Bool) {
        bytes = Array(text.utf8)
        self.keepsPortReferences = keepsPortReferences
    }

    func template() throws(TemplateProblem) -> Template {
        try template(in: bytes.indices, depth: 0)
    }

    private func template(in range: Range<Int>, depth: Int) throws(TemplateProblem) -> Template {
        var parts: [Template.Part] = []
        var literal: [UInt8] = []
        var position = range.lowerBound
        while position < range.upperBound {
            let byte = bytes[position]
            let next = position + 1 < range.upperBound ? bytes[position + 1] : 0
            guard byte == UInt8(ascii: "$") else {
                literal.append(byte)
                position += 1
                continue
            }
            if next == UInt8(ascii: "$") {
                literal.append(byte)
                position += 2
                continue
            }
            guard next == UInt8(ascii: "{") || Self.isNameByte(next, isFirst: true) else {
                literal.append(byte)
                position += 1
                continue
            }
            if keepsPortReferences, let end = endOfPortReference(at: position, before: range.upperBound) {
                literal += bytes[position..<end]
                position = end
                continue
            }
            if !literal.isEmpty { parts.append(.literal(String(decoding: literal, as: UTF8.self))) }
            literal = []
            let (variable, end) =
                next == UInt8(ascii: "{")
                ? try braced(at: position, before: range.upperBound, depth: depth)
                : bare(at: position, before: range.upperBound)
            parts.append(.variable(variable))
            position = end
        }
        if !literal.isEmpty { parts.append(.literal(String(decoding: literal, as: UTF8.self))) }
        return Template(parts: parts)
    }

    private func bare(at offset: Int, before limit: Int) -> (Template.Variable, end: Int) {
        let end = endOfName(from: offset + 1, before: limit)
        return (.init(name: text(offset + 1..<end), fallback: nil, offset: offset), end)
    }

    private func braced(
        at offset: Int, before limit: Int, depth: Int
    ) throws(TemplateProblem) -> (Template.Variable, end: Int) {
        guard depth < Self.maximumDepth else {
            throw TemplateProblem(message: "`${` is nested more than \(Self.maximumDepth) deep", offset: offset)
        }
        let start = offset + 2
        let end = endOfName(from: start, before: limit)
        guard end > start else {
            throw TemplateProblem(
                message: "`${` is not followed by the name of a variable", hint: "write `$$` for a dollar sign",
                offset: offset)
        }
        let name = text(start..<end)
        if end < limit, bytes[end] == UInt8(ascii: "}") {
            return (.init(name: name, fallback: nil, offset: offset), end + 1)
        }
        guard end < limit else { throw unclosed(name, offset) }
        let close = closingBrace(from: end, before: limit)
        let (operation, argument) = try fallbackOperator(at: end, before: limit, offset: offset)
        guard let close, close >= argument else { throw unclosed(name, offset) }
        let fallback = Template.Fallback(
            operation: operation, treatsEmptyAsUnset: bytes[end] == UInt8(ascii: ":"),
            argument: try template(in: argument..<close, depth: depth + 1), text: text(argument..<close))
        return (.init(name: name, fallback: fallback, offset: offset), close + 1)
    }

    private func unclosed(_ name: String, _ offset: Int) -> TemplateProblem {
        TemplateProblem(message: "`${\(name)` has no closing `}`", offset: offset)
    }

    private func fallbackOperator(
        at position: Int, before limit: Int, offset: Int
    ) throws(TemplateProblem) -> (Template.Fallback.Operator, argument: Int) {
        let sign = bytes[position] == UInt8(ascii: ":") ? position + 1 : position
        switch sign < limit ? bytes[sign] : 0 {
        case UInt8(ascii: "-"): return (.valueIfUnset, sign + 1)
        case UInt8(ascii: "?"): return (.errorIfUnset, sign + 1)
        case UInt8(ascii: "+"): return (.valueIfSet, sign + 1)
        default:
            throw TemplateProblem(
                message: "what follows the name in `${` is none of `:-`, `-`, `:?`, `?`, `:+`, `+` and `}`",
                hint: "write `$$` for a dollar sign", offset: offset)
        }
    }

    /// The `}` that closes a variable: braces inside must pair; where they do not, the last one counts.
    private func closingBrace(from start: Int, before limit: Int) -> Int? {
        var open = 1
        var last: Int?
        for position in start..<limit {
            if bytes[position] == UInt8(ascii: "{") { open += 1 }
            if bytes[position] == UInt8(ascii: "}") {
                open -= 1
                last = position
                if open == 0 { return position }
            }
        }
        return last
    }

    /// The position after `${PORT:SERVICE:NUMBER}`, when it begins at `position`.
    private func endOfPortReference(at position: Int, before limit: Int) -> Int? {
        let prefix = Array("${PORT:".utf8)
        guard bytes[position..<limit].starts(with: prefix) else { return nil }
        let service = position + prefix.count
        guard let colon = bytes[service..<limit].firstIndex(of: UInt8(ascii: ":")),
            let close = bytes[colon..<limit].firstIndex(of: UInt8(ascii: "}")),
            ServiceName.isValid(text(service..<colon)), UInt16(text(colon + 1..<close)) != nil
        else { return nil }
        return close + 1
    }

    private func endOfName(from start: Int, before limit: Int) -> Int {
        var position = start
        while position < limit, Self.isNameByte(bytes[position], isFirst: position == start) { position += 1 }
        return position
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private static func isNameByte(_ byte: UInt8, isFirst: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): !isFirst
        default: false
        }
    }
}
