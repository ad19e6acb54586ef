// trice-bench [--rounds N] [--only PART] [--enforce]
//
// The parts are services, networks, supervision, shells, images, builds, watch, seeds, installing and snapshots.
//
// Measures Trice with ten services against what the bare OCI runtime takes for ten containers, with images against what
// bsdtar takes for their files and others for the same work, and with builds against others who build the same; ports, names
// and the care for containers against the same without Trice; in turns and in one run, and says whether the bars are met. With --enforce a missed bar is a failure. Needs root, TRICE_BINARY
// and, once for the images, Debian's mirror.

import Foundation
import TestSupport

func complain(_ text: String, code: Int32) -> Never {
    FileHandle.standardError.write(Data((text + "\n").utf8))
    exit(code)
}

enum Part: String, CaseIterable {
    case services, networks, supervision, shells, images, builds, watch, seeds, installing, snapshots, rootless
}

// Peers of what is measured are this program in another network namespace.
do {
    if let code = try Peer.run(Array(CommandLine.arguments.dropFirst())) { exit(code) }
} catch {
    complain("trice-bench: \(error)", code: 1)
}

let usage =
    "usage: trice-bench [--rounds N] [--only \(Part.allCases.map(\.rawValue).joined(separator: "|"))] [--enforce]"
var rounds = 9
var parts = Part.allCases
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
    case "--only":
        guard let part = arguments.popFirst().flatMap({ Part(rawValue: $0) }) else { complain(usage, code: 64) }
        parts = [part]
    default: complain(usage, code: 64)
    }
}

/// - Returns: Whether all bars are met.
func run(_ fixture: Fixture, rounds: Int, _ parts: [Part]) throws -> Bool {
    var rows: [Row] = []
    for part in parts {
        if !rows.isEmpty { print("") }
        switch part {
        case .services: rows += try measureServices(fixture, rounds: rounds)
        case .networks: rows += try measureNetworks(fixture, rounds: rounds)
        case .supervision: rows += try measureSupervision(fixture, rounds: rounds)
        case .shells: rows += try measureShells(fixture, rounds: rounds)
        case .images: rows += try measureImages(fixture, rounds: rounds)
        case .builds: rows += try measureBuilds(fixture, rounds: rounds)
        case .watch: rows += try measureWatch(fixture, rounds: rounds)
        case .seeds: rows += try measureSeeds(fixture, rounds: rounds)
        // A round takes half a minute.
        case .snapshots: rows += try measureSnapshots(fixture, rounds: min(rounds, 5))
        case .rootless: rows += try measureRootless(fixture, rounds: min(rounds, 5))
        case .installing: rows += try measureInstalling(rounds: min(rounds, 3))
        }
    }
    let missed = rows.filter { $0.passes == false }.map(\.name)
    print(missed.isEmpty ? "\nAll bars are met." : "\nMissed: \(missed.joined(separator: ", ")).")
    return missed.isEmpty
}

do {
    let (rounds, parts) = (rounds, parts)
    let isFast = try await withFixture { try run($0, rounds: rounds, parts) }
    exit(isFast || !enforces ? 0 : 1)
} catch {
    complain("trice-bench: \(error)", code: 1)
}
