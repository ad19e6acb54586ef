// trice-chaos [commands|supervisor] [KILLS [SEED]]
//
// Kills processes of Trice at random moments of its commands (300 kills by default), or the supervisor at random moments
// (100 by default), and says what the next commands could not repair and what was lost. Needs root and TRICE_BINARY. The
// exit code is 1 when anything was flagged.

import Chaos
import Foundation
import TestSupport

var words = CommandLine.arguments.dropFirst()
let isOfSupervisor = words.first == "supervisor"
if isOfSupervisor || words.first == "commands" { words.removeFirst() }
let numbers = words.map { UInt64($0) }
guard numbers.count <= 2, !numbers.contains(nil) else {
    FileHandle.standardError.write(Data("usage: trice-chaos [commands|supervisor] [KILLS [SEED]]\n".utf8))
    exit(64)
}
let kills = Int(numbers.first.flatMap { $0 } ?? (isOfSupervisor ? 100 : 300))
let seed = numbers.dropFirst().first.flatMap { $0 } ?? UInt64.random(in: 1..<1_000_000)
print("\(kills) kills, seed \(seed)")
let report = try await withFixture { fixture in
    if isOfSupervisor { return try SupervisorCampaign(kills: kills, seed: seed).run(fixture) { print($0) } }
    return try Campaign(kills: kills, seed: seed).run(fixture) { print($0) }
}
for (victim, count) in report.victims.sorted(by: { $0.key < $1.key }) { print("  \(victim)\t\(count)") }
for flag in report.flags { print("FLAG \(flag)") }
print("\(report.kills) kills, \(report.flags.count) flags")
exit(report.flags.isEmpty && report.kills == kills ? 0 : 1)
