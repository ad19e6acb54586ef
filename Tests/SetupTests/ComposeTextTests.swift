import Testing

@testable import Setup

@Suite(.timeLimit(.minutes(1))) struct ComposeTextTests {
    private func envfile(_ text: String, lifting: Bool = true, schema: String? = nil) -> String {
        ComposeText(text, name: "compose.yaml", schemaLine: schema).envfile(liftingExtras: lifting)
    }

    @Test func theDialectIsWrittenOnceAndTheRestStays() {
        let text = "services:\n  web: # the shop\n    image: nginx\n"
        let result = envfile(text)
        #expect(result.hasSuffix("compat: compose\n\n" + text))
        #expect(result.hasPrefix("# Made from compose.yaml by `trice init --from`."))
        #expect(envfile("compat: compose\n" + text) == "compat: compose\n" + text)
    }

    @Test func theLineForEditorsComesFirstAndReplacesAnother() {
        let result = envfile(
            "# yaml-language-server: $schema=old\nservices: {}\n", schema: "# yaml-language-server: $schema=new")
        #expect(result.hasPrefix("# yaml-language-server: $schema=new\n"))
        #expect(!result.contains("$schema=old"))
    }

    @Test func aMarkOfADocumentStaysOnTop() {
        #expect(envfile("---\nservices: {}\n").hasPrefix("---\n# Made from"))
        #expect(envfile("{ services: {} }\n").contains("{ compat: compose, services: {} }"))
    }

    @Test func extrasAreLiftedWhereTheyAreABlock() {
        let result = envfile("services:\n  web:\n    image: nginx\n    x-trice:\n      primary: true\n    tty: true\n")
        #expect(result.hasSuffix("services:\n  web:\n    image: nginx\n    primary: true\n    tty: true\n"))
        let kept = envfile("services:\n  web:\n    x-trice: { primary: true }\n")
        #expect(kept.hasSuffix("    x-trice: { primary: true }\n"))
    }

    @Test func aBlockOfTextIsLeftAlone() {
        let text = "services:\n  web:\n    command: |\n      x-trice:\n        primary: true\n"
        #expect(envfile(text).hasSuffix(text))
    }

    @Test func lineEndsOfTheFileAreKept() {
        #expect(envfile("services: {}\r\n").hasSuffix("compat: compose\r\n\r\nservices: {}\r\n"))
    }
}
