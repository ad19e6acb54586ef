import Diagnostics
import FoundationEssentials
import Testing

@testable import Envfile

@Suite(.timeLimit(.minutes(2))) struct DiagnosticTests {
    @Test func rendersLikeACompiler() {
        let text = "services:\n  web:\n    image: x\n    port:\n      - 80\n"
        #expect(
            Fixture().all(text).map { $0.text(relativeTo: "/srv/shop") } == [
                """
                Envfile:4:5: error: unknown key `port` in services.web
                  4 |     port:
                    |     ^~~~
                  did you mean `ports`?
                """
            ])
        #expect(Fixture().all(text).first?.text().hasPrefix("/srv/shop/Envfile:4:5: ") == true)
    }

    @Test func markersFollowTabsAndWideLines() {
        var diagnostic = Diagnostic(
            severity: .warning, file: "f", line: 120, column: 4, length: 2, message: "m", sourceLine: "a\tbcd")
        #expect(diagnostic.text() == "f:120:4: warning: m\n  120 | a\tbcd\n      |  \t ^~")
        diagnostic.sourceLine = String(repeating: "x", count: 5000)
        diagnostic.column = 3000
        let lines = diagnostic.text().split(separator: "\n")
        #expect(lines.map(\.count).max() ?? 0 < 140)
        #expect(lines.last?.hasSuffix(" ^~") == true)
    }

    @Test func controlCharactersDoNotReachTheTerminal() {
        let diagnostic = Diagnostic(
            severity: .error, file: "f\u{1B}", line: 1, column: 1, message: "a\u{1B}[31mb", hint: "\u{9B}x",
            sourceLine: "\u{7}")
        let text = diagnostic.text()
        #expect(
            text.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value)) })
    }

    @Test func isCodable() throws {
        let all = Fixture().all("services: { web: { image: x, port: [], ports: 5 } }")
        #expect(all.count == 2)
        let data = try JSONEncoder().encode(all)
        #expect(try JSONDecoder().decode([Diagnostic].self, from: data) == all)
    }

    @Test(arguments: [
        ("port", "ports"), ("prots", "ports"), ("enviroment", "environment"), ("depend_on", "depends_on"),
        ("Image", "image"),
        ("zzzzzz", nil), ("x", nil), ("", nil),
    ])
    func suggestions(name: String, expected: String?) {
        #expect(Suggestion.nearest(to: name, in: ServiceDraft.knownKeys) == expected)
    }

    @Test func theErrorSumsUp() {
        let error = #expect(throws: EnvfileError.self) {
            try Fixture().load("services: { a: { imag: x }, b: { image: 5 } }")
        }
        #expect(error?.code == .invalid)
        #expect(error?.message == "/srv/shop/Envfile has 3 errors.")
        #expect(error?.diagnostics.count == 3)
    }
}
