/// A scalar with variables in it, such as `${TAG:-latest}`.
///
/// The forms of the Compose Specification: `$V`, `${V}`, `${V:-d}`, `${V-d}`, `${V:?m}`, `${V?m}`, `${V:+a}`,
/// `${V+a}`, nested at will, and `$$` for a dollar sign.
struct Template {
    enum Part {
        case literal(String)
        case variable(Variable)
    }

    struct Variable {
        var name: String
        var fallback: Fallback?
        /// Byte offset of the `$` in the text.
        var offset: Int
    }

    struct Fallback {
        enum Operator {
            case valueIfUnset, valueIfSet, errorIfUnset
        }

        var operation: Operator
        /// Whether an empty value counts as unset (the forms with a colon).
        var treatsEmptyAsUnset: Bool
        var argument: Template
    }

    var parts: [Part]

    static func hasVariables(_ text: String) -> Bool { text.utf8.contains(UInt8(ascii: "$")) }

    init(parsing text: String) throws(TemplateProblem) {
        var parser = TemplateParser(text)
        self = try parser.template(depth: 0)
    }

    fileprivate init(parts: [Part]) {
        self.parts = parts
    }
}

/// Why a template cannot be read or expanded.
struct TemplateProblem: Error, Equatable {
    var message: String
    var hint: String?
    /// Byte offset in the text.
    var offset: Int
}

// MARK: - Expansion

extension Template {
    /// A longer result than this, in bytes, is an error.
    static let maximumLength = 1 << 20

    /// The text with every variable replaced.
    ///
    /// - Parameter unset: Told of each variable that is unset and has no fallback; it becomes the empty string.
    func expanded(
        lookup: (String) -> String?, unset: (Variable) -> Void
    ) throws(TemplateProblem) -> String {
        var result = ""
        for part in parts {
            switch part {
            case .literal(let text): result += text
            case .variable(let variable): result += try value(of: variable, lookup: lookup, unset: unset)
            }
            guard result.utf8.count <= Self.maximumLength else {
                throw TemplateProblem(
                    message: "the value is longer than \(Self.maximumLength) bytes with its variables replaced",
                    offset: 0)
            }
        }
        return result
    }

    private func value(
        of variable: Variable, lookup: (String) -> String?, unset: (Variable) -> Void
    ) throws(TemplateProblem) -> String {
        let value = lookup(variable.name)
        guard let fallback = variable.fallback else {
            if value == nil { unset(variable) }
            return value ?? ""
        }
        let present = value.flatMap { $0.isEmpty && fallback.treatsEmptyAsUnset ? nil : $0 }
        switch fallback.operation {
        case .valueIfUnset:
            if let present { return present }
            return try fallback.argument.expanded(lookup: lookup, unset: unset)
        case .valueIfSet:
            guard present != nil else { return "" }
            return try fallback.argument.expanded(lookup: lookup, unset: unset)
        case .errorIfUnset:
            if let present { return present }
            let reason = try fallback.argument.expanded(lookup: lookup, unset: unset)
            let message = "the required variable `\(variable.name)` is \(value == nil ? "not set" : "empty")"
            throw TemplateProblem(
                message: reason.isEmpty ? message : "\(message): \(reason)",
                hint: "set it in the environment or in `.env`", offset: variable.offset)
        }
    }
}

// MARK: - Parsing

private struct TemplateParser {
    private static let maximumDepth = 32

    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// Parses to the end of the text, or inside braces to the `}` that closes them (which is left to the caller).
    mutating func template(depth: Int) throws(TemplateProblem) -> Template {
        var parts: [Template.Part] = []
        var literal: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            if depth > 0, byte == UInt8(ascii: "}") { break }
            position += 1
            guard byte == UInt8(ascii: "$") else {
                literal.append(byte)
                continue
            }
            if position < bytes.count, bytes[position] == UInt8(ascii: "$") {
                position += 1
                literal.append(byte)
                continue
            }
            if !literal.isEmpty { parts.append(.literal(String(decoding: literal, as: UTF8.self))) }
            literal = []
            parts.append(.variable(try variable(from: position - 1, depth: depth)))
        }
        if !literal.isEmpty { parts.append(.literal(String(decoding: literal, as: UTF8.self))) }
        return Template(parts: parts)
    }

    private mutating func variable(from offset: Int, depth: Int) throws(TemplateProblem) -> Template.Variable {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "{") else {
            guard let name = name() else {
                throw TemplateProblem(
                    message: "`$` is not followed by the name of a variable", hint: "write `$$` for a dollar sign",
                    offset: offset)
            }
            return .init(name: name, fallback: nil, offset: offset)
        }
        guard depth < Self.maximumDepth else {
            throw TemplateProblem(message: "`${` is nested more than \(Self.maximumDepth) deep", offset: offset)
        }
        position += 1
        guard let name = name() else {
            throw TemplateProblem(
                message: "`${` is not followed by the name of a variable", hint: "write `$$` for a dollar sign",
                offset: offset)
        }
        let fallback = try fallback(from: offset, depth: depth)
        guard position < bytes.count else {
            throw TemplateProblem(message: "`${\(name)` has no closing `}`", offset: offset)
        }
        position += 1
        return .init(name: name, fallback: fallback, offset: offset)
    }

    private mutating func fallback(from offset: Int, depth: Int) throws(TemplateProblem) -> Template.Fallback? {
        guard position < bytes.count, bytes[position] != UInt8(ascii: "}") else { return nil }
        var treatsEmptyAsUnset = false
        if bytes[position] == UInt8(ascii: ":") {
            treatsEmptyAsUnset = true
            position += 1
        }
        let operation: Template.Fallback.Operator
        switch position < bytes.count ? bytes[position] : 0 {
        case UInt8(ascii: "-"): operation = .valueIfUnset
        case UInt8(ascii: "?"): operation = .errorIfUnset
        case UInt8(ascii: "+"): operation = .valueIfSet
        default:
            throw TemplateProblem(
                message: "what follows the name in `${` is none of `:-`, `-`, `:?`, `?`, `:+`, `+` and `}`",
                hint: "write `$$` for a dollar sign", offset: offset)
        }
        position += 1
        let argument = try template(depth: depth + 1)
        return .init(operation: operation, treatsEmptyAsUnset: treatsEmptyAsUnset, argument: argument)
    }

    private mutating func name() -> String? {
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): break
            case UInt8(ascii: "0")...UInt8(ascii: "9") where position > start: break
            default: return position > start ? String(decoding: bytes[start..<position], as: UTF8.self) : nil
            }
            position += 1
        }
        return position > start ? String(decoding: bytes[start..<position], as: UTF8.self) : nil
    }
}
