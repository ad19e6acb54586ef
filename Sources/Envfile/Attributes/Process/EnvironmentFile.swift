/// An entry of `env_file`.
struct EnvironmentFile {
    /// The formats that can be named; without one the lines are as in `.env`, with quotes and variables.
    enum Format: String, CaseIterable {
        /// Lines of `NAME=value`, used unchanged.
        case raw
    }

    /// Absolute.
    var path = ""
    var isRequired = true
    var format: Format?
    /// The variables that the file may use.
    var variables: Variables

    /// A string, or a list of strings and of mappings with `path`.
    static func decodedList(from cursor: Cursor) -> [Located<EnvironmentFile>] {
        if let items = cursor.items { return items.compactMap { decoded(from: $0) } }
        guard cursor.stringValue != nil else {
            cursor.mismatch("a path or a list of paths")
            return []
        }
        return decoded(from: cursor).map { [$0] } ?? []
    }

    private static func decoded(from cursor: Cursor) -> Located<EnvironmentFile>? {
        var file = EnvironmentFile(variables: cursor.context.variables)
        if cursor.entries != nil {
            table.decode(cursor, into: &file)
            if cursor.node["path"] == nil { cursor.error("\(cursor.path) has no `path`") }
        } else {
            file.path = path(from: cursor)
        }
        return file.path.isEmpty ? nil : cursor.located(file)
    }

    private static let table = DecodingTable<EnvironmentFile>([
        .init("format", decode: { $1.format = $0.choice(Format.self) }),
        .init("path", decode: { $1.path = path(from: $0) }),
        .init("required", decode: { $1.isRequired = $0.bool() ?? true }),
    ])

    static var keys: [AttributeKey] { table.keys }

    private static func path(from cursor: Cursor) -> String {
        guard let text = cursor.nonEmptyString() else { return "" }
        return HostPath.resolved(text, at: cursor) ?? ""
    }
}

/// Reads what `env_file` and `label_file` name; each file once.
struct VariableFiles {
    let context: DecodingContext
    private var sources: [String: SourceFile] = [:]

    init(context: DecodingContext) {
        self.context = context
    }

    /// The service's own variables over those of its files, later files over earlier ones.
    mutating func environment(of draft: ServiceDraft) -> [String: String] {
        guard context.resolvesEnvironment else { return draft.service.environment }
        var result: [String: String] = [:]
        for file in draft.environmentFiles {
            let optional = "create it, or write `{ path: …, required: false }`"
            let isRequired = file.value.isRequired
            guard let source = source(at: file.value.path, named: file, hint: isRequired ? .some(optional) : nil) else {
                continue
            }
            context.report.variableFiles.insert(file.value.path)
            var known = file.value.variables.all
            known.merge(result) { _, earlier in earlier }
            let values =
                switch file.value.format {
                case nil: DotEnv.variables(in: source, process: known, report: context.report)
                case .raw: RawVariables.variables(in: source, known: known, report: context.report)
                }
            result.merge(values) { _, later in later }
        }
        for name in draft.service.unsetVariables { result[name] = nil }
        return result.merging(draft.service.environment) { _, own in own }
    }

    /// The service's own labels over those of its files, later files over earlier ones.
    mutating func labels(of draft: ServiceDraft) -> [String: String] {
        var result: [String: String] = [:]
        for file in draft.labelFiles {
            let cursor = Cursor(string: file, context: context)
            guard let path = HostPath.resolved(file.value, at: cursor),
                let source = source(at: path, named: file, hint: "create it, or remove it from `label_file`")
            else { continue }
            result.merge(DotEnv.variables(in: source, process: result, report: context.report)) { _, later in later }
        }
        return result.merging(draft.service.labels) { _, own in own }
    }

    /// - Parameter hint: The remedy when the file is not there; `nil` when it need not be.
    private mutating func source<Value>(at path: String, named place: Located<Value>, hint: String?) -> SourceFile? {
        if let source = sources[path] { return source }
        let contents = context.readFile(path)
        if contents == .absent {
            if let hint {
                context.report.error(
                    "\(place.path) names `\(path)`, which does not exist", at: place.mark, path: place.path, hint: hint)
            }
            return nil
        }
        do throws(EnvfileError) {
            let source = SourceFile(path: path, bytes: try contents.bytes(of: path))
            sources[path] = source
            return source
        } catch {
            context.report.error("\(place.path): \(error.message)", at: place.mark, path: place.path)
            return nil
        }
    }
}

/// `NAME=value` lines without quotes, variables and escapes; a name alone takes the value that is known.
enum RawVariables {
    static func variables(
        in source: SourceFile, known: [String: String], report: DiagnosticCollector
    ) -> [String: String] {
        if let offset = source.firstInvalidByte {
            report.error("the file is not UTF-8", at: source.mark(offset: offset), path: .root)
            return [:]
        }
        var result: [String: String] = [:]
        var start = 0
        for line in source.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            let mark = start
            start += line.count + 1
            let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            let statement = text.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            guard let first = statement.first, first != UInt8(ascii: "#") else { continue }
            let (name, value) = KeyValue.split(String(decoding: statement, as: UTF8.self))
            guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: " ")), !name.utf8.contains(UInt8(ascii: "\t")) else {
                report.error("a line must be `NAME=value`", at: source.mark(offset: mark), path: .root)
                continue
            }
            result[name] = value ?? known[name]
        }
        return result
    }
}
