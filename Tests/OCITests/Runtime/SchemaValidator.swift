import FoundationEssentials

/// A value of JSON that keeps integers apart from other numbers.
enum JSONValue: Decodable, Equatable {
    case null
    case bool(Bool)
    case integer(Int128)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let box = try decoder.singleValueContainer()
        if box.decodeNil() {
            self = .null
        } else if let value = try? box.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? box.decode(UInt64.self) {
            self = .integer(Int128(value))
        } else if let value = try? box.decode(Int64.self) {
            self = .integer(Int128(value))
        } else if let value = try? box.decode(Double.self) {
            self = .number(value)
        } else if let value = try? box.decode(String.self) {
            self = .string(value)
        } else if let value = try? box.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try box.decode([String: JSONValue].self))
        }
    }

    init(text: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(JSONValue.self, from: Data(text))
    }

    var object: [String: JSONValue]? {
        if case .object(let value) = self { value } else { nil }
    }

    var array: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    var integer: Int128? {
        if case .integer(let value) = self { value } else { nil }
    }
}

/// JSON Schema, draft 4, as far as the runtime-spec's schemas use it. An unknown keyword is itself a problem.
struct SchemaValidator {
    private var documents: [String: JSONValue] = [:]

    struct UnknownReference: Error {
        var reference: String
    }

    /// Reads every schema file of a folder.
    init(folder: String) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(".json") {
            guard let data = FileManager.default.contents(atPath: folder + "/" + name) else { continue }
            documents[name] = try JSONValue(text: data)
        }
    }

    /// The problems of `value` under the schema file `name`; none when it is valid.
    func problems(of value: JSONValue, under name: String) throws -> [String] {
        guard let schema = documents[name] else { throw UnknownReference(reference: name) }
        return try check(value, schema, in: name, at: "$")
    }

    private func check(_ value: JSONValue, _ schema: JSONValue, in file: String, at path: String) throws -> [String] {
        guard let rules = schema.object else { return ["\(path): the schema is no object"] }
        if let reference = rules["$ref"]?.string {
            let (target, targetFile) = try resolve(reference, from: file)
            return try check(value, target, in: targetFile, at: path)
        }
        var found: [String] = []
        for (keyword, rule) in rules {
            switch keyword {
            case "type":
                if !isOf(rule.string, value) { found.append("\(path): is not of type \(rule.string ?? "?")") }
            case "properties":
                for (name, inner) in rule.object ?? [:] {
                    guard let part = value.object?[name] else { continue }
                    found += try check(part, inner, in: file, at: "\(path).\(name)")
                }
            case "additionalProperties":
                for (name, part) in value.object ?? [:] where rules["properties"]?.object?[name] == nil {
                    found += try check(part, rule, in: file, at: "\(path).\(name)")
                }
            case "patternProperties":
                for (pattern, inner) in rule.object ?? [:] {
                    let expression = try Regex(pattern)
                    for (name, part) in value.object ?? [:] where name.contains(expression) {
                        found += try check(part, inner, in: file, at: "\(path).\(name)")
                    }
                }
            case "items":
                for (index, part) in (value.array ?? []).enumerated() {
                    found += try check(part, rule, in: file, at: "\(path)[\(index)]")
                }
            case "required":
                for name in rule.array ?? [] where value.object != nil && value.object?[name.string ?? ""] == nil {
                    found.append("\(path): lacks \(name.string ?? "?")")
                }
            case "enum":
                if rule.array?.contains(value) != true { found.append("\(path): is none of the allowed values") }
            case "minimum":
                if let number = value.integer, number < rule.integer ?? .min { found.append("\(path): is too small") }
            case "maximum":
                if let number = value.integer, number > rule.integer ?? .max { found.append("\(path): is too large") }
            case "minItems":
                if let items = value.array, items.count < rule.integer ?? 0 { found.append("\(path): is too short") }
            case "pattern":
                if let text = value.string, !text.contains(try Regex(rule.string ?? "")) {
                    found.append("\(path): does not match \(rule.string ?? "?")")
                }
            case "allOf":
                for inner in rule.array ?? [] { found += try check(value, inner, in: file, at: path) }
            case "anyOf":
                let tries = try (rule.array ?? []).map { try check(value, $0, in: file, at: path) }
                if !tries.contains(where: \.isEmpty) { found += tries.first ?? [] }
            case "description", "$schema", "definitions", "id":
                break
            default:
                found.append("\(path): the validator does not know the keyword \(keyword)")
            }
        }
        return found
    }

    private func resolve(_ reference: String, from file: String) throws -> (JSONValue, String) {
        let parts = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let target = parts[0].isEmpty ? file : String(parts[0])
        guard var node = documents[target] else { throw UnknownReference(reference: reference) }
        for step in (parts.count > 1 ? parts[1] : "").split(separator: "/") {
            guard let next = node.object?[String(step)] else { throw UnknownReference(reference: reference) }
            node = next
        }
        return (node, target)
    }

    private func isOf(_ type: String?, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool), ("integer", .integer),
            ("number", .integer), ("number", .number), ("null", .null):
            true
        default: false
        }
    }
}
