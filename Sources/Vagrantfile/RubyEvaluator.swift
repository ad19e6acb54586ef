/// Computes the values of expressions: constants, insertions, lists and variables of the host; runs nothing.
struct RubyEvaluator {
    /// Variables, constants and parameters of blocks, the innermost scope last.
    private var scopes: [[String: Result<RubyValue, UnreadableRuby>]] = [[:]]

    mutating func enter(_ names: [String], _ values: [RubyValue]) {
        var scope: [String: Result<RubyValue, UnreadableRuby>] = [:]
        for (index, name) in names.enumerated() {
            scope[name] = index < values.count ? .success(values[index]) : .success(.none)
        }
        scopes.append(scope)
    }

    mutating func leave() { scopes.removeLast() }

    /// Sets a name; a value that could not be read spoils what uses it.
    mutating func set(_ name: String, _ value: Result<RubyValue, UnreadableRuby>) {
        let place = scopes.lastIndex { $0[name] != nil } ?? scopes.count - 1
        scopes[place][name] = value
    }

    func has(_ name: String) -> Bool { scopes.contains { $0[name] != nil } }

    private func lookUp(_ name: String) throws(UnreadableRuby) -> RubyValue {
        for scope in scopes.reversed() {
            guard let found = scope[name] else { continue }
            return try found.get()
        }
        switch name {
        case "__dir__": return .text(RubyText("."))
        case "__FILE__": return .text(RubyText("./Vagrantfile"))
        default: throw UnreadableRuby("`\(name)` is not a value that the file says")
        }
    }
}

// MARK: - Values

extension RubyEvaluator {
    func value(_ expression: RubyExpression) throws(UnreadableRuby) -> RubyValue {
        switch expression.node {
        case .text(let pieces): return .text(try text(pieces))
        case .integer(let number): return .integer(number)
        case .decimal(let number): return .decimal(number)
        case .boolean(let value): return .boolean(value)
        case .none: return .none
        case .symbol(let name): return .symbol(name)
        case .array(let items):
            var values: [RubyValue] = []
            for item in items { values.append(try value(item)) }
            return .array(values)
        case .hash(let pairs): return .hash(try options(pairs))
        case .range(let first, let last, let isClosed):
            guard case .integer(let low) = try value(first), case .integer(let high) = try value(last) else {
                throw UnreadableRuby("only ranges of numbers are read")
            }
            return .range(low, isClosed ? high : high - 1)
        case .call(let call): return try self.call(call)
        case .index(let list, let key): return try element(list, key)
        case .binary(let name, let left, let right): return try binary(name, left, right)
        case .assignment: throw UnreadableRuby("an assignment inside an expression is not read")
        }
    }

    func options(
        _ pairs: [(key: RubyExpression, value: RubyExpression)]
    ) throws(UnreadableRuby) -> [RubyValue.Pair] {
        var found: [RubyValue.Pair] = []
        for pair in pairs { found.append(.init(key: try value(pair.key), value: try value(pair.value))) }
        return found
    }

    private func text(_ pieces: [RubyExpression.Piece]) throws(UnreadableRuby) -> RubyText {
        var text = RubyText("")
        for piece in pieces {
            switch piece {
            case .literal(let part): text = text + RubyText(part)
            case .expression(let inner):
                guard let part = try value(inner).text else {
                    throw UnreadableRuby("what is inserted into the text is no simple value")
                }
                text = text + part
            }
        }
        return text
    }

    private func element(_ list: RubyExpression, _ key: RubyExpression) throws(UnreadableRuby) -> RubyValue {
        let key = try value(key)
        if case .call(let call) = list.node, call.isName, call.name == "ENV" {
            return .text(try Self.variable(key, fallback: nil))
        }
        let list = try value(list)
        switch (list, key) {
        case (.array(let items), .integer(let index)):
            let place = index < 0 ? items.count + index : index
            return items.indices.contains(place) ? items[place] : .none
        case (.hash(let pairs), _): return pairs.last { $0.key == key }?.value ?? .none
        case (.object(var object), _):
            guard let name = key.name else { throw UnreadableRuby("its index is no text") }
            object.path.append("[\(name)]")
            return .object(object)
        default: throw UnreadableRuby("its index in brackets is not read")
        }
    }

