@testable import Envfile

/// The merged tree of texts that are files of a directory which exists only here.
struct Composed {
    let root: Node?
    let diagnostics: [Diagnostic]
    let composition: Composition?

    /// - Parameters:
    ///   - files: By their names in `/srv/shop`, or absolute paths.
    ///   - main: The files that are loaded; by default the `Envfile` or `compose.yaml`.
    init(_ files: [String: String], main: [String]? = nil, process: [String: String] = [:]) {
        func absolute(_ name: String) -> String { name.hasPrefix("/") ? name : "/srv/shop/" + name }
        let contents = Dictionary(uniqueKeysWithValues: files.map { (absolute($0.key), Array($0.value.utf8)) })
        let loader = Loader(processEnvironment: process, fileExists: { _ in true }) { path in
            contents[path].map { .bytes($0) } ?? .absent
        }
        let names = main ?? [files["Envfile"] == nil ? "compose.yaml" : "Envfile"]
        do throws(EnvfileError) {
            let composition = try loader.composition(
                files: names.map(absolute), projectDirectory: nil, projectName: nil, options: LoadOptions())
            self.composition = composition
            root = composition.root
            diagnostics = composition.report.diagnostics
        } catch {
            composition = nil
            root = nil
            diagnostics = error.diagnostics
        }
    }

    var messages: [String] { diagnostics.filter { $0.severity == .error }.map(\.message) }

    /// The node at a path of keys, in flow form with sorted keys.
    func text(_ path: String) -> String? {
        var node = root
        for key in path.split(separator: ".") { node = node?[String(key)] }
        return node.map(Self.text)
    }

    static func text(_ node: Node) -> String {
        switch node.content {
        case .scalar(let scalar): scalar.type == .null ? "null" : scalar.text
        case .sequence(let items): "[\(items.map(text).joined(separator: ", "))]"
        case .mapping(let pairs):
            "{\(pairs.map { "\($0.key.name): \(text($0.value))" }.sorted().joined(separator: ", "))}"
        }
    }
}

extension DocumentBuilder {
    /// The first document in `source`.
    static func document(of source: SourceFile, report: DiagnosticCollector) -> Document? {
        documents(of: source, report: report).first
    }
}
