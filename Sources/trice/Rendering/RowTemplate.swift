internal import ArgumentParser
internal import Vocabulary
internal import Workspaces

/// How rows are printed: Compose's `--format`, with a template in the form of Go's text/template.
enum RowFormat: Hashable, Sendable {
    case table, json
    case template(RowTemplate)

    static let help = ArgumentHelp("table, json, or a template such as '{{.Name}}'.", valueName: "form")

    /// - Throws: `ValidationError` for a template that is not understood.
    @Sendable static func parse(_ text: String) throws -> RowFormat {
        switch text {
        case "table": .table
        case "json": .json
        default: .template(try RowTemplate(text))
        }
    }

    /// - Throws: `ValidationError` where a template names a field that rows do not have.
    func check(_ fields: [String]) throws {
        if case .template(let template) = self { try template.check(fields) }
    }

    /// The lines of all rows.
    ///
    /// - Parameter table: the lines of the command's own table.
    func lines<Row>(
        of rows: [Row], _ fields: RowFields<Row>, style: Style, table: () -> [String]
    ) throws -> [String] {
        switch self {
        case .table: table()
        case .json: try fields.jsonLines(of: rows)
        case .template(let template): template.lines(of: rows.map(fields.values), style: style)
        }
    }
}

/// A text with fields of a row in it: `{{.Name}}`, `{{json .}}`, `{{.Name | upper}}`. With `table ` before it the columns,
/// which tabs separate, get a heading.
struct RowTemplate: Hashable, Sendable {
    private enum Part: Hashable {
        case text(String)
        /// Without a name the whole row.
        case field(String?, [Function])
    }

    private enum Function: String {
        case json, upper, lower
    }

    private let parts: [Part]
    private let isTable: Bool

    /// - Throws: `ValidationError` for what is no field, function or end of one.
    init(_ text: String) throws {
        let tablePrefix = "table "
        isTable = text.hasPrefix(tablePrefix)
        var rest = isTable ? text.dropFirst(tablePrefix.count) : text[...]
        var parts: [Part] = []
        while let start = rest.firstRange(of: "{{") {
            parts.append(.text(Self.unescaped(rest[..<start.lowerBound])))
            rest = rest[start.upperBound...]
            guard let end = rest.firstRange(of: "}}") else {
                throw ValidationError("--format has a `{{` without its `}}`.")
            }
            parts.append(try Self.part(rest[..<end.lowerBound]))
            rest = rest[end.upperBound...]
        }
        self.parts = parts + [.text(Self.unescaped(rest))]
        guard !parts.isEmpty else {
            throw ValidationError("--format takes table, json, or a template such as '{{.Name}}', not `\(text)`.")
        }
    }

    /// As a shell passes them, in two signs.
    private static func unescaped(_ text: Substring) -> String {
        String(text).replacing("\\t", with: "\t").replacing("\\n", with: "\n")
    }

    /// What is between the braces: functions, a field, and functions behind bars.
    private static func part(_ text: Substring) throws -> Part {
        let stages = text.split(separator: "|").map { $0.split(whereSeparator: \.isWhitespace) }
        let misread = ValidationError(
            "`{{\(text)}}` in --format is not understood. Write '{{.Name}}', '{{json .}}' or '{{.Name | upper}}'.")
        guard let first = stages.first, let operand = first.last, operand.hasPrefix(".") else { throw misread }
        let before = first.dropLast().reversed().map { [$0] }
        let functions = try (before + stages.dropFirst()).map { words in
            guard words.count == 1, let function = Function(rawValue: String(words[0])) else { throw misread }
            return function
        }
        let name = operand.dropFirst()
        return .field(name.isEmpty ? nil : String(name), functions)
    }

    func check(_ fields: [String]) throws {
        for case .field(let name?, _) in parts where !fields.contains(name) {
            throw ValidationError("There is no field `\(name)`. There are: \(fields.sorted().joined(separator: ", ")).")
        }
    }

    /// The lines of all rows.
    func lines(of rows: [[String: JSONValue]], style: Style) -> [String] {
        let texts = rows.map(text)
        guard isTable else { return texts }
        let heading = parts.map { part in
            switch part {
            case .text(let text): text
            case .field(let name, _): (name ?? "").uppercased()
            }
        }.joined()
        var table = Table(Self.columns(heading))
        table.rows = texts.map { text in
            let cells = Self.columns(text).prefix(table.heading.count)
            return cells + Array(repeating: "", count: table.heading.count - cells.count)
        }
        return table.lines(style: style)
    }

    private static func columns(_ text: String) -> [String] {
        text.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }

    private func text(of row: [String: JSONValue]) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .field(let name, let functions):
                Self.text(of: name.map { row[$0] ?? .null } ?? .object(row), functions)
            }
        }.joined()
    }

    private static func text(of value: JSONValue, _ functions: [Function]) -> String {
        if functions.contains(.json) { return Output.jsonLine(value) }
        let text =
            switch value {
            case .null: ""
            case .string(let text): text
            default: Output.jsonLine(value)
            }
        return functions.reduce(text) { text, function in
            switch function {
            case .json: text
            case .upper: text.uppercased()
            case .lower: text.lowercased()
            }
        }
    }
}

/// The fields of rows by the names that Compose gives them.
struct RowFields<Row: Encodable>: Sendable {
    struct Field: Sendable {
        let name: String
        let value: @Sendable (Row) -> JSONValue

        init(_ name: String, _ value: @escaping @Sendable (Row) -> JSONValue) {
            self.name = name
            self.value = value
        }
    }

    let all: [Field]

    var names: [String] { all.map(\.name) }

    func values(of row: Row) -> [String: JSONValue] {
        Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0.value(row)) })
    }

    /// One line for each row: Trice's own names and Compose's.
    func jsonLines(of rows: [Row]) throws -> [String] {
        try rows.map { row in
            let own = try JSONCoding.decode([String: JSONValue].self, from: Output.jsonLine(row))
            return Output.jsonLine(JSONValue.object(own.merging(values(of: row)) { own, _ in own }))
        }
    }
}
