import Testing

@testable import Workspaces

@Suite(.timeLimit(.minutes(1))) struct SSHIncludeTests {
    private let include = SSHInclude(directory: "/home/me/.ssh/trice")

    @Test(arguments: ["", "Host a\n  User b\n", "# a comment without a line end"])
    func theLineIsTheFirstAndGoesWithoutATrace(text: String) {
        let added = include.added(to: text)
        #expect(added == "# BEGIN trice\nInclude \"/home/me/.ssh/trice/*/config\"\n# END trice\n" + text)
        #expect(include.added(to: added) == added)
        #expect(include.removed(from: added) == text)
        #expect(include.removed(from: text) == text)
    }

    @Test func aLineThatAUserHasMovedIsPutFirstAgain() {
        let moved = "Host a\n# BEGIN trice\nInclude old\n# END trice\n  User b\n"
        #expect(include.added(to: moved) == include.added(to: "Host a\n  User b\n"))
    }

    @Test func aBlockWithoutItsEndIsLeftAlone() {
        let text = "# BEGIN trice\nHost a\n"
        #expect(include.removed(from: text) == text)
    }
}
