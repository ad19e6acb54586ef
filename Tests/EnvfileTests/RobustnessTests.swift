import Testing

@testable import Envfile

/// Damaged input gives diagnostics, never a trap.
@Suite struct RobustnessTests {
    /// xorshift64, so that a failure comes back.
    private struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    private static let seedText = """
        name: shop
        x-base: &base { restart: always, labels: [a=b], <<: { user: "1:1" } }
        services:
          web:
            <<: *base
            image: ${IMAGE:-bootstrap:busybox}
            command: sh -c 'exec "a b"'
            ports: ["8080:80", "[::1]:81-82:81-82/udp", { target: 5, published: "1-2" }]
            volumes: [data:/data:ro, ./src:/src, { type: tmpfs, target: /t, tmpfs: { size: 1.5m, mode: "0755" } }]
            environment: { A: $B, C: "${D:+x${E}}" }
            depends_on: { db: { condition: service_healthy } }
            stop_grace_period: 1m30s
          db: { image: ü, tmpfs: "/run:size=64m", stop_signal: RTMIN+3 }
        volumes: { data: }

        """

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func damagedFiles(seed: UInt64) {
        var random = Random(state: seed &* 0x9E37_79B9_7F4A_7C15)
        let original = Array(Self.seedText.utf8)
        let interesting = Array("\n\t :-[]{}&*!|>'\"%@$#,?~<0987/.=\\\u{1}ü\u{2028}".utf8) + [0xFF, 0xC2, 0]
        var outcomes = (loaded: 0, refused: 0)
        for _ in 0..<150 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes.remove(at: index)
                case 1: bytes.insert(interesting.randomElement(using: &random) ?? 0, at: index)
                case 2: bytes[index] = interesting.randomElement(using: &random) ?? 0
                default:
                    let end = min(bytes.count, index + 12)
                    bytes.insert(contentsOf: bytes[index..<end], at: Int.random(in: bytes.indices, using: &random))
                }
            }
            do throws(EnvfileError) {
                let loaded = try Fixture().load(bytes: bytes)
                #expect(!loaded.environment.services.isEmpty)
                outcomes.loaded += 1
            } catch {
                #expect(error.diagnostics.contains { $0.severity == .error })
                #expect(error.diagnostics.allSatisfy { $0.line >= 1 && $0.column >= 1 && !$0.text().isEmpty })
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
