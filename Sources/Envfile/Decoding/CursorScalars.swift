internal import Diagnostics

extension Cursor {
    var scalar: Scalar? {
        guard case .scalar(let scalar) = node.content else { return nil }
        return scalar
    }

    /// The text of a string; `nil` (without a diagnostic) for anything else.
    var stringValue: String? {
        guard let scalar, scalar.type == .string else { return nil }
        return scalar.text
    }

    func string() -> String? {
        if let stringValue { return stringValue }
        if let scalar, scalar.type != .null {
            mismatch("a string", hint: "quote it: \"\(scalar.text)\"")
        } else {
            mismatch("a string")
        }
        return nil
    }

    /// A string that is not empty; an empty one counts as not written.
    func nonEmptyString() -> String? {
        string().flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A string, number or boolean as text; `nil` for an empty value.
    ///
    /// A compose file's numbers are read and written again, as Compose does: `1.50` is `1.5` and `0022` is `18`.
    func scalarText(_ expected: String = "a string, number or boolean") -> String?? {
        guard let scalar else {
            mismatch(expected)
            return nil
        }
        if scalar.type == .null { return .some(nil) }
        return .some(context.dialect == .compose ? CanonicalScalar.text(scalar) : scalar.text)
    }

    /// A boolean, or its text (as of a variable).
    func bool() -> Bool? {
        if let scalar, scalar.type == .bool || scalar.type == .string {
            switch scalar.text.lowercased() {
            case "true", "yes", "y", "on", "1", "t": return true
            case "false", "no", "n", "off", "0", "f": return false
            default: break
            }
        }
        mismatch("true or false")
        return nil
    }

    /// An integer, or its text.
    func integer(_ expected: String, in range: ClosedRange<Int>) -> Int? {
        if let scalar, scalar.type == .integer || scalar.type == .string, let value = CoreSchema.integer(scalar.text) {
            if range.contains(value) { return value }
            error(
                "\(path.inWords) must be \(expected) from \(range.lowerBound) to \(range.upperBound), but is \(value)",
                expected: expected)
            return nil
        }
        mismatch(expected)
        return nil
    }

    /// One of some words.
    func choice<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        guard let text = string() else { return nil }
        if let value = Choice(rawValue: text) { return value }
        let words = Choice.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        error(
            "\(path.inWords) must be one of \(words), but is `\(text)`", expected: words,
            hint: Suggestion.hint(for: text, in: Choice.allCases.map(\.rawValue)))
        return nil
    }
}

// MARK: - Lists of scalars

extension Cursor {
    /// The texts of a list of strings and numbers.
    func texts() -> [String] {
        (list() ?? []).compactMap { item in
            guard let scalar = item.scalar, scalar.type != .null, scalar.type != .bool else {
                item.mismatch("a string or a number")
                return nil
            }
            return context.dialect == .compose ? CanonicalScalar.text(scalar) : scalar.text
        }
    }

    /// The strings of a list, one for each key before a `=`: the last one, at the place of the first.
    ///
    /// - Parameter check: reports what is wrong with a string.
    func keyedStrings(_ check: (String, Cursor) -> Void = { _, _ in }) -> [String] {
        let items = strings() ?? []
        for item in items { check(item.value, Cursor(string: item, context: context)) }
        return Self.lastOfEachKey(items.map(\.value))
    }

    /// The same for a string alone or a list.
    func keyedStringOrList() -> [String] { Self.lastOfEachKey((stringOrList() ?? []).map(\.value)) }

    private static func lastOfEachKey(_ texts: [String]) -> [String] {
        var places: [String: Int] = [:]
        var result: [String] = []
        for text in texts {
            if let place = places.updateValue(result.count, forKey: KeyValue.split(text).key) {
                places[KeyValue.split(text).key] = place
                result[place] = text
            } else {
                result.append(text)
            }
        }
        return result
    }
}
