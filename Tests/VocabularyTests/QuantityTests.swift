import FoundationEssentials
import Testing
import Vocabulary

@Suite(.timeLimit(.minutes(1))) struct QuantityTests {
    @Test(
        arguments: [
            ("64m", 64 << 20), ("1gb", 1 << 30), ("65536", 65536), ("1.5k", 1536), ("2 KiB", 2048), ("", nil),
            ("m", nil), ("-1", nil), ("1q", nil), ("99999999999t", nil), ("1e400", nil),
        ] as [(String, UInt64?)])
    func sizes(text: String, expected: UInt64?) throws {
        #expect(ByteCount(parsing: text)?.rawValue == expected)
        if let size = ByteCount(parsing: text) { #expect(try ByteCount(size.description) == size) }
    }

    @Test(
        arguments: [
            (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1049, "1.0 kB"), (9949, "9.9 kB"), (9951, "10 kB"),
            (999_499, "999 kB"), (999_500, "1.0 MB"), (12_345_678, "12 MB"), (Int64.max, "9.2 EB"), (-1500, "-1.5 kB"),
        ] as [(Int64, String)])
    func sizesForTables(bytes: Int64, text: String) {
        #expect(ByteCount.text(bytes) == text)
    }

    @Test(arguments: [
        ("10s", Duration.seconds(10)), ("1m30s", .seconds(90)), ("500ms", .milliseconds(500)), ("1.5h", .seconds(5400)),
        ("1h1m1s1ms", .milliseconds(3_661_001)), ("0", .zero), ("2us", .microseconds(2)), (".5s", .milliseconds(500)),
        ("1d", .seconds(86400)),
    ])
    func durations(text: String, expected: Duration) throws {
        #expect(try Duration(composeText: text) == expected)
        #expect(try Duration(composeText: expected.composeText) == expected)
    }

    @Test func durationsAsGoWritesThem() {
        #expect(Duration.zero.composeText == "0s")
        #expect(Duration.seconds(3600).composeText == "1h0m0s")
        #expect(Duration.microseconds(1500).composeText == "1.5ms")
        #expect(Duration.nanoseconds(1500).composeText == "1.5µs")
        #expect(Duration.milliseconds(90_500).composeText == "1m30.5s")
    }

    @Test(arguments: ["", "10", "s", "-1s", "1x", "1 s", "1.2.3s", ".s", "99999999999h", "1s2"])
    func wrongDurations(text: String) {
        let error = #expect(throws: InvalidValue.self) { try Duration(composeText: text) }
        #expect(error?.value == text)
    }

    @Test(arguments: [
        ("SIGTERM", "SIGTERM", 15), ("term", "SIGTERM", 15), ("15", "SIGTERM", 15), ("SIGRTMIN+3", "SIGRTMIN+3", 37),
        ("37", "SIGRTMIN+3", 37), ("RTMAX-30", "SIGRTMIN", 34), ("RTMAX", "SIGRTMIN+30", 64), ("POLL", "SIGIO", 29),
        ("iot", "SIGABRT", 6), ("CLD", "SIGCHLD", 17), ("SIGSYS", "SIGSYS", 31),
    ])
    func signals(text: String, name: String, number: Int32) throws {
        let signal = try Signal(text)
        #expect(signal.description == name && signal.number == number)
        #expect(try Signal(name) == signal)
    }

    @Test(arguments: ["SIGTREM", "0", "32", "33", "65", "99", "-9", "RTMIN+31", "SIG", ""])
    func wrongSignals(text: String) {
        #expect(throws: InvalidValue.self) { try Signal(text) }
    }

    @Test(arguments: [
        (Duration.zero, 0, 0), (.microseconds(1999), 1, 1_999_000), (.seconds(90), 90_000, 90_000_000_000),
        (.microseconds(-1999), -1, -1_999_000), (.seconds(Int64.max), .max, .max), (.seconds(Int64.min), .min, .min),
    ])
    func wholeUnits(duration: Duration, milliseconds: Int, nanoseconds: Int64) {
        #expect(duration.milliseconds == milliseconds && duration.nanoseconds == nanoseconds)
    }

    @Test func healthChecks() throws {
        #expect(try HealthCheck.Test.parse([]) == nil)
        #expect(try HealthCheck.Test.parse(["NONE"]) == .off)
        #expect(try HealthCheck.Test.parse(["CMD", "a", "b"]) == .command(["a", "b"]))
        #expect(try HealthCheck.Test.parse(["CMD-SHELL", "a b"])?.words == ["CMD-SHELL", "a b"])
        #expect(throws: InvalidValue.self) { try HealthCheck.Test.parse(["curl"]) }
        let check = HealthCheck(test: .shell(["true"]), interval: .milliseconds(1500), retries: 2)
        #expect(try JSONDecoder().decode(HealthCheck.self, from: JSONEncoder().encode(check)) == check)
    }
}