    private static func variable(_ name: RubyValue, fallback: String?) throws(UnreadableRuby) -> RubyText {
        let allowed = { (scalar: Unicode.Scalar) in
            scalar == "_"
                || (scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil))
        }
        guard let name = name.name, let first = name.unicodeScalars.first, name.unicodeScalars.allSatisfy(allowed),
            first.properties.numericType == nil
        else { throw UnreadableRuby("the name of the variable in `ENV` is not read") }
        return RubyText([.variable(name, fallback: fallback)])
    }

    private func binary(
        _ name: String, _ left: RubyExpression, _ right: RubyExpression
    ) throws(UnreadableRuby) -> RubyValue {
        if name == "||" {
            let first = try value(left)
            switch first {
            case .none, .boolean(false): return try value(right)
            case .text(let text):
                guard text.pieces.count == 1, case .variable(let name, nil) = text.pieces[0] else { return first }
                guard let fallback = try value(right).text?.literal else {
                    throw UnreadableRuby("the value in place of `ENV` is no simple value")
                }
                return .text(RubyText([.variable(name, fallback: fallback)]))
            default: return first
            }
        }
        let (first, second) = (try value(left), try value(right))
        switch (name, first, second) {
        case ("+", .text(let a), .text(let b)): return .text(a + b)
        case ("+", .array(let a), .array(let b)): return .array(a + b)
        case ("+", .integer(let a), .integer(let b)): return try Self.checked(a.addingReportingOverflow(b))
        case ("-", .integer(let a), .integer(let b)): return try Self.checked(a.subtractingReportingOverflow(b))
        case ("*", .integer(let a), .integer(let b)): return try Self.checked(a.multipliedReportingOverflow(by: b))
        case ("/", .integer(let a), .integer(let b)) where b > 0 && a >= 0: return .integer(a / b)
        case ("%", .integer(let a), .integer(let b)) where b > 0 && a >= 0: return .integer(a % b)
        case ("%", .text(let format), _): return .text(try Self.formatted(format, second))
        case ("==", _, _), ("!=", _, _), ("<", _, _), (">", _, _), ("<=", _, _), (">=", _, _), ("&&", _, _):
            throw UnreadableRuby("only Ruby can decide a condition")
        default: throw UnreadableRuby("only Ruby can compute `\(name)` of these values")
        }
    }

    private static func checked(_ result: (Int, overflow: Bool)) throws(UnreadableRuby) -> RubyValue {
        if result.overflow { throw UnreadableRuby("a number in it is too large") }
        return .integer(result.0)
    }

    /// `"web-%02d" % 1`: one or more of `%s` and `%d` with a width.
    private static func formatted(_ format: RubyText, _ value: RubyValue) throws(UnreadableRuby) -> RubyText {
        guard let text = format.literal else { throw UnreadableRuby("a format with variables is not read") }
        var values: [RubyValue] = [value]
        if case .array(let items) = value { values = items }
        var result = ""
        var rest = Substring(text)
        while let percent = rest.firstIndex(of: "%") {
            result += rest[..<percent]
            rest = rest[rest.index(after: percent)...]
            let width = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(width.count)
            guard let kind = rest.popFirst() else { throw UnreadableRuby("a format in it is not read") }
            if kind == "%", width.isEmpty {
                result += "%"
                continue
            }
            guard kind == "d" || kind == "s", !values.isEmpty, let part = values.removeFirst().text?.literal,
                width.count <= 2
            else { throw UnreadableRuby("a format in it is not read") }
            let fill = width.hasPrefix("0") && kind == "d" ? "0" : " "
            result += String(repeating: fill, count: max(0, (Int(width) ?? 0) - part.count)) + part
        }
        return RubyText(result + rest)
    }
}

// MARK: - Calls

extension RubyEvaluator {
    private func call(_ call: RubyCall) throws(UnreadableRuby) -> RubyValue {
        if call.block != nil { throw UnreadableRuby("only Ruby can run the block of `\(call.name)`") }
        guard let receiver = call.receiver else {
            if call.isName { return try lookUp(call.name) }
            throw UnreadableRuby("`\(call.name)` is Ruby that only Ruby can run")
        }
        if case .call(let constant) = receiver.node, constant.isName, !has(constant.name) {
            switch constant.name {
            case "ENV": return .text(try fetched(call))
            case "File": return .text(try file(call))
            case "Dir" where call.name == "pwd": return .text(RubyText("."))
            default: break
            }
            if constant.name.first?.isUppercase == true {
                throw UnreadableRuby("only Ruby can run `\(constant.name).\(call.name)`")
            }
        }
        let value = try value(receiver)
        if case .object(var object) = value, !call.hasArguments {
            object.path.append(call.name)
            return .object(object)
        }
        guard call.arguments.isEmpty, call.options.isEmpty else {
            throw UnreadableRuby("only Ruby can run `.\(call.name)`")
        }
        return try method(call.name, of: value)
    }

