import Testing

@testable import Execution

/// What tells that a step has asked its user.
@Suite(.timeLimit(.minutes(1))) struct UnansweredQuestionTests {
    @Test(arguments: [
        "sh: can't open '/dev/tty': No such device or address", "the input device is not a TTY, not a tty",
        "stty: standard input: Inappropriate ioctl for device",
    ]) func aTerminalIsMissing(_ line: String) {
        #expect(
            UnansweredQuestion.words(of: ["begun", line])?.hasPrefix("it wants a terminal, and a step has no") == true)
    }

    @Test(arguments: ["Do you want to continue? [Y/n] Abort.", "Really (yes/no)?"])
    func anAnswerIsMissing(_ line: String) {
        #expect(UnansweredQuestion.words(of: [line])?.hasPrefix("it asks a question, and a step has no") == true)
    }

    @Test func allElseIsNoQuestion() {
        #expect(UnansweredQuestion.words(of: []) == nil)
        #expect(UnansweredQuestion.words(of: ["E: Unable to locate package maek"]) == nil)
    }
}
