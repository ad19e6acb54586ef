import Foundation
import TestSupport
import Testing

@testable import Envfile

/// `docs/compose.md` is what the tables say.
@Suite(.timeLimit(.minutes(1))) struct ComposePageTests {
    /// `TRICE_UPDATE=1` writes the page instead of comparing it.
    @Test func thePageIsUpToDate() throws {
        let file = TestSupport.Fixture.checkout + "docs/compose.md"
        let page = ComposePage.text()
        if ProcessInfo.processInfo.environment["TRICE_UPDATE"] == "1" {
            try page.write(toFile: file, atomically: true, encoding: .utf8)
        }
        #expect(Corpus.text(file) == page, "docs/compose.md is out of date: run this test with TRICE_UPDATE=1")
    }

    @Test func everyAttributeIsListed() {
        let page = ComposePage.text()
        for key in AttributeCatalogue.service + AttributeCatalogue.project {
            #expect(page.contains("| `\(key.name)` |"), "\(key.name)")
        }
    }
}

/// The page about the attributes of the Compose Specification, written from the tables.
private enum ComposePage {
    static func text() -> String {
        let project = AttributeCatalogue.project.filter { $0.name != "services" }
        return """
            # Attributes of the Compose Specification

            What Trice does with each attribute of a Compose file or an Envfile, from the version on that stands in
            the last column. An attribute that is not applied is read, checked and shown by `trice config`, and a
            warning names it. A key inside an attribute is listed only where it matters on its own.

            This page is generated from `Sources/Envfile/Attributes`; do not edit it. `TRICE_UPDATE=1` and the suite
            `ComposePageTests` write it again.

            ## Services

            \(table(AttributeCatalogue.service.filter { !$0.isExtension }))

            ## Top level

            \(table([service] + project.filter { !$0.isExtension }))

            ## Trice's own keys of a service

            They stand beside the others in an `Envfile`, and under `x-trice` in a Compose file.

            \(table(AttributeCatalogue.service.filter(\.isExtension)))

            ## Trice's own keys at the top level

            \(table(project.filter(\.isExtension)))

            """
    }

    private static let service = AttributeKey(name: "services", effect: .parts, since: "0.1") { .none }

    private static func table(_ keys: [AttributeKey]) -> String {
        let rows = keys.sorted { $0.name < $1.name }.flatMap { Self.rows(of: $0, in: "", inherited: .parts) }
        return (["| attribute | what it does | since |", "|---|---|---|"] + rows).joined(separator: "\n")
    }

    private static func rows(of key: AttributeKey, in place: String, inherited: AttributeEffect) -> [String] {
        let path = place + key.name
        let effect = key.effect ?? inherited
        let isApplied = if case .none = effect { false } else { true }
        let row = "| `\(path)` | \(words(for: effect)) | \(isApplied ? key.since : "—") |"
        // What is inside an attribute that is not applied is not applied either.
        if !isApplied { return [row] }
        let inner: String
        if case .entries = key.nested { inner = path + ".*." } else { inner = path + "." }
        return [row] + key.nested.keys.flatMap { rows(of: $0, in: inner, inherited: effect) }
    }

    private static func words(for effect: AttributeEffect) -> String {
        switch effect {
        case .container: "configures the container; a change recreates it"
        case .image: "says where the image comes from"
        case .build: "configures the build of the image"
        case .network: "configures networks, names and ports"
        case .volume: "configures named volumes"
        case .lifecycle: "says when containers start and stop"
        case .file: "is resolved when the file is read"
        case .command: "says what commands show or choose"
        case .parts: "see the keys inside it"
        case .information: "is kept and shown; nothing depends on it"
        case .none(.notYet): "**not applied yet**"
        case .none(let reason): "**not applied**: \(reason.rawValue)"
        case .partly(.notYet): "applied in part: some values are not applied yet"
        case .partly(let reason): "applied in part: a value that \(reason.rawValue) has no effect"
        }
    }
}
