import Foundation
import TestSupport
import Testing

@testable import Envfile

/// `docs/man/envfile.5` and its Markdown: the keys from the tables, the sentences from the published schema, the examples
/// from the samples of which `AttributeEffectTests` shows that they take effect.
@Suite(.timeLimit(.minutes(1))) struct EnvfilePageTests {
    /// `TRICE_UPDATE=1` writes the pages instead of comparing them.
    @Test func thePageIsUpToDate() throws { try EnvfilePage().page().check() }

    @Test func everyAttributeHasASentenceAndAnExample() throws {
        let source = try EnvfilePage()
        for family in EnvfilePage.families {
            for key in family.keys {
                let place = family.place + key.name
                #expect(source.sentence(of: place)?.isEmpty == false, "\(place) has no sentence")
                #expect(source.example(of: key.name, isOfService: family.isOfService) != nil, "\(place) has no example")
            }
        }
        let listed = EnvfilePage.families.flatMap { family in family.keys.map { family.place + $0.name } }
        let all =
            AttributeCatalogue.service.map { "services.*.\($0.name)" } + AttributeCatalogue.project.map(\.name)
        #expect(Set(all).subtracting(listed).sorted() == [])
        #expect(listed.count == Set(listed).count)
    }

    @Test(.enabled("needs mandoc") { try Requirement.met(.mandoc) }) func thePageIsWellFormed() throws {
        #expect(try EnvfilePage().page().complaints() == "")
    }
}

/// Joins tables, schema and samples.
private struct EnvfilePage {
    struct Family {
        var title: String
        var keys: [AttributeKey]
        var isOfService = true

        /// Before the names of its keys in the schema.
        var place: String { isOfService ? "services.*." : "" }

        init(_ title: String, _ keys: some Sequence<Attribute<ServiceDraft, Service>>) {
            self.title = title
            self.keys = keys.map(\.key).sorted { $0.name < $1.name }
        }

        init(topLevel title: String, _ keys: [AttributeKey]) {
            self.title = title
            self.keys = keys.sorted { $0.name < $1.name }
            isOfService = false
        }
    }

    static let families = [
        Family(topLevel: "Top level", AttributeCatalogue.project),
        Family("Services: process", ServiceDraft.processKeys), Family("Services: image", ServiceDraft.buildKeys),
        Family("Services: networks and ports", ServiceDraft.connectionKeys),
        Family("Services: names", ServiceDraft.namingKeys), Family("Services: files", ServiceDraft.storageKeys),
        Family("Services: start, health and stop", ServiceDraft.lifecycleKeys),
        Family("Services: limits", ServiceDraft.limitKeys), Family("Services: protection", ServiceDraft.securityKeys),
        Family("Services: namespaces", ServiceDraft.namespaceKeys),
        Family("Services: platform", ServiceDraft.platformKeys),
        Family("Services: Trice's own keys", ServiceDraft.toolKeys),
    ]

    private let sentences: [String: String]

    init() throws {
        let text = try #require(Corpus.text(TestSupport.Fixture.checkout + "docs/envfile.schema.json"))
        let schema = try JSONValue(text: text.utf8)
        sentences = try EnvfileSchemaTests.keys(of: schema, in: schema).reduce(into: [:]) { found, entry in
            let words = entry.value.object?["description"]?.string
            found[entry.key.replacing("[]", with: ".*")] = words
        }
    }

    func sentence(of place: String) -> String? { sentences[place] }

    func example(of name: String, isOfService: Bool) -> String? {
        switch (name, isOfService) {
        case ("services", false): return "services: { web: { image: nginx:1.25 } }"
        case ("version", false): return "version: '3.8'"
        default: break
        }
        if let fragment = AttributeSamples.fragment(of: name, isOfService: isOfService) { return fragment }
        // A key that has an effect only by those inside it: the sample of the first of them.
        return AttributeSamples.fragment(below: name + ".", isOfService: isOfService)
    }

    func page() -> ReferencePage {
        var page = ReferencePage("envfile", section: 5, summary: "The description of a development environment.")
        page.blocks = [.heading("Synopsis"), .lines("Envfile\nEnvfile.yaml\ncompose.yaml"), .heading("Description")]
        page.blocks += Self.introduction.map { .text($0) }
        page.blocks.append(.lines(Self.beginning))
        for family in Self.families {
            page.blocks.append(.heading(family.title))
            for key in family.keys { add(key, of: family, to: &page) }
        }
        page.related = ["trice(1)", "trice-settings(5)"]
        return page
    }

    private func add(_ key: AttributeKey, of family: Family, to page: inout ReferencePage) {
        let place = family.place + key.name
        var words = sentence(of: place) ?? ""
        if case .none(let reason)? = key.effect { words += " Not applied: \(reason.rawValue)." }
        let inner = family.isOfService || !["services", "jobs"].contains(key.name) ? nested(key, at: place) : []
        page.blocks.append(.item(key.name, words))
        if let example = example(of: key.name, isOfService: family.isOfService) { page.blocks.append(.lines(example)) }
        for (name, words) in inner { page.blocks.append(.item(name, words)) }
    }

    /// The keys inside one, named from it on: `build.args`.
    private func nested(_ key: AttributeKey, at place: String) -> [(String, String)] {
        func list(_ key: AttributeKey, _ name: String, _ place: String) -> [(String, String)] {
            let step: String
            if case .entries = key.nested { step = ".*." } else { step = "." }
            return key.ownKeys.sorted { $0.name < $1.name }.flatMap { inner in
                let path = place + step + inner.name
                let words = sentence(of: path).map { [(name + step + inner.name, $0)] } ?? []
                return words + list(inner, name + step + inner.name, path)
            }
        }
        return list(key, key.name, place)
    }

    private static let introduction = [
        "The Envfile is the Compose Specification with what a development environment needs besides. It is looked for in the "
            + "working directory and above it, the first of `Envfile`, `Envfile.yaml`, `compose.yaml`, `compose.yml`, "
            + "`docker-compose.yaml` and `docker-compose.yml`. `Envfile.local` and `compose.override.yaml` are merged on top.",
        "A file named `Envfile` has Trice's defaults: ports on loopback that move aside when they are taken, files in shared "
            + "folders that belong to the user, a small init as PID 1. Every other name keeps the exact meaning of Compose; "
            + "Trice's own keys stand under `x-trice` there.",
        "Variables are written `${NAME}`, `${NAME:-default}` or `${NAME:?message}`. In the names below `*` stands for a name or "
            + "an item of a list. An attribute that is not applied is read and checked, and a warning names it.",
    ]

    private static let beginning = """
        services:
          web:
            image: nginx:1.25
            ports: ["8080:80"]
            volumes: ["./site:/usr/share/nginx/html:ro"]
            depends_on: [db]
          db:
            image: postgres:16
            environment: { POSTGRES_PASSWORD: dev }
            volumes: ["data:/var/lib/postgresql/data"]
        volumes:
          data:
        """
}