    /// `ENV.fetch("NAME", "fallback")`.
    private func fetched(_ call: RubyCall) throws(UnreadableRuby) -> RubyText {
        guard call.name == "fetch", let name = call.arguments.first, call.arguments.count <= 2 else {
            throw UnreadableRuby("only Ruby can run `ENV.\(call.name)`")
        }
        var fallback: String?
        if call.arguments.count == 2 {
            fallback = try value(call.arguments[1]).text?.literal
            if fallback == nil { throw UnreadableRuby("the value in place of `ENV` is no simple value") }
        }
        return try Self.variable(try value(name), fallback: fallback)
    }

    /// `File.join(…)`, and `File.expand_path` and `File.dirname` of the file itself.
    private func file(_ call: RubyCall) throws(UnreadableRuby) -> RubyText {
        var parts: [RubyText] = []
        for argument in call.arguments {
            guard let part = try value(argument).text else { throw UnreadableRuby("only Ruby can run it") }
            parts.append(part)
        }
        switch (call.name, parts.count) {
        case ("join", 1...):
            return parts.dropFirst().reduce(parts[0]) { $0 + RubyText("/") + $1 }
        case ("dirname", 1) where parts[0].literal == "./Vagrantfile": return RubyText(".")
        case ("expand_path", 1): return parts[0]
        case ("expand_path", 2) where parts[1].literal == "." || parts[1].literal == "./Vagrantfile":
            // Relative to the file's directory; `..` behind the file's own name is its directory.
            guard let path = parts[0].literal else { return parts[0] }
            if parts[1].literal == "./Vagrantfile" {
                if path == ".." { return RubyText(".") }
                return RubyText(path.hasPrefix("../") ? "./" + path.dropFirst(3) : path)
            }
            return RubyText(path.hasPrefix("/") || path.hasPrefix("~") || path.hasPrefix(".") ? path : "./" + path)
        case ("read", 1): throw UnreadableRuby("no other file is read")
        default: throw UnreadableRuby("only Ruby can run `File.\(call.name)`")
        }
    }

    private func method(_ name: String, of value: RubyValue) throws(UnreadableRuby) -> RubyValue {
        switch (name, value) {
        case ("freeze", _), ("dup", _), ("clone", _), ("to_a", .array), ("to_sym", .symbol): return value
        case ("to_s", _):
            if let text = value.text { return .text(text) }
        case ("to_i", .integer): return value
        case ("to_i", .text(let text)):
            // What comes from the host is a number only then.
            guard let literal = text.literal else { return value }
            if let number = Int(literal) { return .integer(number) }
        case ("to_sym", .text(let text)):
            if let literal = text.literal { return .symbol(literal) }
        case ("strip", .text(let text)), ("chomp", .text(let text)):
            if let literal = text.literal {
                return .text(RubyText(name == "strip" ? RubyScanner.trimmed(literal) : Self.chomped(literal)))
            }
        case ("upcase", .text(let text)):
            if let literal = text.literal { return .text(RubyText(literal.uppercased())) }
        case ("downcase", .text(let text)):
            if let literal = text.literal { return .text(RubyText(literal.lowercased())) }
        case ("first", .array(let items)): return items.first ?? .none
        case ("last", .array(let items)): return items.last ?? .none
        case ("size", .array(let items)), ("length", .array(let items)), ("count", .array(let items)):
            return .integer(items.count)
        case ("keys", .hash(let pairs)): return .array(pairs.map(\.key))
        case ("values", .hash(let pairs)): return .array(pairs.map(\.value))
        default: break
        }
        throw UnreadableRuby("only Ruby can run `.\(name)`")
    }

    private static func chomped(_ text: String) -> String { text.hasSuffix("\n") ? String(text.dropLast()) : text }
}
