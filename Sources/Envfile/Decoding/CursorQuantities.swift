internal import Diagnostics
internal import Vocabulary

extension Duration {
    static func decoded(from cursor: Cursor) -> Duration? {
        guard let text = cursor.stringValue else {
            let hint = cursor.scalar.flatMap { $0.type == .integer ? "add a unit: `\($0.text)s`" : nil }
            cursor.mismatch(expectedComposeText, hint: hint)
            return nil
        }
        if let duration = parsing(composeText: text) { return duration }
        cursor.error("`\(text)` is no duration", expected: expectedComposeText)
        return nil
    }
}

extension Signal {
    /// The text as written, which `config` shows; a text that is not a signal is reported.
    static func decoded(from cursor: Cursor) -> String? {
        guard let text = cursor.nonEmptyString(), Signal(parsing: text) == nil else { return cursor.stringValue }
        let bare = text.uppercased().hasPrefix("SIG") ? String(text.dropFirst(3)) : text
        let nearest = Suggestion.nearest(to: bare, in: names)
        cursor.unusable(
            "`\(text)` is no signal", expected: "a signal such as `SIGTERM`",
            hint: nearest.map { "did you mean `SIG\($0)`?" })
        return text
    }
}

extension ByteCount {
    static func decoded(from cursor: Cursor) -> ByteCount? {
        guard let scalar = cursor.scalar, scalar.type == .string || scalar.type == .integer else {
            cursor.mismatch(expected)
            return nil
        }
        if let size = ByteCount(parsing: scalar.text) { return size }
        cursor.error("`\(scalar.text)` is no size", expected: expected)
        return nil
    }
}
