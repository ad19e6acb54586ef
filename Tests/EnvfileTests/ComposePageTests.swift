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

    /// A mark with a misspelt name would be lost.
    @Test func everyMarkOfATestNamesAnAttribute() {
        let page = ComposePage.text()
        for attribute in AttributeTests.byAttribute.keys {
            #expect(page.contains("| `\(attribute)` |"), "\(attribute)")
        }
    }

    /// What an attribute does is seen in a test; what none shows may not work.
    @Test func everyAppliedAttributeHasATest() {
        #expect(ComposePage.rowsWithoutATest == [])
    }

    @Test func everyAttributeIsListed() {
        let page = ComposePage.text()
        for key in AttributeCatalogue.service + AttributeCatalogue.project {
            #expect(page.contains("| `\(key.name)` |"), "\(key.name)")
        }
    }
}

/// The tests that show the effect of attributes: a test or suite has a line `/// Attributes: ` with their names, each in
/// backticks, in its doc comment.
private enum AttributeTests {
    /// The names of the tests, such as `LimitTests.theCgroupHasThem`, by attribute. Those of other targets than
    /// `ScenarioTests` begin with the target and come last.
    static let byAttribute: [String: [String]] = {
        var found: [String: [String]] = [:]
        let directory = TestSupport.Fixture.checkout + "Tests"
        let files = (FileManager.default.subpaths(atPath: directory) ?? []).filter { $0.hasSuffix(".swift") }.sorted()
        let scenarios = files.filter { $0.hasPrefix("ScenarioTests/") }
        for file in scenarios + files.filter({ !$0.hasPrefix("ScenarioTests/") }) {
            let target = file.prefix { $0 != "/" }
            let place = target == "ScenarioTests" ? "" : "\(target)."
            for (attributes, test) in marks(in: Corpus.text("\(directory)/\(file)") ?? "") {
                for attribute in attributes { found[attribute, default: []].append(place + test) }
            }
        }
        return found
    }()

    private static func marks(in text: String) -> [(attributes: [String], test: String)] {
        // Most files have none, and a regular expression for each of their lines takes long.
        guard text.contains(mark) else { return [] }
        var marks: [(attributes: [String], test: String)] = []
        var suite = ""
        var attributes: [String] = []
        for line in text.split(separator: "\n") {
            let words = line.drop { $0 == " " }
            if words.hasPrefix(mark) {
                attributes += words.matches(of: /`([^`]+)`/).map { String($0.1) }
            } else if words.contains("struct "), let declaration = words.firstMatch(of: /struct (\w+Tests)\b/) {
                suite = String(declaration.1)
                if !attributes.isEmpty { marks.append((attributes, suite)) }
                attributes = []
            } else if !attributes.isEmpty, let declaration = words.firstMatch(of: /func (\w+)\(/) {
                marks.append((attributes, "\(suite).\(declaration.1)"))
                attributes = []
            }
        }
        return marks
    }

    private static let mark = "/// Attributes: "
}

/// The page about the attributes of the Compose Specification, written from the tables.
private enum ComposePage {
    static func text() -> String {
        let project = AttributeCatalogue.project.filter { $0.name != "services" }
        return """
            # Attributes of the Compose Specification

            What Trice does with each attribute of a Compose file or an Envfile, from which version on, and which
            tests show its effect: those of `Tests/ScenarioTests` by their suite, others by their target. An attribute
            that is not applied is read, checked and shown by `trice config`, and a warning names it. A key inside an
            attribute is listed only where it matters on its own.

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

            \(ComposeBehaviours.section)

            """
    }

    /// The rows of attributes that are applied and that no test is marked with.
    static var rowsWithoutATest: [String] {
        text().split(separator: "\n").filter { $0.hasSuffix("|  |") && !$0.contains("| — |") }.map(String.init)
    }

    private static let service = AttributeKey(name: "services", effect: .parts, since: "0.1") { .none }

    private static func table(_ keys: [AttributeKey]) -> String {
        let rows = keys.sorted { $0.name < $1.name }.flatMap { Self.rows(of: $0, in: "", inherited: .parts) }
        return (["| attribute | what it does | since | shown by |", "|---|---|---|---|"] + rows).joined(separator: "\n")
    }

    private static func rows(of key: AttributeKey, in place: String, inherited: AttributeEffect) -> [String] {
        let path = place + key.name
        let effect = key.effect ?? inherited
        let isApplied = if case .none = effect { false } else { true }
        let tests = (AttributeTests.byAttribute[path] ?? []).map { "`\($0)`" }.joined(separator: ", ")
        let row = "| `\(path)` | \(words(for: effect)) | \(isApplied ? key.since : "—") | \(tests) |"
        // What is inside an attribute that is not applied is not applied either.
        if !isApplied { return [row] }
        let inner: String
        if case .entries = key.nested { inner = path + ".*." } else { inner = path + "." }
        return [row] + key.ownKeys.flatMap { rows(of: $0, in: inner, inherited: effect) }
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
