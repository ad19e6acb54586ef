import Glibc
import TestSupport
import Testing

@testable import Envfile

/// Damaged input gives diagnostics, never a trap.
@Suite(.timeLimit(.minutes(5))) struct RobustnessTests {
    /// Longer than any input may take, with the slowest of machines in mind.
    private static let longest = Duration.seconds(10)

    @Test(
        .enabled("takes a minute") { try Requirement.met(.time) }, arguments: FuzzTarget.allCases, [1, 2] as [UInt64])
    func damagedInput(target: FuzzTarget, seed: UInt64) {
        let clock = ContinuousClock()
        var slowest = Duration.zero
        Memory.resetPeak()
        let memory = Memory.peak
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
        #expect(Memory.peak - memory < 128 << 20)
    }

    @Test func everyTargetIsCounted() {
        #expect(FuzzTarget.allCases.reduce(0) { $0 + $1.count } == 200_000)
    }

    @Test func damageIsNoticedAndNotAlways() {
        var outcomes = (loaded: 0, refused: 0)
        var mutator = FuzzTarget.mutator(seed: 7)
        for _ in 0..<300 {
            do throws(EnvfileError) {
                let loaded = try Fixture().load(bytes: mutator.damaged([FuzzCorpus.files[0]]))
                #expect(!loaded.environment.services.isEmpty)
                outcomes.loaded += 1
            } catch {
                outcomes.refused += 1
            }
        }
        // Damage that is never or always noticed would mean that the test does not test.
        #expect(outcomes.loaded > 0 && outcomes.refused > 0)
    }

    @Test(arguments: ["$", "${", "${A:-", "'", "\"", "\\", "\"\\", "export", "A=\"\\", "=\n=", "A", "A='\\"])
    func shortTexts(text: String) {
        let report = DiagnosticCollector()
        _ = DotEnv.variables(in: SourceFile(path: ".env", bytes: Array(text.utf8)), process: [:], report: report)
        _ = try? Template(parsing: text)  // The result is not the point; a trap would be.
        _ = try? ShellWords.split(text)  // Likewise.
        #expect(report.diagnostics.allSatisfy { $0.column >= 1 })
    }
}

/// What this process has of memory; other suites of the same run had their share before.
private enum Memory {
    /// Makes what it has now the most that it had; proc(5) clear_refs.
    static func resetPeak() {
        let file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        write(file, "5", 1)
        close(file)
    }

    /// Bytes, since the last reset; proc(5) status, VmHWM.
    static var peak: Int {
        guard case .bytes(let bytes) = FileContents.read("/proc/self/status") else { return .max }
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        guard let digits = line?.filter(\.isNumber), let count = Int(digits) else { return .max }
        return count << 10
    }
}
