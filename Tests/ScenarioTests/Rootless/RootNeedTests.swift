import Foundation
import TestSupport
import Testing

/// The page says which tests a user cannot run, and why.
@Suite(.timeLimit(.minutes(1))) struct RootNeedTests {
    private static let page = Fixture.checkout + "docs/rootless.md"
    private static let heading = "| only root | tests |\n|---|---|\n"

    /// The tests of each reason, as in their sources.
    private static func tests() throws -> [RootNeed: [String]] {
        let directory = Fixture.checkout + "Tests/ScenarioTests"
        let files = FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? []
        var found: [RootNeed: [String]] = [:]
        for file in files.filter({ $0.hasSuffix("Tests.swift") }).sorted() {
            let text = try String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8)
            let suite = text.firstMatch(of: /struct ([A-Za-z]+Tests)/).map { String($0.1) } ?? file
            for match in text.matches(
                of: /(?s)\.needsRoot\(\.([A-Za-z]+)\).*?(?:func ([A-Za-z]+)|struct [A-Za-z]+Tests)/)
            {
                let need = try #require(RootNeed(rawValue: String(match.1)), "\(file): \(match.1)")
                found[need, default: []].append(match.2.map { "\(suite).\($0)" } ?? suite)
            }
        }
        return found
    }

    @Test func thePageHasTheTestsThatAUserCannotRun() throws {
        let tests = try Self.tests()
        #expect(Set(tests.keys) == Set(RootNeed.allCases), "a reason without a test")
        let rows = RootNeed.allCases.map { need in
            "| \(need.reason) | \((tests[need] ?? []).sorted().map { "`\($0)`" }.joined(separator: ", ")) |\n"
        }
        let table = Self.heading + rows.joined()
        let text = try String(contentsOfFile: Self.page, encoding: .utf8)
        let begin = try #require(text.range(of: Self.heading)?.lowerBound)
        // Without the end of its last line.
        let end = text[begin...].range(of: "\n\n")?.lowerBound ?? text.index(before: text.endIndex)
        let shown = String(text[begin..<end]) + "\n"
        if ProcessInfo.processInfo.environment["TRICE_UPDATE"] != nil {
            let rest = text[end...].drop { $0 == "\n" }
            try Data((text[..<begin] + table + (rest.isEmpty ? "" : "\n") + rest).utf8).write(
                to: URL(filePath: Self.page))
        } else {
            #expect(shown == table, "TRICE_UPDATE=1 writes the table of docs/rootless.md again")
        }
    }
}
