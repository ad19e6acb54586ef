import Testing

@testable import Builder

@Suite("Lines of output", .timeLimit(.minutes(5)))
struct OutputLineTests {
    private func split(_ pieces: [String]) -> [OutputLine] {
        var splitter = LineSplitter(.standardOutput)
        return pieces.flatMap { splitter.take(Array($0.utf8)) } + splitter.finish()
    }

    @Test(
        "pieces of any length give the same lines",
        arguments: [
            (["a\nb\n"], ["a", "b"], true), (["a", "\n", "b", "\n"], ["a", "b"], true), (["a\n\n"], ["a", ""], true),
            (["a\nb"], ["a", "b"], false), ([""], [], true), (["\r\n"], ["\r"], true),
            (["é".description], ["é"], false),
        ])
    func lines(pieces: [String], texts: [String], isEnded: Bool) {
        let lines = split(pieces)
        #expect(lines.map(\.text) == texts)
        #expect(lines.last?.endsLine ?? true == isEnded)
        #expect(lines.dropLast().allSatisfy { $0.endsLine })
    }

    @Test("a line without an end comes in parts")
    func long() {
        let piece = String(repeating: "x", count: 40_000)
        let lines = split([piece, piece, piece, "\n"])
        #expect(lines.map { $0.bytes.count } == [80_000, 40_000] && lines.map { $0.endsLine } == [false, true])
    }

    @Test("the last lines, as they look on a terminal")
    func lastLines() {
        var last = LastLines()
        for number in 1...30 { last.add(OutputLine(stream: .standardError, bytes: Array("\(number)".utf8))) }
        last.add(OutputLine(stream: .standardOutput, bytes: Array("1%\r50%\r100%".utf8), endsLine: false))
        #expect(last.lines.count == 20)
        let text = LastLines.text(last.lines)
        #expect(text.hasPrefix("\n    12\n") && text.hasSuffix("\n    30\n    100%"))
        let long = OutputLine(stream: .standardOutput, bytes: [UInt8](repeating: 0x78, count: 5000))
        #expect(LastLines.text([long]).count == 506)
    }
}
