import Testing

@testable import Envfile

/// A section of a file, decoded and rendered by itself.
struct Section<Content: Hashable> {
    let decode: (Cursor) -> Content?
    let render: (Content, RenderingFormat) -> Value

    /// What a text decodes to, and what is said about it as `severity: message`.
    func read(_ text: String) -> (content: Content?, messages: [String]) {
        let (content, diagnostics) = diagnosed(text)
        return (content, diagnostics.map { "\($0.severity.rawValue): \($0.message)" })
    }

    /// The hints of everything that is said about a text.
    func hints(_ text: String) -> [String] { diagnosed(text).diagnostics.compactMap(\.hint) }

    private func diagnosed(_ text: String) -> (content: Content?, diagnostics: [Diagnostic]) {
        let report = DiagnosticCollector()
        // Below a key, because an empty value is something else than an empty file.
        let indented = text.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 + "\n" }
        let source = SourceFile(path: "/srv/shop/Envfile", bytes: Array(("s:\n" + indented.joined()).utf8))
        guard let node = DocumentBuilder.document(of: source, report: report)?.root["s"] else {
            return (nil, report.diagnostics)
        }
        let variables = Variables(process: ["HOME": "/home/dev", "FROM_PROCESS": "p"], dotEnv: ["FROM_FILE": "f"])
        let context = DecodingContext(
            report: report, variables: variables, projectDirectory: "/srv/shop", dialect: .compose,
            allowsExtraKeys: true)
        let content = decode(Cursor(node, path: .key(.root, "s"), context: context))
        return (content, (report.diagnostics + context.unsupported.diagnostics).sorted(by: Diagnostic.isOrderedBefore))
    }

    /// Checks that a text decodes without a word, that it renders as `json`, and that its YAML reads back as the same.
    func check(_ text: String, _ json: String, location: SourceLocation = #_sourceLocation) {
        let (content, messages) = read(text)
        #expect(messages == [], sourceLocation: location)
        guard let content else {
            Issue.record("nothing was decoded from \(text)", sourceLocation: location)
            return
        }
        #expect(compact(render(content, .json)) == json, sourceLocation: location)
        let yaml = YAMLWriter.text(render(content, .yaml))
        let again = read(yaml)
        #expect(again.content == content, "\(yaml)", sourceLocation: location)
        #expect(again.messages == [], "\(yaml)", sourceLocation: location)
    }
}

/// A value as JSON on one line.
func compact(_ value: Value) -> String {
    switch value {
    case .list(let items): "[" + items.map(compact).joined(separator: ",") + "]"
    case .map(let members):
        "{" + members.map { "\"\($0.key)\":" + compact($0.value) }.joined(separator: ",") + "}"
    default: String(value.jsonText().dropLast())
    }
}

/// A text, and everything that is said about it.
struct SectionCase: Sendable, CustomTestStringConvertible {
    var text: String
    var expected: [String]

    init(_ text: String, _ expected: String...) {
        self.text = text
        self.expected = expected
    }

    var testDescription: String { text }
}

extension ResourceIdentity {
    /// Writes out the name that the key implies, which is how it is rendered, so that both can be compared.
    mutating func spell(key: String) {
        customName = name(key: key, project: "shop")
    }
}
