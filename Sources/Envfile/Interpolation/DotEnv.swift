/// Reads a `.env` file: `NAME=value` lines with comments, `export`, quotes, escapes and variables.
///
/// Unquoted and double-quoted values are interpolated, single-quoted ones are literal. Quoted values may span lines,
/// and escapes have a meaning only between double quotes. A variable has its value outside of the file, else the value
/// of an earlier line.
struct DotEnv {
    private let source: SourceFile
    private let report: DiagnosticCollector
    private let outer: Variables
    private var found: Variables
    private var position = 0

    /// The variables that `source` sets; problems go to `report`.
    static func variables(
        in source: SourceFile, process: [String: String], report: DiagnosticCollector
    ) -> [String: String] {
        read(source, after: Variables(process: [:]), outer: Variables(process: process), report: report).dotEnv
    }

    /// The variables that `source` sets, over those of the files before it.
    ///
    /// - Parameter outer: What wins when a value names a variable.
    static func read(
        _ source: SourceFile, after earlier: Variables, outer: Variables, report: DiagnosticCollector
    ) -> Variables {
        if let offset = source.firstInvalidByte {
            report.error("the file is not UTF-8", at: source.mark(offset: offset), path: .root)
            return earlier
        }
        var reader = DotEnv(source: source, report: report, outer: outer, found: earlier)
        reader.readLines()
        return reader.found
    }

    private mutating func readLines() {
        while position < source.bytes.count {
            skip { Self.isBlank($0) || $0 == .lineFeed }
            guard let byte = current else { return }
            if byte == UInt8(ascii: "#") { skipLine() } else { readAssignment() }
        }
    }

    private mutating func readAssignment() {
        skipExport()
        let start = position
        skip(while: Self.isNameByte)
        let name = String(decoding: source.bytes[start..<position], as: UTF8.self)
        skip(while: Self.isBlank)
        guard !name.isEmpty else { return fail("a line of `.env` must be `NAME=value`", at: start) }
        switch current {
        case UInt8(ascii: "="), UInt8(ascii: ":"):
            position += 1
            readValue(of: name, at: start)
        case nil, .lineFeed:
            // A name alone takes the value from outside.
            if let value = outer.value(name) { set(name, value, at: start) }
            skipLine()
        default:
            fail("a line of `.env` must be `NAME=value`", at: position)
        }
    }

    private mutating func skipExport() {
        let word = Array("export".utf8)
        let end = position + word.count
        guard source.bytes[position...].starts(with: word), end < source.bytes.count, Self.isBlank(source.bytes[end])
        else { return }
        position = end
        skip(while: Self.isBlank)
    }

    private mutating func readValue(of name: String, at start: Int) {
        skip(while: Self.isBlank)
        let valueStart = position
        switch current {
        case UInt8(ascii: "'"):
            guard let text = quoted(by: UInt8(ascii: "'")) else { return }
            set(name, text, at: start)
            warnOfRemains()
        case UInt8(ascii: "\""):
            guard let text = quoted(by: UInt8(ascii: "\"")) else { return }
            set(name, template: Self.unescaped(text), at: start, valueAt: valueStart)
            warnOfRemains()
        default:
            set(name, template: unquoted(), at: start, valueAt: valueStart)
        }
    }

    private mutating func set(_ name: String, _ value: String, at offset: Int) {
        found.dotEnv[name] = value
        found.places[name] = source.mark(offset: offset, length: name.unicodeScalars.count)
    }

    private mutating func set(_ name: String, template text: String, at offset: Int, valueAt valueOffset: Int) {
        guard Template.hasVariables(text) else { return set(name, text, at: offset) }
        var missing: [String] = []
        let mark = source.mark(offset: valueOffset)
        do throws(TemplateProblem) {
            let template = try Template(parsing: text)
            let value = try template.expanded(lookup: { outer.value($0) ?? found.value($0) }) {
                missing.append($0.name)
            }
            set(name, value, at: offset)
        } catch {
            report.error("`\(name)`: \(error.message)", at: mark, path: .root, hint: error.hint)
        }
        for variable in missing {
            report.warning(
                "the variable `\(variable)` is not set and is replaced by an empty string", at: mark, path: .root)
        }
    }
}

