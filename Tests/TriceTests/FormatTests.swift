import Testing

@testable import trice

@Suite(.timeLimit(.minutes(1))) struct FormatTests {
    @Test(arguments: [
        (Duration.zero, "0 ms"), (.milliseconds(999), "999 ms"), (.milliseconds(1000), "1.0 s"),
        (.milliseconds(59_999), "59.9 s"), (.seconds(125), "2 min 5 s"),
    ])
    func elapsedTime(duration: Duration, text: String) {
        #expect(Format.elapsed(duration) == text)
    }

    @Test(arguments: [(-3, "0 seconds"), (1, "1 second"), (60, "1 minute"), (7200, "2 hours"), (86400 * 9, "9 days")])
    func age(seconds: Int64, text: String) {
        #expect(Format.age(seconds: seconds) == text)
    }

    @Test(arguments: [
        ("sha256:0123456789abcdef", "0123456789ab"), ("latest", "latest"), ("registry.lan/team/app", "n/team/app"),
    ])
    func aDigestIsShort(text: String, shown: String) {
        #expect(Format.shortDigest(text).hasSuffix(shown) && Format.shortDigest(text).count <= 14)
    }

    @Test func theShortFormOfEnteringIsRecognised() {
        #expect(ExecFastPath.parse(["ssh", "web", "ls", "-l"])?.command == ["ls", "-l"])
        #expect(ExecFastPath.parse(["exec", "web", "--", "ls"])?.command == ["ls"])
        for other in [["ssh", "web"], ["ssh", "-u", "root", "ls"], ["ssh", "web", "--"], ["up", "web", "ls"], []] {
            #expect(ExecFastPath.parse(other) == nil, "\(other)")
        }
    }
}
