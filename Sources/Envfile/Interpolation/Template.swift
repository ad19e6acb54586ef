/// A scalar with variables, such as `${TAG:-latest}`.
///
/// The forms of the Compose Specification: `$V`, `${V}`, `${V:-d}`, `${V-d}`, `${V:?m}`, `${V?m}`, `${V:+a}`, `${V+a}`,
/// with any nesting, and `$$` for a dollar sign. A `$` before any other character is literal.
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
        /// The argument as written.
        var text: String
    }

    var parts: [Part]

    static func hasVariables(_ text: String) -> Bool { text.utf8.contains(UInt8(ascii: "$")) }

    /// - Parameter keepsPortReferences: Whether `${PORT:SERVICE:NUMBER}` is kept unchanged.
    init(parsing text: String, keepsPortReferences: Bool = false) throws(TemplateProblem) {
        let parser = TemplateParser(text, keepsPortReferences: keepsPortReferences)
        self = try parser.template()
    }

    init(parts: [Part]) {
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

    /// The text with replaced variables.
    ///
    /// - Parameter unset: Called for each variable that is unset and has no fallback; it becomes the empty string.
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

    /// Every variable in the text, those inside fallbacks after the one they belong to.
    var variables: [Variable] {
        parts.flatMap { part -> [Variable] in
            guard case .variable(let variable) = part else { return [] }
            return [variable] + (variable.fallback?.argument.variables ?? [])
        }
    }
}
