/// The files of a project without the environment that they describe.
package struct Inspection: Sendable {
    /// The merged files as written, after `extends` and `include`.
    package var tree: Value
    /// Every variable that the files name, sorted by name.
    package var variables: [VariableDeclaration]
    /// The variables that `${…}` is replaced by.
    package var environment: [String: String]
    package var warnings: [Diagnostic]
    private let tracer: ValueTracer

    fileprivate init(_ composition: Composition, root: Node) {
        tree = Value(written: root)
        variables = composition.usedVariables
        environment = composition.variables.all
        warnings = composition.report.diagnostics
        tracer = ValueTracer(root: root, extensions: composition.report.extensions)
    }

    /// The history of the value at a path, or of every value below it; `nil` when there is no value.
    package func histories(of path: String) -> [ValueHistory]? { tracer.histories(of: path) }

    /// The place that gave the value at a path, or else the nearest value that it would be a part of.
    package func place(of path: String) -> ValueHistory.Step? {
        var path = path[...]
        while true {
            if let found = histories(of: String(path))?.first?.steps.last { return found }
            guard let dot = path.lastIndex(of: ".") else { return nil }
            path = path[..<dot]
        }
    }
}

extension Loader {
    /// Reads and merges the files of a project, without decoding them.
    ///
    /// - Throws: as `load`, for problems of files, variables, `extends` and `include`.
    package func inspect(
        files: [String], projectDirectory: String? = nil, projectName: String? = nil,
        options: LoadOptions = LoadOptions()
    ) throws(EnvfileError) -> Inspection {
        let composition = try composition(
            files: files, projectDirectory: projectDirectory, projectName: projectName, options: options,
            collectsVariables: true)
        guard let root = composition.root, let name = composition.name, !composition.report.hasErrors else {
            throw EnvfileError(composition.file, report: composition.report)
        }
        return Inspection(composition, root: Self.named(root, name, at: composition.mark))
    }
}

extension Loader {
    /// The tree with the project's name as its first key.
    private static func named(_ root: Node, _ name: String, at mark: Mark) -> Node {
        guard case .mapping(let pairs) = root.content else { return root }
        let first =
            pairs.first { $0.key.name == "name" }
            ?? Node.Pair(key: Node.Key(name: "name", mark: mark), value: MergeForm.string(name, at: mark))
        var named = root
        named.content = .mapping([first] + pairs.filter { $0.key.name != "name" })
        return named
    }
}

extension Value {
    /// The tree of a node; scalars have the types that YAML gives them.
    fileprivate init(written node: Node) {
        switch node.content {
        case .mapping(let pairs): self = .map(pairs.map { Member($0.key.name, Value(written: $0.value)) })
        case .sequence(let items): self = .list(items.map { Value(written: $0) })
        case .scalar(let scalar):
            switch scalar.type {
            case .null: self = .null
            case .bool: self = .bool(scalar.text.lowercased() == "true")
            case .integer: self = CoreSchema.integer(scalar.text).map(Value.integer) ?? .string(scalar.text)
            case .float, .string: self = .string(scalar.text)
            }
        }
    }
}
