// trice-bench [--rounds N] [--enforce]
//
// Measures Trice with ten services against what the bare OCI runtime takes for ten containers, in turns and in one
// run, and says whether the bars are met. With --enforce a missed bar is a failure. Needs root and TRICE_BINARY.

import Foundation
import TestSupport

func complain(_ text: String, code: Int32) -> Never {
    FileHandle.standardError.write(Data((text + "\n").utf8))
    exit(code)
}

var rounds = 9
var enforces = false
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
    switch argument {
    case "--enforce": enforces = true
    case "--rounds":
        guard let number = arguments.popFirst().flatMap({ Int($0) }), number > 0 else {
            complain("trice-bench: --rounds takes a number from 1 on", code: 64)
        }
        rounds = number
    default: complain("usage: trice-bench [--rounds N] [--enforce]", code: 64)
    }
}

/// - Returns: Whether all bars are met.
func run(_ fixture: Fixture, rounds: Int) throws -> Bool {
    let repeats = 3
    let trice = try Contestant(fixture: fixture)
    let floor = try Floor(fixture: fixture, usesCgroups: trice.usesCgroups)
    let loading = try Loading(fixture: fixture)
    for number in 0..<rounds {
        // In turns, each as often first as second: what drifts, drifts for both.
        if number.isMultiple(of: 2) { try floor.round() }
        try trice.round(repeats: repeats)
        try loading.round()
        if !number.isMultiple(of: 2) { try floor.round() }
    }
    let rows =
        [
            Row(name: "up", samples: trice.up, bar: .ratio(2.5, to: floor.up)),
            Row(name: "down", samples: trice.down, bar: .ratio(2.5, to: floor.down)),
            Row(name: "ssh SERVICE true", samples: trice.ssh, bar: .ratio(1.6, to: trice.exec)),
            Row(name: "up, nothing to do", samples: trice.upAgain, bar: .milliseconds(25)),
            Row(name: "status", samples: trice.status, bar: .milliseconds(25)),
            Row(name: "supervisor's memory", samples: trice.memory, bar: .megabytes(25)),
        ] + loading.rows
    print(
        """
        \(serviceCount) services of bootstrap:busybox with one published port each, images in the store.
        Median of \(rounds) rounds (lowest–highest). The floor: \(serviceCount) × `crun run --detach` and
        `crun delete -f` two at a time, with bundles, root file systems and network namespaces prepared, and \
        `crun exec` in the same container\(trice.usesCgroups ? "" : "; no cgroups on either side").

        """)
    print(table([["", "trice", "floor", "ratio", "bar", ""]] + rows.map(\.cells)))

    let others = Other.measureAll(fixture: fixture, rounds: 3)
    print("")
    if !others.results.isEmpty {
        let lines = others.results.map { [$0.name, $0.up.text, $0.exec.text, $0.down.text] }
        print(table([["", "up", "exec", "down"]] + lines))
    }
    for remark in others.remarks { print(remark) }

    let missed = rows.filter { $0.passes == false }.map(\.name)
    print(missed.isEmpty ? "\nAll bars are met." : "\nMissed: \(missed.joined(separator: ", ")).")
    return missed.isEmpty
}

do {
    let rounds = rounds
    let isFast = try await withFixture { try run($0, rounds: rounds) }
    exit(isFast || !enforces ? 0 : 1)
} catch {
    complain("trice-bench: \(error)", code: 1)
}
