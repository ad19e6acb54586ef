import Testing

@testable import Workspaces

@Suite(.timeLimit(.minutes(1))) struct ShellWordTests {
    @Test(arguments: [
        ("plain", "plain"), ("", "''"), ("a b", "'a b'"), ("it's", #"'it'\''s'"#), ("$x", "'$x'"),
        ("a=b,c:d/e@f%+", "a=b,c:d/e@f%+"),
        ("a\nb", "'a\nb'"),
    ])
    func aWordIsQuotedWhereAShellNeedsIt(word: String, quoted: String) {
        #expect(ShellWord.quoted(word) == quoted)
    }
}
