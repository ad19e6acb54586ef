import Testing

@testable import Envfile

/// The Compose Specification's schema against the tables of keys.
@Suite(.enabled(if: Corpus.isThere, "the corpus is not there; set TRICE_CORPUS"))
struct SchemaTests {
    private func names(at keys: [String]) throws -> Set<String> {
        let text = try #require(Corpus.text(Corpus.root + "/schema/compose-spec.json"))
        let source = SourceFile(path: "schema", bytes: Array(text.utf8))
        var node = try #require(DocumentBuilder.document(of: source, report: DiagnosticCollector())).root
        for key in keys { node = try #require(node[key]) }
        guard case .mapping(let pairs) = node.content else { return [] }
        return Set(pairs.map(\.key.name))
    }

    @Test func everyAttributeOfAServiceIsKnown() throws {
        let attributes = try names(at: ["definitions", "service", "properties"])
        #expect(attributes.count > 90)
        #expect(ServiceDraft.knownKeys == attributes)
    }

    @Test func everyTopLevelKeyIsKnown() throws {
        for key in try names(at: ["properties"]) where !["services", "name", "networks", "volumes"].contains(key) {
            let empty = key == "include" ? "[]" : "{}"
            let messages = Fixture().messages("services: { a: { image: x } }\n\(key): \(empty)")
            #expect(messages == [], "\(key)")
        }
    }

    @Test(arguments: ["network", "volume"])
    func everyKeyOfAResourceIsKnown(kind: String) throws {
        for key in try names(at: ["definitions", kind, "properties"]) {
            let unknown = Fixture().messages("services: { a: { image: x } }\n\(kind)s: { r: { \(key): {} } }")
                .filter { $0.contains("unknown key") }
            #expect(unknown == [], "\(key)")
        }
    }
}
