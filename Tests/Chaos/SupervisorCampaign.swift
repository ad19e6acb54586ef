import Glibc
package import TestSupport

/// Kills the supervisor at random moments, during `up` and while services run, alone or with the guard that starts it
/// again, and holds what it knows of its containers against what they have done: no container, log line, health state or
/// exit code may be lost.
package struct SupervisorCampaign: Sendable {
    private enum Moment: String, CaseIterable { case running, ending, up }

    package var kills: Int
    package var seed: UInt64

    package init(kills: Int, seed: UInt64) {
        self.kills = kills
        self.seed = seed
    }

    /// - Parameter progress: is called after each round with a line about it.
    /// - Throws: `TestError` when the environment cannot be made at all.
    package func run(
        _ fixture: Fixture, progress: (String) -> Void = { _ in }
    ) throws -> Campaign.Report {
        let before = try HostSnapshot.take()
        let scene = try SupervisorScene(fixture)
        var random = FuzzRandom(seed: seed)
        var report = Campaign.Report()
        for round in 1...max(1, kills) {
            guard let moment = Moment.allCases.randomElement(using: &random) else { continue }
            let withGuard = Int.random(in: 0..<4, using: &random) == 0
            let killed = "\(moment.rawValue): supervisor\(withGuard ? " and guard" : "")"
            let faults = try attack(scene, moment, withGuard: withGuard, &random) + scene.repair()
            report.kills += 1
            report.victims[killed, default: 0] += 1
            report.flags += faults.map { Campaign.Flag(round: round, killed: killed, fault: $0) }
            progress("\(round) \(killed)\(faults.isEmpty ? "" : " FLAGGED \(faults)")")
        }
        let down = try scene.project.trice("down", "--timeout", "1", timeout: .seconds(60))
        let left = try HostSnapshot.settledDifference(from: before, ignoring: [.setting])
        for fault in (down.succeeded ? [] : [down.description]) + left {
            report.flags.append(Campaign.Flag(round: kills, killed: "`down` at the end", fault: fault))
        }
        return report
    }

    private func attack(
        _ scene: SupervisorScene, _ moment: Moment, withGuard: Bool, _ random: inout FuzzRandom
    ) throws -> [String] {
        let counter = try scene.project.status().service("counter").pid
        let isWell = Bool.random(using: &random)
        let code = Int.random(in: 1...120, using: &random)
        let delay = UInt32.random(in: 0..<400_000, using: &random)
        try scene.setWell(isWell)
        var faults: [String] = []
        switch moment {
        case .running:
            usleep(delay)
            try kill(scene, withGuard)
        case .ending:
            let endsFirst = Bool.random(using: &random)
            if endsFirst { try scene.end(with: code) }
            usleep(delay / 20)
            try kill(scene, withGuard)
            if !endsFirst { try scene.end(with: code) }
            faults += try scene.faultsOfEnd(with: code)
        case .up:
            let up = try scene.startUp()
            usleep(delay)
            try kill(scene, withGuard)
            let output = up.wait(timeout: .seconds(60))
            if output.exit == .timedOut { faults.append("`up` did not end: \(output.description)") }
        }
        // Without its guard it is back with the next command that needs it; and what an `up` that failed has left, the
        // next one completes.
        if withGuard || moment == .up {
            let up = try scene.project.trice("up", "--no-wait", timeout: .seconds(60))
            if !up.succeeded, moment != .ending { faults.append("`up` after the kill: \(up.description)") }
        }
        // What ends after `up` has looked and before its supervisor has, with no guard to keep its network, waits for
        // the next `up`.
        if withGuard, try !scene.crasherIsBack() {
            _ = try scene.project.trice("up", "--no-wait", timeout: .seconds(60))
        }
        return faults + (try scene.faults(isWell: isWell, counter: counter))
    }

    /// An `up` may be about to replace the supervisor: then there is none for a moment.
    private func kill(_ scene: SupervisorScene, _ withGuard: Bool) throws {
        if withGuard { return try scene.project.killSupervisor() }
        guard let supervisor = try scene.project.status().supervisor?.pid else { return }
        Glibc.kill(supervisor, SIGKILL)
    }
}
