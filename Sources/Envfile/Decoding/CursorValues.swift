internal import Diagnostics

/// Common functions of the decoders of several sections.
extension Cursor {
    /// Reports those of some keys that a mapping lacks.
    func requireKeys(_ names: String...) {
        for name in names where node[name] == nil { error("\(path) has no `\(name)`") }
    }

    /// The strings of a list, each once, in the order of their first appearance.
    func stringsOnce() -> [String] {
        var seen: Set<String> = []
        return (strings() ?? []).map(\.value).filter { seen.insert($0).inserted }
    }

    /// The strings of a list, which must be distinct.
    func distinctStrings() -> [String] {
        var seen: Set<String> = []
        return (strings() ?? []).compactMap { item in
            if seen.insert(item.value).inserted { return item.value }
            context.report.error("`\(item.value)` is listed twice", at: item.mark, path: item.path)
            return nil
        }
    }

    /// Reports a valid value with which no service can start: an error in an `Envfile`. In a compose file that Compose
    /// accepts, `config` shows it, and only `up` refuses it.
    func unusable(_ message: String, expected: String? = nil, hint: String? = nil) {
        let report = context.dialect == .compose ? context.unsupported : context.report
        report.error(message, at: node.mark, path: path, expected: expected, hint: hint)
    }

    /// A number, or its text.
    func decimal(_ expected: String, in range: ClosedRange<Double>) -> Double? {
        if let scalar, scalar.type != .null, scalar.type != .bool, let value = Double(scalar.text), value.isFinite {
            if range.contains(value) { return value }
            unusable(
                "\(path.inWords) must be \(expected) from \(range.lowerBound) to \(range.upperBound), "
                    + "but is \(scalar.text)", expected: expected)
            return value
        }
        mismatch(expected)
        return nil
    }

    /// A word that is always kept, with a warning when it is unknown.
    func word(among known: [String]) -> String? {
        guard let text = nonEmptyString() else { return nil }
        if !known.contains(text) {
            let words = known.map { "`\($0)`" }.joined(separator: ", ")
            warning(
                "\(path.inWords) is `\(text)`, which means nothing here; known are \(words)",
                hint: Suggestion.hint(for: text, in: known))
        }
        return text
    }

    /// An absolute path in the container, as written.
    func containerPath() -> String? {
        guard let text = nonEmptyString() else { return nil }
        if text.hasPrefix("/"), !text.utf8.contains(0) { return text }
        error("\(path) must be an absolute path in the container, but is `\(text)`", expected: "an absolute path")
        return nil
    }

    /// A path on the host: relative ones against the project directory, absolute ones as written.
    func hostPath() -> String? {
        nonEmptyString().flatMap { HostPath.resolvedAsWritten($0, at: self) }
    }
}

extension HostPath {
    /// `text` relative to the project directory; an absolute path is kept as written, as Compose shows it.
    static func resolvedAsWritten(_ text: String, at cursor: Cursor) -> String? {
        guard let path = resolved(text, at: cursor) else { return nil }
        return text.hasPrefix("/") ? text : path
    }
}

/// A mapping of names to single values, such as `driver_opts`; a list is not accepted.
enum ScalarMapping {
    /// Decodes the values as text; an empty value is an empty text when `allowsEmpty` is set.
    static func decoded(
        from cursor: Cursor, allowsBooleans: Bool = false, allowsEmpty: Bool = false
    ) -> [String: String] {
        var result: [String: String] = [:]
        let expected = allowsBooleans ? "a string, number or boolean" : "a string or a number"
        for entry in cursor.mapping() ?? [] {
            guard let scalar = entry.value.scalar, scalar.type != .bool || allowsBooleans,
                scalar.type != .null || allowsEmpty
            else {
                entry.value.mismatch(expected, hint: entry.value.quotingHint)
                continue
            }
            if let text = entry.value.scalarText() { result[entry.key.name] = text ?? "" }
        }
        return result
    }
}

extension Cursor {
    /// The remedy for a boolean or a number in place of a string.
    fileprivate var quotingHint: String? {
        guard let scalar, scalar.type != .null else { return nil }
        return "quote it: \"\(scalar.text)\""
    }
}
