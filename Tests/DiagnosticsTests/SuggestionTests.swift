import Testing

@testable import Diagnostics

@Suite(.timeLimit(.minutes(2))) struct SuggestionTests {
    private static let names = ["COPY", "RUN", "HEALTHCHECK", "ports", "image", "größe"]

    @Test(arguments: [
        ("cpoy", "COPY"), ("RUNN", "RUN"), ("prots", "ports"), ("Image", "image"), ("grosse", "größe"),
        ("helthcheck", "HEALTHCHECK"), ("zzzzzz", nil), ("x", nil), ("ab", nil), ("", nil),
    ])
    func nearest(name: String, expected: String?) {
        #expect(Suggestion.nearest(to: name, in: Self.names) == expected)
    }

    @Test func tiesGoByAlphabet() {
        #expect(Suggestion.nearest(to: "bat", in: ["cat", "hat", "bar"]) == "bar")
        #expect(Suggestion.hint(for: "bat", in: ["hat", "cat"]) == "did you mean `cat`?")
        #expect(Suggestion.hint(for: "bat", in: ["house"]) == nil)
    }

    @Test func aSwapGoesBeforeALetterTooMany() {
        #expect(Suggestion.nearest(to: "stauts", in: ["stats", "status"]) == "status")
    }

    @Test func theLimitCanBeSet() {
        #expect(Suggestion.nearest(to: "bokworn", in: ["bookworm"], within: 1) == nil)
        #expect(Suggestion.nearest(to: "bokworn", in: ["bookworm"], within: 2) == "bookworm")
        #expect(Suggestion.nearest(to: "abc", in: ["xyz"], within: 9) == nil)
    }

    @Test(arguments: [("HEALTH", "HEALTHCHECK"), ("hea", "HEALTHCHECK"), ("he", nil), ("port", "ports"), ("orts", nil)])
    func completion(name: String, expected: String?) {
        #expect(Suggestion.completion(of: name, in: Self.names) == expected)
    }

    @Test func editDistance() {
        let pairs = [
            ("", ""), ("", "abc"), ("abc", "abc"), ("abc", "acb"), ("kitten", "sitting"), ("ab", "ba"), ("ü", "u"),
        ]
        let distances = pairs.map { Suggestion.distance(Array($0.unicodeScalars), Array($1.unicodeScalars)) }
        #expect(distances == [0, 3, 0, 1, 3, 1, 1])
    }
}
