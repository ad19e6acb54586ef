/// What every decoder of one load shares.
///
/// A cursor's own context is that of the file which its node stands in: an included file has variables and a directory
/// of its own.
struct DecodingContext {
    let report: DiagnosticCollector
    private(set) var variables: Variables
    /// What relative paths are resolved against: absolute, without `.`, `..` and a trailing slash.
    private(set) var projectDirectory: String
    let dialect: Dialect
    /// Whether our keys may stand beside Compose's own (in an `Envfile`); else only under `x-trice`.
    private(set) var allowsExtraKeys: Bool
    private let projectAllowsExtraKeys: Bool
    /// Whether relative paths are resolved at all.
    var resolvesPaths = true
    /// Whether the files of `env_file` are read.
    var resolvesEnvironment = true
    /// Trice's own version, for `requires`; `nil` is good for every file.
    var version: ReleaseVersion?
    /// How `env_file` and `label_file` are read.
    var readFile: @Sendable (String) -> FileContents = FileContents.read
    /// What Compose lets pass although nothing can come up from it: `config` shows it, `up` refuses it.
    let unsupported = DiagnosticCollector()
    /// Why no service takes part: such a file is valid, and `up` has nothing to do with it.
    let idle = DiagnosticCollector()
    private let scopes: ScopeTable
    private var file: SourceFile?

    init(
        report: DiagnosticCollector, variables: Variables, projectDirectory: String, dialect: Dialect,
        allowsExtraKeys: Bool, scopes: ScopeTable = ScopeTable()
    ) {
        self.report = report
        self.variables = variables
        self.projectDirectory = projectDirectory
        self.dialect = dialect
        self.allowsExtraKeys = allowsExtraKeys
        projectAllowsExtraKeys = allowsExtraKeys
        self.scopes = scopes
    }

    /// The context of what stands in a file.
    fileprivate func scoped(to file: SourceFile) -> DecodingContext {
        if file === self.file { return self }
        var context = self
        context.file = file
        context.projectDirectory = file.directory
        context.variables = scopes[file] ?? variables
        context.allowsExtraKeys =
            EnvfileLocator.dialect(ofFile: file.path) == .trice
            || projectAllowsExtraKeys && !EnvfileLocator.isNamedByCompose(file.path)
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

    /// A string that was found before, for what is said about it later.
    init(string: Located<String>, context: DecodingContext) {
        let scalar = Scalar(text: string.value, style: .plain, type: .string)
        self.init(Node(content: .scalar(scalar), tag: nil, mark: string.mark), path: string.path, context: context)
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

    /// The items of a list; `nil` (without a diagnostic) when the node is of another kind.
    var items: [Cursor]? {
        guard case .sequence(let nodes) = node.content else { return nil }
        return nodes.enumerated().map { Cursor($1, path: .index(path, $0), context: context) }
    }

    /// The entries of a mapping, without those reset by `!reset`; `nil` (without a diagnostic) when the node is of another kind.
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

    /// The items of a list of mappings that each run a command. A command in place of the list, or of an item, is an error that says
    /// how to write it.
    ///
    /// - Parameter key: the key of an item that takes the command.
    func list(ofCommandsUnder key: String) -> [Cursor] {
        guard let items else {
            mismatch("a list", hint: commandHint(key))
            return []
        }
        return items.filter { item in
            guard item.entries == nil else { return true }
            item.mismatch("a mapping", hint: item.commandHint(key))
            return false
        }
    }

    private func commandHint(_ key: String) -> String {
        let words = items?.first?.items ?? items ?? []
        let command =
            switch node.content {
            case .mapping: nil as String?
            case .sequence: "[\(words.compactMap(\.stringValue).joined(separator: ", "))]"
            case .scalar: stringValue
            }
        guard let command else { return "write each as an item of a list: `- \(key): …`" }
        return "write it as an item of a list: `- \(key): \(command)`"
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
