/// Reads a `.env` file: `NAME=value` lines with comments, `export`, quotes, escapes and variables.
///
/// Unquoted and double-quoted values are interpolated, single-quoted ones are literal. Quoted values may span
/// lines. A variable means the process environment's value first, then the one given further up in the file.
struct DotEnv {
    private let source: SourceFile
    private let report: DiagnosticCollector
    private var variables: Variables
    private var position = 0

    /// The variables that `source` sets; what is wrong with it goes to `report`.
    static func variables(
        in source: SourceFile, process: [String: String], report: DiagnosticCollector
    ) -> [String: String] {
        if let offset = source.firstInvalidByte {
            report.error("the file is not UTF-8", at: source.mark(offset: offset), path: .root)
            return [:]
        }
        var reader = DotEnv(source: source, report: report, variables: Variables(process: process))
        reader.readLines()
        return reader.variables.dotEnv
    }

    private mutating func readLines() {
        while position < source.bytes.count {
            skip { $0 == .space || $0 == .tab || $0 == .carriageReturn || $0 == .lineFeed }
            guard let byte = current else { return }
            if byte == UInt8(ascii: "#") { skipLine() } else { readAssignment() }
        }
    }

    private mutating func readAssignment() {
        skipExport()
        let start = position
        skip(while: Self.isNameByte)
        let name = String(decoding: source.bytes[start..<position], as: UTF8.self)
        skip { $0 == .space || $0 == .tab }
        guard !name.isEmpty else { return fail("a line of `.env` must be `NAME=value`", at: start) }
        switch current {
        case UInt8(ascii: "="), UInt8(ascii: ":"):
            position += 1
            readValue(of: name)
        case nil, .lineFeed, .carriageReturn, UInt8(ascii: "#"):
            // A name alone takes the process's value, which wins anyway.
            skipLine()
        default:
            fail("a line of `.env` must be `NAME=value`", at: position)
        }
    }

    private mutating func skipExport() {
        let word = Array("export".utf8)
        let end = position + word.count
        guard source.bytes[position...].starts(with: word), end < source.bytes.count,
            source.bytes[end] == .space || source.bytes[end] == .tab
        else { return }
        position = end
        skip { $0 == .space || $0 == .tab }
    }

    private mutating func readValue(of name: String) {
        skip { $0 == .space || $0 == .tab }
        let start = position
        switch current {
        case UInt8(ascii: "'"):
            guard let text = quoted(by: UInt8(ascii: "'")) else { return }
            variables.dotEnv[name] = text
            expectEndOfLine()
        case UInt8(ascii: "\""):
            guard let text = quoted(by: UInt8(ascii: "\"")) else { return }
            set(name, template: text, at: start)
            expectEndOfLine()
        default:
            set(name, template: unquoted(), at: start)
        }
    }

    private mutating func set(_ name: String, template text: String, at offset: Int) {
        guard Template.hasVariables(text) else {
            variables.dotEnv[name] = text
            return
        }
        var missing: [String] = []
        do throws(TemplateProblem) {
            let template = try Template(parsing: text)
            variables.dotEnv[name] = try template.expanded(lookup: variables.value) { missing.append($0.name) }
        } catch {
            report.error("`\(name)`: \(error.message)", at: source.mark(offset: offset), path: .root, hint: error.hint)
        }
        for variable in missing {
            report.warning(
                "the variable `\(variable)` is not set and is replaced by an empty string",
                at: source.mark(offset: offset), path: .root)
        }
    }
}

// MARK: - Values

extension DotEnv {
    /// A value up to the end of the line or a comment that a blank precedes; `\$` becomes `$$`.
    private mutating func unquoted() -> String {
        var text: [UInt8] = []
        while let byte = current, byte != .lineFeed, byte != .carriageReturn {
            let isAfterBlank = text.last.map { $0 == .space || $0 == .tab } ?? true
            if byte == UInt8(ascii: "#"), isAfterBlank {
                skipLine()
                break
            }
            position += 1
            if byte == UInt8(ascii: "\\"), current == UInt8(ascii: "$") {
                text += [UInt8(ascii: "$"), UInt8(ascii: "$")]
                position += 1
            } else {
                text.append(byte)
            }
        }
        while let last = text.last, last == .space || last == .tab { text.removeLast() }
        return String(decoding: text, as: UTF8.self)
    }

    /// The text between quotes; between double ones escapes are resolved and `\$` becomes `$$`.
    private mutating func quoted(by quote: UInt8) -> String? {
        let start = position
        position += 1
        var text: [UInt8] = []
        while let byte = current {
            position += 1
            if byte == quote { return String(decoding: text, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\"), let escaped = current else {
                text.append(byte)
                continue
            }
            if quote == UInt8(ascii: "'") {
                // A quote can be escaped; any other backslash is itself.
                if escaped == quote { position += 1 }
                text.append(escaped == quote ? quote : byte)
                continue
            }
            position += 1
            text += Self.escape(escaped)
        }
        report.error("a quoted value of `.env` has no closing quote", at: source.mark(offset: start), path: .root)
        return nil
    }

    private static func escape(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case UInt8(ascii: "n"): [.lineFeed]
        case UInt8(ascii: "r"): [.carriageReturn]
        case UInt8(ascii: "t"): [.tab]
        case UInt8(ascii: "$"): [byte, byte]
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "`"): [byte]
        case .lineFeed: []
        default: [UInt8(ascii: "\\"), byte]
        }
    }

    private mutating func expectEndOfLine() {
        skip { $0 == .space || $0 == .tab }
        switch current {
        case nil, .lineFeed, .carriageReturn, UInt8(ascii: "#"): skipLine()
        default: fail("something follows the closing quote of a value", at: position)
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

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
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
