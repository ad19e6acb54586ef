import TestSupport
import Testing

@testable import Envfile

/// The schema of Compose 5.6.1 against the tables of keys: what it names is known, at every depth.
@Suite(.timeLimit(.minutes(2)), .enabled("the corpus is not there; set TRICE_CORPUS") { try Requirement.met(.corpus) })
struct SchemaTests {
    @Test func everyAttributeOfAServiceIsKnown() throws {
        let schema = try Schema()
        let attributes = Set(schema.properties(of: schema.definition("service")).map(\.name))
        #expect(attributes.count > 90)
        #expect(ServiceDraft.knownKeys == attributes)
    }

    @Test func everyKeyBelowAServiceIsKnown() throws {
        let schema = try Schema()
        for (name, property) in schema.properties(of: schema.definition("service")) {
            // What they stand for is merged before anything is decoded.
            if name == "extends" { continue }
            let sample = schema.sample(of: property)
            let text = "{ services: { web: { image: x, \(name): \(sample.text) } } }"
            #expect(unknownKeys(in: text) == sample.intruders, "\(name): \(sample.text)")
        }
    }

    @Test func everyKeyAtTheTopLevelIsKnown() throws {
        let schema = try Schema()
        for (name, property) in try #require(schema.root["properties"]?.entries) {
            if name == "include" || name == "services" { continue }
            let sample = schema.sample(of: property)
            let text = "{ \(name): \(sample.text), services: { web: { image: x } } }"
            #expect(unknownKeys(in: text) == sample.intruders, "\(name): \(sample.text)")
        }
    }

    /// How often the loader finds the key that a sample puts into each of its mappings, and no other key unknown.
    private func unknownKeys(in text: String) -> Int {
        let unknown = Fixture.compose.messages(text).filter { $0.hasPrefix("unknown key") }
        let intruders = unknown.filter { $0.hasPrefix("unknown key `\(Schema.intruder)`") }
        return unknown.count == intruders.count ? intruders.count : -unknown.count
    }
}

/// A JSON schema, as far as it is needed to write down every key that it knows.
private struct Schema {
    /// A key that no schema has.
    static let intruder = "intruder"

    let root: Node

    init() throws {
        let text = try #require(Corpus.text(Corpus.root + "/schema/compose-5.6.1.json"))
        let source = SourceFile(path: "schema", bytes: Array(text.utf8))
        root = try #require(DocumentBuilder.document(of: source, report: DiagnosticCollector())).root
    }

    func definition(_ name: String) -> Node? { root["$defs"]?[name] }

    /// The keys of a mapping with their schemas, also those of the schemas that it consists of.
    func properties(of schema: Node?) -> [(name: String, value: Node)] {
        guard let schema else { return [] }
        let target = schema["$ref"]?.text?.split(separator: "/").last.map(String.init).flatMap(definition)
        let parts = (target.map { [$0] } ?? []) + (schema["allOf"]?.items ?? [])
        return (schema["properties"]?.entries ?? []) + parts.flatMap { properties(of: $0) }
    }

    /// A value in JSON with every key that the schema names, and one in each mapping that it does not name.
    struct Sample {
        var text = "null"
        /// How many mappings have a key too many.
        var intruders = 0
    }

    func sample(of schema: Node) -> Sample {
        if let name = schema["$ref"]?.text?.split(separator: "/").last, let target = definition(String(name)) {
            return sample(of: target)
        }
        let alternatives = (schema["oneOf"]?.items ?? []) + (schema["anyOf"]?.items ?? [])
        if !alternatives.isEmpty {
            // The richest form says most.
            return alternatives.map(sample).max { $0.text.utf8.count < $1.text.utf8.count } ?? Sample()
        }
        let properties = properties(of: schema)
        if !properties.isEmpty {
            let members = properties.map { ($0, sample(of: $1)) }
            let texts = members.map { "\"\($0)\": \($1.text)" } + ["\"\(Self.intruder)\": null"]
            return Sample(
                text: "{ " + texts.joined(separator: ", ") + " }",
                intruders: members.reduce(1) { $0 + $1.1.intruders })
        }
        if let patterns = schema["patternProperties"]?.entries.filter({ $0.name != "^x-" }), let first = patterns.first
        {
            let inner = sample(of: first.value)
            // A name that is one everywhere, among limits too.
            return Sample(text: "{ nofile: \(inner.text) }", intruders: inner.intruders)
        }
        if let items = schema["items"] {
            let inner = sample(of: items)
            return Sample(text: "[\(inner.text)]", intruders: inner.intruders)
        }
        return Sample()
    }
}

extension Node {
    fileprivate var entries: [(name: String, value: Node)] {
        guard case .mapping(let pairs) = content else { return [] }
        return pairs.map { ($0.key.name, $0.value) }
    }

    fileprivate var items: [Node] {
        guard case .sequence(let items) = content else { return [] }
        return items
    }

    fileprivate var text: String? {
        guard case .scalar(let scalar) = content else { return nil }
        return scalar.text
    }
}
