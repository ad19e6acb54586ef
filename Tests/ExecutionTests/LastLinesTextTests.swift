import Testing

@testable import Execution

/// The last lines of a service at the end of an error.
@Suite(.timeLimit(.minutes(1))) struct LastLinesTextTests {
    @Test func aTabIsSpacesAndNothingSteersTheTerminal() {
        #expect(["\t-p PORT\tLocal port"].toldAtLast == " It wrote at last:\n      -p PORT    Local port")
        #expect(["a\u{1b}[31mb"].toldAtLast == " It wrote at last:\n  a\\u{1b}[31mb")
        #expect(["one", "two"].toldAtLast == " It wrote at last:\n  one\n  two")
    }
}
