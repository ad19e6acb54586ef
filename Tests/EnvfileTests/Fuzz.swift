import TestSupport
import Vocabulary

@testable import Envfile

/// One reader of foreign bytes, with what holds whatever it is given.
enum FuzzTarget: String, CaseIterable, Sendable {
    case template, environmentFile, shortForm, document, merge, load

    /// How many inputs it gets; 200 000 together, most where an input takes microseconds.
    var count: Int {
        switch self {
        case .template: 50_000
        case .environmentFile: 40_000
        case .shortForm: 50_000
        case .document: 30_000
        case .merge: 15_000
        case .load: 15_000
        }
    }

    /// A mutator for these readers; every seed gives other damage.
    static func mutator(seed: UInt64) -> FuzzMutator {
        FuzzMutator(seed: seed, signs: "\n\t :-[]{}&*!|>'\"%@$#,?~<0987/.=\\\u{1}ü\u{2028}")
    }

    /// - Returns: what went against a promise, or `nil`.
    func check(_ mutator: inout FuzzMutator) -> String? {
        switch self {
        case .template: return Self.template(mutator.damaged(FuzzCorpus.templates))
        case .environmentFile: return Self.environmentFile(mutator.damaged(FuzzCorpus.environmentFiles))
        case .shortForm: return Self.shortForm(mutator.damaged(FuzzCorpus.shortForms))
        case .document: return Self.document(mutator.damaged(FuzzCorpus.documents))
        case .merge:
            return Self.load([mutator.damaged(FuzzCorpus.files), mutator.damaged(FuzzCorpus.files)])
        case .load: return Self.load([mutator.damaged(FuzzCorpus.files)])
        }
    }

    private static let variables = ["A": "a", "EMPTY": "", "E": "ee", "PORT": "80"]

    private static func template(_ bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        for keeps in [false, true] {
            do throws(TemplateProblem) {
                let template = try Template(parsing: text, keepsPortReferences: keeps)
                let result = try template.expanded(lookup: { variables[$0] }, unset: { _ in })
                if !Template.hasVariables(text), result != text { return "a text without variables changed" }
            } catch {
                if error.offset > text.utf8.count { return "an offset beyond the text" }
            }
        }
        return nil
    }

    private static func environmentFile(_ bytes: [UInt8]) -> String? {
        let report = DiagnosticCollector()
        let source = SourceFile(path: "/.env", bytes: bytes)
        let values = DotEnv.variables(in: source, process: variables, report: report)
        if values.keys.contains("") { return "a variable without a name" }
        return flaw(in: report.diagnostics)
    }

    private static func shortForm(_ bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        // What they refuse is not the point; a trap would be.
        _ = try? ShortPort(text)
        _ = try? ShellWords.split(text)
        _ = CoreSchema.integer(text)
        _ = Signal(parsing: text)
        if let duration = Duration.parsing(composeText: text), duration < .zero { return "a negative duration" }
        let node = MergeForm.string(text, at: SourceFile(path: "/f", bytes: []).mark(offset: 0))
        for key in [UniqueKey.mountTarget, .memoryTarget, .deviceTarget, .keyOfValue, .file] { _ = key.key(of: node) }
        let path = HostPath.absolute(text, in: "/p")
        return path.hasPrefix("/") && !path.contains("//") ? nil : "`\(path)` is not absolute"
    }

    private static func document(_ bytes: [UInt8]) -> String? {
        let report = DiagnosticCollector()
        let documents = DocumentBuilder.documents(of: SourceFile(path: "/f", bytes: bytes), report: report)
        if documents.isEmpty != report.hasErrors, documents.isEmpty { return "nothing read and nothing said" }
        if documents.reduce(0, { $0 + $1.nodeCount }) > DocumentBuilder.maximumNodes { return "too many nodes" }
        return flaw(in: report.diagnostics)
    }

    private static func load(_ files: [[UInt8]]) -> String? {
        let names = files.indices.map { "/srv/shop/\($0 == 0 ? "Envfile" : "Envfile.local")" }
        let loader = Loader(processEnvironment: variables, fileExists: { _ in true }) { path in
            if let index = names.firstIndex(of: path) { return .bytes(files[index]) }
            return path == "/srv/shop/base.yaml" ? .bytes(files[0]) : .absent
        }
        do throws(EnvfileError) {
            return flaw(in: try loader.load(files: names).warnings)
        } catch {
            if !error.diagnostics.contains(where: { $0.severity == .error }) { return "refused and nothing said" }
            return flaw(in: error.diagnostics)
        }
    }

    private static func flaw(in diagnostics: [Diagnostic]) -> String? {
        for diagnostic in diagnostics {
            if diagnostic.line < 1 || diagnostic.column < 1 || diagnostic.length < 1 {
                return "no place: \(diagnostic)"
            }
            if diagnostic.message.isEmpty || diagnostic.text().isEmpty { return "no message" }
        }
        return nil
    }
}
