internal import Vocabulary

/// Writes a `Value` as YAML: block style, with quotes around strings that a reader could take for other types.
package struct YAMLWriter: Sendable {
    private var text = ""
    private let usesBlocks: Bool

    private init(usesBlocks: Bool) {
        self.usesBlocks = usesBlocks
    }

    /// The YAML text of a tree, with a line feed at the end.
    ///
    /// - Parameter usesBlocks: whether a text of several lines is a literal block (YAML 1.2.2, section 8.1.2), where it
    ///   can be one.
    package static func text(_ value: Value, usesBlocks: Bool = false) -> String {
        var writer = YAMLWriter(usesBlocks: usesBlocks)
        switch value {
        case .map(let members) where !members.isEmpty: writer.write(members, indentation: 0)
        case .list(let items) where !items.isEmpty: writer.write(items, indentation: 0)
        default: writer.text = scalar(value) + "\n"
        }
        return writer.text
    }

    private mutating func write(_ members: [Value.Member], indentation: Int, startsInLine: Bool = false) {
        for (index, member) in members.enumerated() {
            if index > 0 || !startsInLine { indent(indentation) }
            text += Self.quotedIfNeeded(member.key) + ":"
            writeNested(member.value, indentation: indentation)
        }
    }

    private mutating func write(_ items: [Value], indentation: Int) {
        for item in items {
            indent(indentation)
            text += "-"
            if case .map(let members) = item, !members.isEmpty {
                text += " "
                write(members, indentation: indentation + 1, startsInLine: true)
            } else {
                writeNested(item, indentation: indentation)
            }
        }
    }

    private mutating func writeNested(_ value: Value, indentation: Int) {
        switch value {
        case .map(let members) where !members.isEmpty:
            text += "\n"
            write(members, indentation: indentation + 1)
        case .list(let items) where !items.isEmpty:
            text += "\n"
            write(items, indentation: indentation + 1)
        case .string(let string) where usesBlocks && Self.canBeBlock(string): writeBlock(string, indentation + 1)
        default:
            text += " " + Self.scalar(value) + "\n"
        }
    }

    /// The indicator after `|` says how many line feeds the text ends with: one without it, none by `-`.
    private mutating func writeBlock(_ string: String, _ indentation: Int) {
        text += string.hasSuffix("\n") ? " |\n" : " |-\n"
        var lines = string.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        for line in lines {
            if !line.isEmpty {
                indent(indentation)
                text += line
            }
            text += "\n"
        }
    }

    private mutating func indent(_ indentation: Int) {
        text += String(repeating: "  ", count: indentation)
    }
}

// MARK: - Scalars

extension YAMLWriter {
    private static func scalar(_ value: Value) -> String {
        switch value {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): value.isFinite ? Value.numberText(value) : nonFinite(value)
        case .string(let value): quotedIfNeeded(value)
        case .list: "[]"
        case .map: "{}"
        }
    }

    private static func nonFinite(_ value: Double) -> String {
        value.isNaN ? ".nan" : value < 0 ? "-.inf" : ".inf"
    }

    static func quotedIfNeeded(_ text: String) -> String {
        isPlain(text) ? text : YAMLQuoting.doubleQuoted(text)
    }

    /// Whether a text of several lines is the same after it was read from a literal block: visible characters only, the
    /// first line neither empty nor indented, and at most one line feed at the end.
    private static func canBeBlock(_ text: String) -> Bool {
        let bytes = text.utf8
        guard bytes.dropLast().contains(UInt8(ascii: "\n")), let first = bytes.first, first > 0x20, first < 0x7F,
            !text.hasSuffix("\n\n")
        else { return false }
        var previous: UInt8 = 0
        for byte in bytes {
            if byte == UInt8(ascii: "\n"), previous == 0x20 { return false }
            guard (0x20..<0x7F).contains(byte) || byte == UInt8(ascii: "\n") else { return false }
            previous = byte
        }
        return previous != 0x20
    }

    /// Whether every reader, of YAML 1.1 too, takes the bare text for this very string.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, text.utf8.count <= 128 else { return false }
        let isLetter = (first | 0x20) >= UInt8(ascii: "a") && (first | 0x20) <= UInt8(ascii: "z")
        guard isLetter || first == UInt8(ascii: "/") || first == UInt8(ascii: "_") else { return false }
        guard last != UInt8(ascii: ":"), last != UInt8(ascii: " ") else { return false }
        var previous: UInt8 = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: " "): if previous == UInt8(ascii: ":") { return false }
            case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: ":"),
                UInt8(ascii: "="), UInt8(ascii: "@"), UInt8(ascii: "+"), UInt8(ascii: "%"), UInt8(ascii: "$"):
                break
            case _ where byte.isAlphanumeric: break
            default: return false
            }
            previous = byte
        }
        // No word of another type that begins with such a character is longer than `false`.
        guard text.utf8.count <= 5 else { return true }
        switch text.lowercased() {
        case "y", "n", "yes", "no", "on", "off", "true", "false", "null": return false
        default: return CoreSchema.type(of: text) == .string
        }
    }
}
