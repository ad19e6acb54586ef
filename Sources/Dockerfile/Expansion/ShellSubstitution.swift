extension ShellRun {
    /// `$NAME` or `${…}`, from its dollar sign on.
    mutating func substitution(keepsEscapes: Bool) throws(ExpansionProblem) -> [Unicode.Scalar] {
        let start = index
        index += 1
        guard peek == "{" else {
            let name = readName()
            if name.isEmpty { return ["$"] }
            if let value = value(of: name) { return Array(value.unicodeScalars) }
            return lexer.keepsUnset ? Array("$\(name)".unicodeScalars) : []
        }
        index += 1
        let name = readName()
        guard !name.isEmpty else {
            throw problem(
                peek == nil ? "there is no `}` to end this" : "there is no variable's name in `${…}`", at: start)
        }
        let modifier = next()
        switch modifier {
        case nil: throw problem("there is no `}` to end this", at: start)
        case "}":
            if let value = value(of: name) { return Array(value.unicodeScalars) }
            return lexer.keepsUnset ? Array("${\(name)}".unicodeScalars) : []
        case ":": return try condition(name, isStrict: true, from: start)
        case "+", "-", "?":
            index -= 1
            return try condition(name, isStrict: false, from: start)
        case "#": return try removal(name, atEnd: false, from: start)
        case "%": return try removal(name, atEnd: true, from: start)
        case "/": return try replacement(name, from: start)
        case .some(let other): throw problem("`\(other)` is no modifier of a variable", at: index - 1)
        }
    }

    /// The words of `${NAME:-word}` and the like; strict ones take an empty value for none.
    private mutating func condition(
        _ name: String, isStrict: Bool, from start: Int
    ) throws(ExpansionProblem) -> [Unicode.Scalar] {
        guard let kind = next(), kind == "-" || kind == "+" || kind == "?" else {
            throw problem("behind `:` only `-`, `+` or `?` can stand", at: max(start, index - 1))
        }
        let word = try operand(until: "}", keepsEscapes: false, from: start)
        let value = value(of: name)
        if value == nil, lexer.keepsUnset {
            return Array("${\(name)\(isStrict ? ":" : "")\(kind)".unicodeScalars) + word + ["}"]
        }
        let isMissing = value == nil || (isStrict && value?.isEmpty == true)
        let text = Array((value ?? "").unicodeScalars)
        switch kind {
        case "-": return isMissing ? word : text
        case "+": return isMissing ? [] : word
        default:
            guard isMissing else { return text }
            let reason = value == nil ? "must be set" : "must not be empty"
            throw problem("variable `\(name)`: \(word.isEmpty ? reason : String(scalars: word))", at: start)
        }
    }

    /// `${NAME#pattern}` and `${NAME%pattern}`; with a doubled sign the longest match is removed.
    private mutating func removal(
        _ name: String, atEnd: Bool, from start: Int
    ) throws(ExpansionProblem) -> [Unicode.Scalar] {
        let sign: Unicode.Scalar = atEnd ? "%" : "#"
        let operand = try operand(until: "}", keepsEscapes: true, from: start)
        let isLongest = operand.first == sign
        guard let value = value(of: name) else {
            return lexer.keepsUnset ? Array("${\(name)\(sign)".unicodeScalars) + operand + ["}"] : []
        }
        let pattern = try pattern(isLongest ? operand.dropFirst() : operand[...], from: start)
        let text = Array(value.unicodeScalars)
        return atEnd
            ? pattern.removingSuffix(of: text, longest: isLongest)
            : pattern.removingPrefix(of: text, longest: isLongest)
    }

    /// `${NAME/pattern/text}`; with `//` every match.
    private mutating func replacement(_ name: String, from start: Int) throws(ExpansionProblem) -> [Unicode.Scalar] {
        let isAll = peek == "/"
        if isAll { index += 1 }
        let operand = try operand(until: "/", keepsEscapes: true, from: start)
        let replacement = try self.operand(until: "}", keepsEscapes: true, from: start)
        guard let value = value(of: name) else {
            guard lexer.keepsUnset else { return [] }
            return Array("${\(name)/\(isAll ? "/" : "")".unicodeScalars) + operand + ["/"] + replacement + ["}"]
        }
        let pattern = try pattern(operand[...], from: start)
        return pattern.replacing(in: Array(value.unicodeScalars), with: replacement, all: isAll)
    }

    private mutating func operand(
        until stop: Unicode.Scalar, keepsEscapes: Bool, from start: Int
    ) throws(ExpansionProblem) -> [Unicode.Scalar] {
        do {
            return try process(until: stop, keepsEscapes: keepsEscapes).text
        } catch {
            guard peek == nil, error.message.hasPrefix("there is no `\(stop)`") else { throw error }
            throw problem("there is no `\(stop)` to end this", at: start)
        }
    }

    private func pattern(
        _ text: ArraySlice<Unicode.Scalar>, from start: Int
    ) throws(ExpansionProblem) -> ShellPattern {
        guard let pattern = ShellPattern(text) else {
            throw problem(
                "in the pattern `\(String(scalars: text))` a backslash stands before what needs none", at: start)
        }
        return pattern
    }

    private mutating func value(of name: String) -> String? {
        let value = lexer.lookup(name)
        if value == nil { unset.insert(name) } else { used.insert(name) }
        return value
    }

    /// Letters, digits and underscores; or digits only; or one of the shell's special parameters.
    private mutating func readName() -> String {
        var name: [Unicode.Scalar] = []
        while let scalar = peek {
            if name.isEmpty, Self.specialParameters.contains(scalar), scalar != "0" {
                index += 1
                return String(scalar)
            }
            let isDigit = scalar.properties.generalCategory == .decimalNumber
            if let first = name.first, first.properties.generalCategory == .decimalNumber, !isDigit { break }
            guard isDigit || scalar == "_" || scalar.isLetter else { break }
            index += 1
            name.append(scalar)
        }
        return String(scalars: name)
    }

    private static let specialParameters: Set<Unicode.Scalar> = ["@", "*", "#", "?", "-", "$", "!", "0"]
}

extension Unicode.Scalar {
    fileprivate var isLetter: Bool {
        if value < 0x80 { return ("a"..."z").contains(self) || ("A"..."Z").contains(self) }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        default: return false
        }
    }
}
