import Testing

@testable import Export

@Suite(.timeLimit(.minutes(1))) struct EscapeTests {
    /// What Kubernetes makes of a text without any variables: `$$` is `$`, `$(NAME)` is left as it is.
    private static func expanded(_ text: String) -> String {
        var result = ""
        var rest = Array(text)[...]
        while let next = rest.popFirst() {
            if next == "$", rest.first == "$" { rest.removeFirst() }
            result.append(next)
        }
        return result
    }

    @Test(arguments: ["$(HOME)", "$$", "$$$", "$$(A)$", "a$b", "$", "", "${A}", "echo $$ $(date) $$(x)"])
    func aTextMeansItself(_ text: String) {
        let escaped = VariableEscape.escaped(text)
        #expect(Self.expanded(escaped) == text)
        #expect(!escaped.replacing("$$", with: "").contains("$("))
    }

    @Test(arguments: [
        ("my_db", "my-db"), ("Web.App", "web-app"), ("2048", "x-2048"), ("-a-", "a"), ("ä", "x"), ("a__b", "a-b"),
    ])
    func namesAreLabels(_ name: String, _ label: String) {
        #expect(DNSLabel.make(name) == label)
    }

    @Test func longNamesAreCutAndStayApart() {
        let (first, second) = (String(repeating: "a", count: 80), String(repeating: "a", count: 81))
        #expect(DNSLabel.make(first).utf8.count == 63)
        #expect(DNSLabel.make(first) != DNSLabel.make(second))
        #expect(DNSLabel.make(first, limit: 52).utf8.count == 52)
    }

    @Test(arguments: [
        ("0 3 * * 7", "0 3 * * 0"), ("0 3 * * 5-7", "0 3 * * 5,6,0"), ("@daily", "@daily"),
        ("*/5 * * * 1-5", "*/5 * * * 1-5"),
    ])
    func sundayIsZero(_ text: String, _ expected: String) {
        #expect(CronText.forKubernetes(text) == expected)
    }

    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")])
    func base64(_ text: String, _ expected: String) { #expect(Base64.text(Array(text.utf8)) == expected) }

    @Test func keysOfFilesStayApart() {
        let keys = DataKey.keys(of: ["a/b", "a_b", "..x", "é"])
        #expect(Set(keys.values).count == 4)
        #expect(keys["a/b"] == "a_b" && keys["..x"] == "_x")
    }

    @Test(arguments: [
        ("services.web.volumes", true), ("services.*.volumes", true), ("services.web", true),
        ("services.web.volumes[/srv/a.d]", true), ("services.web.volumes./srv/a.d", true),
        ("services.db.volumes", false), ("services.web.volumes[/srv/b]", false),
    ])
    func patterns(_ text: String, _ covers: Bool) {
        let key = ConfigurationKey("services", "web").key("volumes").item("/srv/a.d")
        #expect(KeyPattern(text).covers(key) == covers)
    }
}
