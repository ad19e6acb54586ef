import Foundation
import TestSupport
import Testing

@testable import Dockerfile

/// Damaged input gives diagnostics, never a trap, and every place that is named is in the file.
@Suite(.timeLimit(.minutes(5))) struct RobustnessTests {
    /// Longer than any input may take, with the slowest of machines in mind.
    private static let longest = Duration.seconds(10)

    @Test(
        .enabled("takes a minute") { try Requirement.met(.time) }, arguments: FuzzTarget.allCases, [1, 2] as [UInt64])
    func damagedInput(target: FuzzTarget, seed: UInt64) {
        let clock = ContinuousClock()
        var slowest = Duration.zero
        for number in 0..<target.count / 2 {
            // Each input has a seed of its own, which a failure names.
            let inputSeed = seed << 32 | UInt64(number)
            var mutator = FuzzTarget.mutator(seed: inputSeed)
            let start = clock.now
            let flaw = target.check(&mutator)
            slowest = max(slowest, clock.now - start)
            if let flaw { Issue.record("\(target) with seed \(inputSeed): \(flaw)") }
        }
        #expect(slowest < Self.longest)
    }

    @Test func everyTargetIsCounted() {
        #expect(FuzzTarget.allCases.reduce(0) { $0 + $1.count } == 100_000)
    }

    /// Damage that is never or always noticed would mean that the test does not test.
    @Test func damageIsNoticedAndNotAlways() {
        var refused = 0
        var mutator = FuzzTarget.mutator(seed: 7)
        for _ in 0..<300 {
            let source = DockerfileSource(bytes: mutator.damaged(FuzzCorpus.files))
            // What it says is looked at elsewhere.
            if (try? ParsedDockerfile(parsing: source)) == nil { refused += 1 }
        }
        #expect((20...280).contains(refused))
    }

    /// Whole files of the corpus, each cut off at many places and damaged at others.
    @Test(.enabled("needs the shared corpus") { try Requirement.met(.corpus) })
    func damagedRealFiles() throws {
        let root = Requirement.corpusDirectory + "/dockerfile/testfiles/"
        let corpus = try CorpusTests.names.map { try Array(Data(contentsOf: URL(filePath: "\(root)\($0)/Dockerfile"))) }
        for number in 0..<2_000 {
            var mutator = FuzzTarget.mutator(seed: UInt64(number))
            let flaw = FuzzTarget.file(mutator.damaged(corpus))
            if let flaw { Issue.record("seed \(number): \(flaw)") }
        }
        for bytes in corpus where bytes.count < 2_000 {
            for length in stride(from: 0, to: bytes.count, by: 7) {
                if let flaw = FuzzTarget.file(Array(bytes.prefix(length))) { Issue.record("\(length) bytes: \(flaw)") }
            }
        }
    }

    @Test(arguments: [
        "$", "${", "\\", "`", "'", "\"", "<<", "<<-", "FROM", "FROM a\nRUN <<\"", "FROM a\nRUN --",
        "FROM a\nRUN --mount=\"", "#", "# escape=",
    ])
    func shortTexts(text: String) {
        #expect(FuzzTarget.file(Array(text.utf8)) == nil)
    }

    @Test func hugeFiles() throws {
        let line = "RUN " + String(repeating: "x", count: 1_000_000)
        let file = try Fixture.parse("FROM a\n\(line)\n" + String(repeating: "USER u\n", count: 20_000))
        #expect(file.stages[0].instructions.count == 20_001)
        let long = DockerfileSource(text: String(repeating: "\n", count: ParsedDockerfile.maximumLines + 1))
        let error = #expect(throws: DockerfileError.self) { try ParsedDockerfile(parsing: long) }
        #expect(error?.code == .tooLarge)
        let nested = "FROM a\nCMD " + String(repeating: "[", count: 100_000)
        #expect(try Fixture.parse(nested).stages[0].instructions.count == 1)
        #expect(Fixture.messages("FROM a\n" + String(repeating: "ONBUILD ", count: 100_000)).count == 1)
    }
}
