/// What every decoder of one load shares.
///
/// A cursor's own context is that of the file which its node stands in: an included file has variables and a directory
/// of its own.
struct DecodingContext {
    let report: DiagnosticCollector
    private(set) var variables: Variables
    /// What relative paths are resolved against: absolute, without `.`, `..` and a trailing slash.
    private(set) var projectDirectory: String
    let semantics: Semantics
    /// Whether our keys may stand beside Compose's own (in an `Envfile`); else only under `x-trice`.
    private(set) var allowsExtraKeys: Bool
    /// Whether relative paths are resolved at all.
    var resolvesPaths = true
    /// Whether the files of `env_file` are read.
    var resolvesEnvironment = true
    private let scopes: ScopeTable
    private var file: SourceFile?

    init(
        report: DiagnosticCollector, variables: Variables, projectDirectory: String, semantics: Semantics,
        allowsExtraKeys: Bool, scopes: ScopeTable = ScopeTable()
    ) {
        self.report = report
        self.variables = variables
        self.projectDirectory = projectDirectory
        self.semantics = semantics
        self.allowsExtraKeys = allowsExtraKeys
        self.scopes = scopes
    }

    /// The context of what stands in a file.
    fileprivate func scoped(to file: SourceFile) -> DecodingContext {
        if file === self.file { return self }
        var context = self
        context.file = file
        context.projectDirectory = file.directory
        context.variables = scopes[file] ?? variables
        context.allowsExtraKeys = EnvfileLocator.semantics(ofFile: file.path) == .trice
        return context
    }
}

/// A value together with the place that it was written at.
struct Located<Value> {
    var value: Value
    var mark: Mark
    var path: Path
}

/// One node that is being decoded, with its place and the load it belongs to.
struct Cursor {
    let node: Node
    let path: Path
    let context: DecodingContext

    init(_ node: Node, path: Path, context: DecodingContext) {
        self.node = node
        self.path = path
        self.context = context.scoped(to: node.mark.file)
    }

    func located<Value>(_ value: Value) -> Located<Value> {
        Located(value: value, mark: node.mark, path: path)
    }

    func error(_ message: String, expected: String? = nil, hint: String? = nil) {
        context.report.error(message, at: node.mark, path: path, expected: expected, hint: hint)
    }

    func warning(_ message: String, hint: String? = nil) {
        context.report.warning(message, at: node.mark, path: path, hint: hint)
    }

    /// Says that the node has the wrong type.
    func mismatch(_ expected: String, hint: String? = nil) {
        error("\(path.inWords) must be \(expected), but is \(node.described)", expected: expected, hint: hint)
    }
}

// MARK: - Collections

extension Cursor {
    /// An entry of a mapping: its key and the cursor of its value.
    struct Entry {
        let key: Node.Key
        let value: Cursor

        func keyError(_ message: String, hint: String? = nil) {
            value.context.report.error(message, at: key.mark, path: value.path, hint: hint)
        }

        func keyWarning(_ message: String) {
            value.context.report.warning(message, at: key.mark, path: value.path)
        }

        func located<Value>(_ value: Value) -> Located<Value> {
            Located(value: value, mark: key.mark, path: self.value.path)
        }
    }

    /// The items of a list; `nil` (without a diagnostic) when it is none.
    var items: [Cursor]? {
        guard case .sequence(let nodes) = node.content else { return nil }
        return nodes.enumerated().map { Cursor($1, path: .index(path, $0), context: context) }
    }

    /// The entries of a mapping, without those reset by `!reset`; `nil` (without a diagnostic) when it is none.
    var entries: [Entry]? {
        guard case .mapping(let pairs) = node.content else { return nil }
        return pairs.compactMap { pair in
            if pair.value.tag == "!reset" { return nil }
            return Entry(key: pair.key, value: Cursor(pair.value, path: .key(path, pair.key.name), context: context))
        }
    }

    func list() -> [Cursor]? {
        if let items { return items }
        mismatch("a list")
        return nil
    }

    func mapping() -> [Entry]? {
        if let entries { return entries }
        mismatch("a mapping")
        return nil
    }

    /// The strings of a list.
    func strings() -> [Located<String>]? {
        list()?.compactMap { item in item.string().map(item.located) }
    }

    /// A string alone, or the strings of a list.
    func stringOrList() -> [Located<String>]? {
        if let items { return items.compactMap { item in item.string().map(item.located) } }
        guard let text = stringValue else {
            mismatch("a string or a list of strings")
            return nil
        }
        return [located(text)]
    }
}

// MARK: - Scalars

extension Cursor {
    var scalar: Scalar? {
        guard case .scalar(let scalar) = node.content else { return nil }
        return scalar
    }

    /// The text of a string; `nil` (without a diagnostic) for anything else.
    var stringValue: String? {
        guard let scalar, scalar.type == .string else { return nil }
        return scalar.text
    }

    func string() -> String? {
        if let stringValue { return stringValue }
        if let scalar, scalar.type != .null {
            mismatch("a string", hint: "quote it: \"\(scalar.text)\"")
        } else {
            mismatch("a string")
        }
        return nil
    }

    /// A string that is not empty; an empty one counts as not written.
    func nonEmptyString() -> String? {
        string().flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A string, number or boolean as text; `nil` for an empty value.
    func scalarText(_ expected: String = "a string, number or boolean") -> String?? {
        guard let scalar else {
            mismatch(expected)
            return nil
        }
        return .some(scalar.type == .null ? nil : scalar.text)
    }

    /// A boolean, or a string that says one (as a variable does).
    func bool() -> Bool? {
        if let scalar, scalar.type == .bool || scalar.type == .string {
            switch scalar.text.lowercased() {
            case "true", "yes", "y", "on", "1", "t": return true
            case "false", "no", "n", "off", "0", "f": return false
            default: break
            }
        }
        mismatch("true or false")
        return nil
    }

    /// An integer, or a string that says one.
    func integer(_ expected: String, in range: ClosedRange<Int>) -> Int? {
        if let scalar, scalar.type == .integer || scalar.type == .string, let value = CoreSchema.integer(scalar.text) {
            if range.contains(value) { return value }
            error(
                "\(path.inWords) must be \(expected) from \(range.lowerBound) to \(range.upperBound), but is \(value)",
                expected: expected)
            return nil
        }
        mismatch(expected)
        return nil
    }

    /// One of some words.
    func choice<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        guard let text = string() else { return nil }
        if let value = Choice(rawValue: text) { return value }
        let words = Choice.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        error(
            "\(path.inWords) must be one of \(words), but is `\(text)`", expected: words,
            hint: Suggestion.hint(for: text, in: Choice.allCases.map(\.rawValue)))
        return nil
    }
}
