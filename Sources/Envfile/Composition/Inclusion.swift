internal import Diagnostics

/// One entry of `include`.
struct Inclusion {
    var paths: [(text: String, mark: Mark)] = []
    var projectDirectory: String?
    var envFiles: [(text: String, mark: Mark)]?
    var mark: Mark

    /// The entries of `include`; problems go to `report`.
    static func decoded(_ node: Node, report: DiagnosticCollector) -> [Inclusion] {
        let path = Path.key(.root, "include")
        if node.isNull { return [] }
        guard case .sequence(let items) = node.content else {
            report.error(
                "include must be a list, but is \(node.described)", at: node.mark, path: path, expected: "a list",
                hint: node.stringValue.map { "write `include: [\($0)]`" })
            return []
        }
        return items.enumerated().compactMap { index, item in
            decoded(item, path: .index(path, index), report: report)
        }
    }

    private static func decoded(_ node: Node, path: Path, report: DiagnosticCollector) -> Inclusion? {
        var entry = Inclusion(mark: node.mark)
        if let text = node.stringValue {
            entry.paths = [(text, node.mark)]
        } else if case .mapping(let pairs) = node.content {
            for pair in pairs { entry.decode(pair, path: .key(path, pair.key.name), report: report) }
            if node["path"] == nil {
                report.error("\(path) has no `path`", at: node.mark, path: path, expected: "`path: FILE`")
            }
        } else {
            report.error(
                "\(path) must be a path or a mapping, but is \(node.described)", at: node.mark, path: path,
                expected: "a path, or a mapping with `path`")
        }
        return entry.paths.isEmpty ? nil : entry
    }

    private mutating func decode(_ pair: Node.Pair, path: Path, report: DiagnosticCollector) {
        switch pair.key.name {
        case "path": paths = Self.strings(pair.value, path: path, report: report) ?? []
        case "project_directory":
            if let text = pair.value.stringValue {
                projectDirectory = text.isEmpty ? nil : text
            } else if !pair.value.isNull {
                report.error(
                    "\(path) must be a path, but is \(pair.value.described)", at: pair.value.mark, path: path,
                    expected: "a path")
            }
        case "env_file": envFiles = Self.strings(pair.value, path: path, report: report)
        case let name where name.hasPrefix("x-"): return
        default:
            report.error(
                "unknown key `\(pair.key.name)` in \(path.parent?.description ?? "include")", at: pair.key.mark,
                path: path, hint: Suggestion.hint(for: pair.key.name, in: ["path", "project_directory", "env_file"]))
        }
    }

    private static func strings(
        _ node: Node, path: Path, report: DiagnosticCollector
    ) -> [(text: String, mark: Mark)]? {
        if node.isNull { return nil }
        let items = MergeForm.items(node) ?? []
        let texts = items.compactMap { item in item.stringValue.map { (text: $0, mark: item.mark) } }
        if texts.count == items.count, !items.isEmpty { return texts }
        report.error(
            "\(path) must be a path or a list of paths", at: node.mark, path: path, expected: "a path or a list of them"
        )
        return nil
    }
}

// MARK: - Following

extension Composer {
    /// Resources that an included file hands on.
    private static let imported = ["services", "networks", "volumes", "secrets", "configs", "models"]

    mutating func include(into root: inout Node, _ scope: Scope, _ merger: Merger) {
        guard let node = root["include"] else { return }
        root.remove("include")
        for entry in Inclusion.decoded(node, report: report) {
            guard let included = included(entry, scope, merger.dialect) else { continue }
            root = merger.merged(Self.resources(of: included), with: root)
        }
    }

    private mutating func included(_ entry: Inclusion, _ scope: Scope, _ dialect: Dialect) -> Node? {
        let path = Path.key(.root, "include")
        let files = entry.paths.map { (path: HostPath.absolute($0.text, in: scope.directory), mark: $0.mark) }
        guard let first = files.first else { return nil }
        if scope.trail.contains(first.path) {
            let chain = (scope.trail + [first.path]).joined(separator: " -> ")
            report.error("files include each other in a circle: \(chain)", at: first.mark, path: path)
            return nil
        }
        let directory =
            entry.projectDirectory.map { HostPath.absolute($0, in: scope.directory) }
            ?? HostPath.parent(of: first.path)
        let outer = Variables(process: scope.variables.all)
        let envFiles =
            entry.envFiles.map { files in
                files.filter { $0.text != "/dev/null" }.map {
                    (path: HostPath.absolute($0.text, in: scope.directory), isRequired: true)
                }
            } ?? [(path: HostPath.absolute(".env", in: directory), isRequired: false)]
        var inner = Scope(
            directory: directory, variables: scope.variables, inclusion: entry.mark,
            trail: scope.trail + [first.path])
        do throws(EnvfileError) {
            inner.variables = scope.variables.completed(by: try variables(in: envFiles, outer: outer))
        } catch {
            report.error(
                String(error.message.dropLast()), at: entry.envFiles?.first?.mark ?? entry.mark, path: path)
        }
        var documents: [Document] = []
        for file in files {
            documents += self.documents(
                of: file.path, directory: directory, inclusion: entry.mark, namedAt: file.mark, path)
        }
        return composed(documents, in: inner, dialect)
    }

    /// What an included file hands on; what includes it is merged over it.
    private static func resources(of included: Node) -> Node {
        guard case .mapping(let pairs) = included.content else { return included }
        var resources = included
        resources.content = .mapping(pairs.filter { imported.contains($0.key.name) })
        return resources
    }
}
