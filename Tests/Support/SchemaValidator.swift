import FoundationEssentials

/// JSON Schema, drafts 4 and 7, as far as the schemas of the tests use it. An unknown keyword is itself a problem.
package struct SchemaValidator {
    private var documents: [String: JSONValue] = [:]
    /// Every pattern of the documents, compiled once.
    private var expressions: [String: Regex<AnyRegexOutput>] = [:]

    package struct UnknownReference: Error {
        package var reference: String
    }

    /// Reads every schema file of a folder.
    package init(folder: String) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(".json") {
            guard let data = FileManager.default.contents(atPath: folder + "/" + name) else { continue }
            documents[name] = try JSONValue(text: data)
        }
        for document in documents.values { try compile(document) }
    }

    private mutating func compile(_ schema: JSONValue) throws {
        for inner in schema.array ?? [] { try compile(inner) }
        for (keyword, inner) in schema.object ?? [:] {
            let patterns = keyword == "patternProperties" ? inner.object.map { Array($0.keys) } : nil
            for pattern in patterns ?? (keyword == "pattern" ? [inner.string ?? ""] : []) {
                expressions[pattern] = try Regex(pattern)
            }
            try compile(inner)
        }
    }

    /// The problems of `value` under the schema file `name`; none when it is valid.
    package func problems(of value: JSONValue, under name: String) throws -> [String] {
        guard let schema = documents[name] else { throw UnknownReference(reference: name) }
        return try check(value, schema, in: name, at: "$")
    }

    private func check(_ value: JSONValue, _ schema: JSONValue, in file: String, at path: String) throws -> [String] {
        if case .bool(let isAllowed) = schema { return isAllowed ? [] : ["\(path): is not allowed"] }
        guard let rules = schema.object else { return ["\(path): the schema is no object"] }
        if let reference = rules["$ref"]?.string {
            let (target, targetFile) = try resolve(reference, from: file)
            return try check(value, target, in: targetFile, at: path)
        }
        var found: [String] = []
        for (keyword, rule) in rules {
            switch keyword {
            case "properties", "patternProperties", "additionalProperties", "required":
                guard let object = value.object else { continue }
                found += try checkObject(object, keyword, rule, rules, in: file, at: path)
            case "allOf":
                for inner in rule.array ?? [] { found += try check(value, inner, in: file, at: path) }
            case "anyOf":
                let tries = try (rule.array ?? []).map { try check(value, $0, in: file, at: path) }
                // The problems of the attempt that matched most are the most useful.
                if !tries.contains(where: \.isEmpty) { found += tries.max { depth($0) < depth($1) } ?? [] }
            case "items":
                for (index, part) in (value.array ?? []).enumerated() {
                    found += try check(part, rule, in: file, at: "\(path)[\(index)]")
                }
            case "$schema", "$id", "id", "definitions", "title", "description", "examples", "deprecated":
                break
            default:
                if let problem = problem(of: value, keyword, rule) { found.append("\(path): \(problem)") }
            }
        }
        return found
    }

    /// How deep in the value the first problem is.
    private func depth(_ problems: [String]) -> Int {
        problems.first?.prefix { $0 != ":" }.count { $0 == "." || $0 == "[" } ?? 0
    }

    private func checkObject(
        _ object: [String: JSONValue], _ keyword: String, _ rule: JSONValue, _ rules: [String: JSONValue],
        in file: String, at path: String
    ) throws -> [String] {
        var found: [String] = []
        switch keyword {
        case "properties":
            for (name, inner) in rule.object ?? [:] {
                guard let part = object[name] else { continue }
                found += try check(part, inner, in: file, at: "\(path).\(name)")
            }
        case "patternProperties":
            for (pattern, inner) in rule.object ?? [:] {
                for (name, part) in object where matches(name, pattern) {
                    found += try check(part, inner, in: file, at: "\(path).\(name)")
                }
            }
        case "additionalProperties":
            let patterns = rules["patternProperties"]?.object.map { Array($0.keys) } ?? []
            for (name, part) in object where rules["properties"]?.object?[name] == nil {
                if patterns.contains(where: { matches(name, $0) }) { continue }
                found += try check(part, rule, in: file, at: "\(path).\(name)")
            }
        default:
            for name in rule.array ?? [] where object[name.string ?? ""] == nil {
                found.append("\(path): lacks \(name.string ?? "?")")
            }
        }
        return found
    }

    /// The problem of a value with a keyword that does not check the content of the value.
    private func problem(of value: JSONValue, _ keyword: String, _ rule: JSONValue) -> String? {
        switch keyword {
        case "type":
            let types = (rule.array ?? [rule]).compactMap(\.string)
            return types.contains { isOf($0, value) } ? nil : "is not of type \(types.joined(separator: " or "))"
        case "enum":
            return rule.array?.contains(value) == true ? nil : "is none of the allowed values"
        case "minimum":
            guard let number = value.integer, number < rule.integer ?? .min else { return nil }
            return "is too small"
        case "maximum":
            guard let number = value.integer, number > rule.integer ?? .max else { return nil }
            return "is too large"
        case "minItems":
            guard let items = value.array, items.count < rule.integer ?? 0 else { return nil }
            return "is too short"
        case "pattern":
            guard let text = value.string, !matches(text, rule.string ?? "") else { return nil }
            return "does not match \(rule.string ?? "?")"
        default:
            return "the validator does not know the keyword \(keyword)"
        }
    }

    private func matches(_ text: String, _ pattern: String) -> Bool {
        expressions[pattern].map { text.contains($0) } ?? false
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

    private func isOf(_ type: String, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool), ("integer", .integer),
            ("number", .integer), ("number", .number), ("null", .null):
            true
        default: false
        }
    }
}
