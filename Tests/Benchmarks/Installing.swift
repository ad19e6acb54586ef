import Foundation
import TestSupport

/// From the Debian package to the first page in a fresh Debian root; prints the table.
///
/// What apt fetches is a matter of the network, and is shown apart.
/// - Returns: Its rows.
func measureInstalling(rounds: Int) throws -> [Row] {
    var parts: [String: Samples] = [:]
    let images = ProcessInfo.processInfo.environment["TRICE_BENCH_IMAGES"].flatMap { $0.isEmpty ? nil : $0 }
    let programs = Fixture.binary.map { URL(filePath: $0).deletingLastPathComponent().path(percentEncoded: false) }
    guard let programs else { throw TestError("there is no trice to measure: run `make build`, or set TRICE_BINARY") }
    for _ in 0..<rounds {
        let script = Command(
            "\(Fixture.checkout).packaging/first-page", ["--bin", programs],
            environment: ProcessInfo.processInfo.environment.merging(
                images.map { ["TRICE_FRESH_ROOT": "\($0)/fresh-root.tar"] } ?? [:]
            ) { $1 })
        let output = try script.run(timeout: .seconds(900))
        guard output.succeeded else { throw TestError(output.description) }
        for line in output.standardOutput.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, let milliseconds = Int(words[1]) else { continue }
            parts[String(words[0]), default: Samples()].add(.milliseconds(milliseconds))
        }
    }
    let named = [
        ("network", "apt fetches dependencies"), ("install", "apt installs the package and all of them"),
        ("init", "trice init"), ("up", "trice up"), ("page", "the first page"),
        ("total", "from nothing to a page, without the network"),
    ]
    let rows = try named.map { key, name in
        guard let samples = parts[key] else { throw TestError(".packaging/first-page did not print `\(key)`") }
        return Row(name: name, samples: samples, bar: key == "total" ? .milliseconds(60_000) : .none)
    }
    print(
        """
        From the Debian package to the page of `trice init; trice up` in a fresh Debian root.
        Median of \(rounds) rounds (lowest–highest).

        """)
    print(table([["", "trice", "", "", "bar", ""]] + rows.map(\.cells)))
    return rows
}
