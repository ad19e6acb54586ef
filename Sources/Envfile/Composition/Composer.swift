/// Makes one tree of the files of a project: each interpolated, its `include` and `extends` followed, then merged.
struct Composer {
    /// More files than this are not read in one load, however they include and extend each other.
    static let maximumFiles = 256
    /// More nodes than this, over all files, are an error.
    static let maximumNodes = 500_000

    let report: DiagnosticCollector
    let interpolates: Bool
    private let readFile: @Sendable (String) -> FileContents
    private(set) var scopes = ScopeTable()
    /// Whether all files could be read; otherwise a missing part of the tree is not an error.
    private(set) var isComplete = true
    private var extensionUnits: [String: ExtendedFile] = [:]
    private var fileCount = 0
    private var nodeCount = 0
    /// The variables that the files use, when the caller requests them.
    private(set) var usedVariables: VariableTable?

    init(
        report: DiagnosticCollector, interpolates: Bool = true, collectsVariables: Bool = false,
        readFile: @escaping @Sendable (String) -> FileContents
    ) {
        self.report = report
        self.interpolates = interpolates
        usedVariables = collectsVariables ? VariableTable() : nil
        self.readFile = readFile
    }

    /// One tree of documents of one scope; `nil` when none of them is a mapping, which is reported.
    mutating func composed(_ documents: [Document], in scope: Scope, _ dialect: Dialect) -> Node? {
        let merger = Merger(dialect: dialect, report: report)
        var interpolator = Interpolator(variables: scope.variables, report: report)
        var result: Node?
        for document in documents {
            var root = opened(document, in: scope, &interpolator)
            guard case .mapping = root.content else {
                report.error(
                    "the file must be a mapping, but is \(root.described)", at: root.mark, path: .root,
                    expected: "a mapping")
                isComplete = false
                continue
            }
            include(into: &root, scope, merger)
            extend(&root, scope, merger)
            result = result.map { merger.merged($0, with: root) } ?? root
        }
        return result
    }
}

// MARK: - Reading

extension Composer {
    /// The tree of a document with the variables of its scope.
    private mutating func opened(_ document: Document, in scope: Scope, _ interpolator: inout Interpolator) -> Node {
        scopes.register(document.root.mark.file, scope.variables)
        var root = document.root
        usedVariables?.collect(root)
        if interpolates { interpolator.interpolate(&root, path: .root) }
        return root
    }

    /// The same for a document that is alone.
    mutating func opened(_ document: Document, in scope: Scope) -> Node {
        var interpolator = Interpolator(variables: scope.variables, report: report)
        return opened(document, in: scope, &interpolator)
    }

    /// The documents of one file.
    ///
    /// - Parameter allowsEmpty: whether it may have none, as one of several files.
    mutating func documents(of source: SourceFile, allowsEmpty: Bool = false) -> [Document] {
        let documents = DocumentBuilder.documents(of: source, report: report, allowsEmpty: allowsEmpty)
        if documents.isEmpty, !allowsEmpty || report.hasErrors { isComplete = false }
        nodeCount += documents.reduce(0) { $0 + $1.nodeCount }
        guard nodeCount <= Self.maximumNodes else {
            report.error(
                "the files have more than \(Self.maximumNodes) nodes together", at: source.mark(offset: 0), path: .root)
            isComplete = false
            return []
        }
        return documents
    }

    /// The documents of a file that another one names at `place`.
    mutating func documents(
        of file: String, directory: String, inclusion: Mark?, namedAt place: Mark, _ path: Path
    ) -> [Document] {
        guard let bytes = bytes(of: file, namedAt: place, path) else { return [] }
        return documents(
            of: SourceFile(path: file, bytes: bytes, directory: directory, inclusion: inclusion), allowsEmpty: true)
    }

    private mutating func bytes(of file: String, namedAt place: Mark, _ path: Path) -> [UInt8]? {
        fileCount += 1
        do throws(EnvfileError) {
            if fileCount <= Self.maximumFiles { return try readFile(file).bytes(of: file) }
            if fileCount == Self.maximumFiles + 1 {
                report.error("more than \(Self.maximumFiles) files are read here", at: place, path: path)
            }
        } catch {
            report.error(String(error.message.dropLast()), at: place, path: path)
        }
        isComplete = false
        return nil
    }

    /// The variables of some files, later ones over earlier ones.
    ///
    /// - Parameter outer: What wins when a value names a variable.
    func variables(
        in files: [(path: String, isRequired: Bool)], outer: Variables
    ) throws(EnvfileError) -> Variables {
        var variables = Variables(process: [:])
        for file in files {
            let contents = readFile(file.path)
            // A directory called `.env` is a Python environment.
            if !file.isRequired, contents == .absent || contents == .directory { continue }
            let source = SourceFile(path: file.path, bytes: try contents.bytes(of: file.path))
            report.variableFiles.insert(file.path)
            variables = DotEnv.read(source, after: variables, outer: outer, report: report)
        }
        return variables
    }
}

// MARK: - Services that extend others

extension Composer {
    private mutating func extend(_ root: inout Node, _ scope: Scope, _ merger: Merger) {
        guard let services = root.pair("services")?.value, case .mapping(let pairs) = services.content,
            pairs.contains(where: { $0.value["extends"] != nil })
        else { return }
        let file = root.mark.file
        var resolver = ExtendsResolver(
            own: ExtendedFile(path: file.path, file: file, services: pairs), merger: merger, report: report)
        let extended = resolver.extended { path, place, nodePath in
            extendedFile(path, namedAt: place, nodePath, scope)
        }
        report.extensions += resolver.extensions
        root.set("services", Node(content: .mapping(extended), tag: services.tag, mark: services.mark))
    }

    /// The services of another file, read once for each scope.
    private mutating func extendedFile(
        _ file: String, namedAt place: Mark, _ path: Path, _ scope: Scope
    ) -> ExtendedFile? {
        let key = "\(scope.directory)\u{0}\(file)"
        if let known = extensionUnits[key] { return known }
        let documents = documents(
            of: file, directory: HostPath.parent(of: file), inclusion: nil, namedAt: place, path)
        var interpolator = Interpolator(variables: scope.variables, report: report)
        var services: [Node.Pair] = []
        for document in documents {
            let root = opened(document, in: scope, &interpolator)
            guard case .mapping(let pairs)? = root["services"]?.content else { continue }
            services += pairs
        }
        guard let source = documents.first?.root.mark.file else { return nil }
        let unit = ExtendedFile(path: file, file: source, services: services)
        extensionUnits[key] = unit
        return unit
    }
}

extension Node {
    /// Puts a value under a key that the mapping has, or appends it.
    mutating func set(_ key: String, _ value: Node) {
        guard case .mapping(var pairs) = content else { return }
        if let index = pairs.firstIndex(where: { $0.key.name == key }) {
            pairs[index].value = value
        } else {
            pairs.append(Pair(key: Key(name: key, mark: value.mark), value: value))
        }
        content = .mapping(pairs)
    }

    mutating func remove(_ key: String) {
        guard case .mapping(var pairs) = content else { return }
        pairs.removeAll { $0.key.name == key }
        content = .mapping(pairs)
    }
}
