import TestSupport
import Testing

@testable import Envfile

/// Every Compose file of the corpus gives what `docker compose config --format json` gives.
@Suite(.timeLimit(.minutes(5)), .enabled("the corpus is not there; set TRICE_CORPUS") { try Requirement.met(.corpus) })
struct ComposeCorpusTests {
    private static let loader = Loader(
        processEnvironment: ["PATH": "/usr/bin:/bin", "HOME": "/home/dev"], fileExists: { _ in true })

    /// What is known to differ, with the reason.
    private static let known: [String: String] = [:]

    @Test func everyFileMeansWhatComposeSays() throws {
        let files = Corpus.files(below: "compose") { $0.hasSuffix(".yml") || $0.hasSuffix(".yaml") }
        try #require(files.count == 370)
        var equal = 0
        for file in files {
            let expected = try #require(Expectation(beside: file))
            let actual = Self.configuration(of: file)
            #expect((actual == nil) == (expected.exitCode != 0), "\(file) is judged otherwise")
            let name = String(file.dropFirst(Corpus.root.count + "/compose/".count))
            let difference = Difference.first(between: actual?.normalised, and: expected.configuration?.normalised)
            if difference == nil { equal += 1 }
            #expect((difference == nil) != (Self.known[name] != nil), "\(name): \(difference ?? "no difference")")
        }
        #expect(equal >= 365)
    }

    @Test func whatLoadsReadsBackAsTheSame() throws {
        for file in Corpus.files(below: "compose", where: { $0.hasSuffix(".yml") || $0.hasSuffix(".yaml") }) {
            guard let environment = Self.environment(of: file) else { continue }
            let text = environment.yamlText()
            let path = environment.directory + "/compose.yaml"
            let reader = Loader(processEnvironment: ["HOME": "/home/dev"], fileExists: { _ in true }) { asked in
                asked == path ? .bytes(Array(text.utf8)) : .absent
            }
            let result = try reader.load(files: [path], profiles: ["*"])
            #expect(result.environment == environment, "\(file)\n\(text)")
        }
    }

    private static func environment(of file: String) -> Environment? {
        // A file that cannot be loaded is expected to be one that Compose refuses.
        try? loader.load(files: [file]).environment
    }

    private static func configuration(of file: String) -> Value? {
        environment(of: file)?.rendered(.json)
    }
}

/// What stands beside a file of the corpus.
private struct Expectation {
    let exitCode: Int
    let configuration: Value?

    init?(beside file: String) {
        guard let text = Corpus.text(file + ".expected.json") else { return nil }
        let path = text.replacing("$PROJECT_DIR", with: HostPath.parent(of: file))
            .replacing("$REPO_DIR", with: Corpus.root)
        let source = SourceFile(path: file + ".expected.json", bytes: Array(path.utf8))
        guard let root = DocumentBuilder.document(of: source, report: DiagnosticCollector())?.root,
            case .integer(let code)? = root["rc"].map({ Value($0) }), let configuration = root["config"]
        else { return nil }
        exitCode = code
        self.configuration = configuration.isNull ? nil : Value(configuration)
    }
}

extension Value {
    /// Maps sorted by key, numbers in one form.
    fileprivate var normalised: Value {
        switch self {
        case .integer(let value): .number(Double(value))
        case .list(let items): .list(items.map(\.normalised))
        case .map(let members):
            .map(members.map { Member($0.key, $0.value.normalised) }.sorted { $0.key < $1.key })
        default: self
        }
    }
}

/// Where two trees part.
private enum Difference {
    static func first(between actual: Value?, and expected: Value?, at path: String = "") -> String? {
        if actual == expected { return nil }
        switch (actual, expected) {
        case (.map(let left)?, .map(let right)?):
            let ours = Dictionary(left.map { ($0.key, $0.value) }) { first, _ in first }
            let theirs = Dictionary(right.map { ($0.key, $0.value) }) { first, _ in first }
            for key in Set(ours.keys).union(theirs.keys).sorted() {
                if let found = first(between: ours[key], and: theirs[key], at: "\(path).\(key)") { return found }
            }
            return nil
        case (.list(let left)?, .list(let right)?) where left.count == right.count:
            for (index, pair) in zip(left, right).enumerated() {
                if let found = first(between: pair.0, and: pair.1, at: "\(path)[\(index)]") { return found }
            }
            return nil
        default:
            return "\(path): \(actual.map { "\($0)" } ?? "nothing") instead of \(expected.map { "\($0)" } ?? "nothing")"
        }
    }
}
