extension CommandOverride {
    /// `command` and `entrypoint`: nothing, a string of shell words, or a list of strings.
    static func decoded(from cursor: Cursor) -> CommandOverride {
        if cursor.node.isNull { return .image }
        if let items = cursor.items {
            return .replaced(items.compactMap { $0.string() })
        }
        guard let text = cursor.stringValue else {
            cursor.mismatch("a string or a list of strings")
            return .image
        }
        do throws(ShellWords.Problem) {
            return .replaced(try ShellWords.split(text))
        } catch {
            cursor.error("\(cursor.path) cannot be split into words: \(error.message)")
            return .image
        }
    }
}

/// Splits a string into words as a POSIX shell does, without expanding anything.
enum ShellWords {
    struct Problem: Error, Equatable {
        var message: String
    }

    static func split(_ text: String) throws(Problem) -> [String] {
        var words: [String] = []
        var word: [UInt8]?
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                if let finished = word { words.append(String(decoding: finished, as: UTF8.self)) }
                word = nil
            case UInt8(ascii: "'"):
                guard let end = rest.firstIndex(of: byte) else { throw Problem(message: "a `'` is not closed") }
                word = (word ?? []) + rest[..<end]
                rest = rest[(end + 1)...]
            case UInt8(ascii: "\""):
                word = (word ?? []) + (try doubleQuoted(&rest))
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { throw Problem(message: "it ends in a backslash") }
                if escaped != UInt8(ascii: "\n") { word = (word ?? []) + [escaped] }
            default:
                word = word ?? []
                word?.append(byte)
            }
        }
        if let word { words.append(String(decoding: word, as: UTF8.self)) }
        return words
    }

    private static func doubleQuoted(_ rest: inout ArraySlice<UInt8>) throws(Problem) -> [UInt8] {
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { return text }
            guard byte == UInt8(ascii: "\\"), let escaped = rest.first else {
                text.append(byte)
                continue
            }
            switch escaped {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "$"), UInt8(ascii: "`"):
                text.append(escaped)
                rest.removeFirst()
            case UInt8(ascii: "\n"): rest.removeFirst()
            default: text.append(byte)
            }
        }
        throw Problem(message: "a `\"` is not closed")
    }
}
