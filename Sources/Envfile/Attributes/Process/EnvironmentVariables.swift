/// `environment`: a mapping, or a list of `NAME=value`; a name alone takes its value from the load's variables.
enum EnvironmentVariables {
    static func decoded(from cursor: Cursor) -> [String: String] {
        values(from: cursor).compactMapValues(\.self)
    }

    /// - Returns: `nil` for a name alone that no variable of the load gives a value.
    static func values(from cursor: Cursor) -> [String: String?] {
        var result: [String: String?] = [:]
        if let entries = cursor.entries {
            for entry in entries where check(entry.key.name, at: entry.value) {
                guard let text = entry.value.scalarText() else { continue }
                let value = text ?? entry.value.context.variables.value(entry.key.name)
                result.updateValue(value, forKey: entry.key.name)
            }
        } else if let items = cursor.items {
            for item in items {
                guard let text = item.string() else { continue }
                let (name, value) = KeyValue.split(text)
                guard check(name, at: item) else { continue }
                result.updateValue(value ?? item.context.variables.value(name), forKey: name)
            }
        } else {
            cursor.mismatch("a mapping or a list of `NAME=value`")
        }
        return result
    }

    private static func check(_ name: String, at cursor: Cursor) -> Bool {
        if !name.isEmpty, !name.utf8.contains(UInt8(ascii: "=")), !name.utf8.contains(0) { return true }
        cursor.error("`\(name)` is no name of an environment variable", expected: "`NAME=value`")
        return false
    }
}

/// `labels`: a mapping, or a list of `key=value`; a key alone has an empty value.
enum Labels {
    static func decoded(from cursor: Cursor) -> [String: String] {
        var result: [String: String] = [:]
        if let entries = cursor.entries {
            for entry in entries {
                guard let text = entry.value.scalarText() else { continue }
                result[entry.key.name] = text ?? ""
            }
        } else if let items = cursor.items {
            for item in items {
                guard let text = item.string() else { continue }
                let (key, value) = KeyValue.split(text)
                if key.isEmpty {
                    item.error("\(item.path) has no key before `=`", expected: "`key=value`")
                } else {
                    result[key] = value ?? ""
                }
            }
        } else {
            cursor.mismatch("a mapping or a list of `key=value`")
        }
        return result
    }
}

/// `key=value` in one string.
enum KeyValue {
    static func split(_ text: String) -> (key: String, value: String?) {
        guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { return (text, nil) }
        return (String(text[..<equals]), String(text[text.utf8.index(after: equals)...]))
    }
}