// MARK: - Values

extension DotEnv {
    /// A value up to the end of the line or a comment that a blank precedes.
    private mutating func unquoted() -> String {
        let start = position
        skipLine()
        var text = source.bytes[start..<position]
        let comment = text.indices.first { index in
            text[index] == UInt8(ascii: "#") && index > start && text[index - 1] == .space
        }
        if let comment { text = text[..<comment] }
        while let last = text.last, Self.isBlank(last) { text.removeLast() }
        return String(decoding: text, as: UTF8.self)
    }

    /// The text between quotes. A backslash before the quote is dropped; all others stay.
    private mutating func quoted(by quote: UInt8) -> [UInt8]? {
        let start = position
        position += 1
        var text: [UInt8] = []
        while let byte = current {
            position += 1
            if byte == quote { return text }
            text.append(byte)
            guard byte == UInt8(ascii: "\\"), let escaped = current else { continue }
            position += 1
            if escaped == quote { text.removeLast() }
            text.append(escaped)
        }
        report.error("a quoted value of `.env` has no closing quote", at: source.mark(offset: start), path: .root)
        return nil
    }

    private mutating func set(_ name: String, _ value: [UInt8], at offset: Int) {
        set(name, String(decoding: value, as: UTF8.self), at: offset)
    }

    /// The text with its escapes resolved: those of a shell, `\0` with up to three octal digits, and `\$` as `$$`.
    private static func unescaped(_ text: [UInt8]) -> String {
        var result: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let escaped = rest.first else {
                result.append(byte)
                continue
            }
            if escaped == UInt8(ascii: "0") {
                let digits = rest.dropFirst().prefix(3).prefix { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
                guard digits.count == 3, let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8) else {
                    result.append(byte)
                    continue
                }
                rest = rest.dropFirst(4)
                result += Array(String(Unicode.Scalar(code)).utf8)
            } else if let meaning = escapes[escaped] {
                rest = rest.dropFirst()
                result += meaning
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static let escapes: [UInt8: [UInt8]] = [
        UInt8(ascii: "a"): [7], UInt8(ascii: "b"): [8], UInt8(ascii: "f"): [12], UInt8(ascii: "n"): [.lineFeed],
        UInt8(ascii: "r"): [.carriageReturn], UInt8(ascii: "t"): [.tab], UInt8(ascii: "v"): [11],
        UInt8(ascii: "\\"): [UInt8(ascii: "\\")], UInt8(ascii: "$"): [UInt8(ascii: "$"), UInt8(ascii: "$")],
    ]

    /// Text after a closing quote that is not a comment is read as the next entry, as in Compose; it is probably a
    /// mistake.
    private mutating func warnOfRemains() {
        skip(while: Self.isBlank)
        switch current {
        case nil, .lineFeed, UInt8(ascii: "#"): return
        default:
            report.warning(
                "something follows the closing quote of a value", at: source.mark(offset: position), path: .root,
                hint: "quote the whole value")
        }
    }
}

// MARK: - Bytes

extension DotEnv {
    private var current: UInt8? { position < source.bytes.count ? source.bytes[position] : nil }

    private mutating func skip(while condition: (UInt8) -> Bool) {
        while let byte = current, condition(byte) { position += 1 }
    }

    private mutating func skipLine() {
        skip { $0 != .lineFeed }
    }

    private mutating func fail(_ message: String, at offset: Int) {
        report.error(message, at: source.mark(offset: offset), path: .root)
        skipLine()
    }

    /// Blanks that end no line.
    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == .space || byte == .tab || byte == .carriageReturn || byte == 11 || byte == 12
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"),
            UInt8(ascii: "["), UInt8(ascii: "]"), 0x80...:
            true
        default: false
        }
    }
}

extension UInt8 {
    fileprivate static let space = UInt8(ascii: " ")
    fileprivate static let tab = UInt8(ascii: "\t")
    fileprivate static let lineFeed = UInt8(ascii: "\n")
    fileprivate static let carriageReturn = UInt8(ascii: "\r")
}
