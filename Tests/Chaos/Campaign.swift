import Glibc
package import TestSupport

/// Kills processes of Trice with SIGKILL at random moments of its commands, and holds what the next commands make of it
/// against what must be true.
///
/// Each round starts one command, kills one process during it, and lets `up` repair the environment; every fourth round
/// `down` must leave nothing. The same seed makes the same choices, though not the same moments.
package struct Campaign: Sendable {
    /// Something that was not as it must be.
    package struct Flag: Sendable, CustomStringConvertible {
        package var round: Int
        package var killed: String
        package var fault: String

        package var description: String { "round \(round), \(killed): \(fault)" }
    }

    /// What a campaign has done and seen.
    package struct Report: Sendable {
        package var kills = 0
        package var flags: [Flag] = []
        /// The number of kills for each command and name of a process, such as `up: crun`.
        package var victims: [String: Int] = [:]
    }

    package var kills: Int
    package var seed: UInt64

    package init(kills: Int, seed: UInt64) {
        self.kills = kills
        self.seed = seed
    }

    /// - Parameter progress: is called after each round with a line about it.
    /// - Throws: `TestError` when the environments cannot be made at all.
    package func run(_ fixture: Fixture, progress: (String) -> Void = { _ in }) throws -> Report {
        let published = try Self.publish(fixture)
        let scenes = try ChaosScene.Shape.allCases.map { try ChaosScene(fixture, $0, published: published) }
        let before = try HostSnapshot.take()
        var random = FuzzRandom(seed: seed)
        var moments = Moments()
        var report = Report()
        var round = 0
        // A command may end before its moment: such a round kills nothing and is not counted.
        while report.kills < kills, round < kills * 4 {
            round += 1
            let scene = scenes[round % scenes.count]
            guard let action = Action.allCases.randomElement(using: &random) else { continue }
            let moment = moments.next(action, using: &random)
            var (killed, faults) = try attack(scene, action, at: moment, &random)
            moments.adapt(action, wasInTime: killed != nil)
            if let killed {
                report.kills += 1
                report.victims[killed, default: 0] += 1
            }
            faults += try scene.faultsAfterRepair()
            if round.isMultiple(of: 4) || report.kills == kills || !faults.isEmpty {
                faults += try faultsOfDown(scenes, before)
            }
            let title = "\(scene.shape.rawValue), \(killed ?? "\(action.rawValue): nothing")"
            report.flags += faults.map { Flag(round: round, killed: title, fault: $0) }
            progress("\(round) \(title)\(faults.isEmpty ? "" : " FLAGGED")")
        }
        return report
    }

    /// Takes everything down and says what is left.
    private func faultsOfDown(_ scenes: [ChaosScene], _ before: HostSnapshot) throws -> [String] {
        let faults = try scenes.flatMap { try $0.faultsOfDown() }
        let left = try HostSnapshot.settledDifference(from: before)
        return faults + (left.isEmpty ? [] : ["`down` left: \(left.joined(separator: "\n  "))"])
    }

    /// Runs one command and kills one process of Trice during it, `moment` milliseconds after its start.
    /// - Returns: What was killed, such as `up: crun`, `nil` where the command ended first; and whether it ended at all.
    private func attack(
        _ scene: ChaosScene, _ action: Action, at moment: Int, _ random: inout FuzzRandom
    ) throws -> (killed: String?, faults: [String]) {
        let containers = try scene.containers()
        let running = try scene.start(action)
        usleep(UInt32(moment * 1000))
        var killed: String?
        if running.isRunning,
            let victim = scene.victims(of: running, containers: containers).randomElement(using: &random),
            kill(victim.pid, SIGKILL) == 0
        {
            killed = "\(action.rawValue): \(victim.name)"
        }
        let output = running.wait(timeout: .seconds(60))
        return (killed, output.exit == .timedOut ? ["the command did not end: \(output.description)"] : [])
    }

    /// Makes an image in a registry of the fixture's own.
    private static func publish(_ fixture: Fixture) throws -> String {
        // In a directory of its own, so that its processes are not taken for Trice's.
        let place = try TemporaryDirectory()
        fixture.onCleanUp { try place.cleanUp() }
        let registry = try RegistryServer(in: place.path)
        fixture.onCleanUp { registry.stop() }
        let project = try fixture.project(
            "name: \(fixture.id)seed\nservices: {a: {image: \"bootstrap:busybox\"}}\n", named: "\(fixture.id)-seed")
        try project.expectSuccess("image", "pull", "bootstrap:busybox")
        try project.expectSuccess("image", "save", "--format", "oci", "--output", "image.tar", "bootstrap:busybox")
        try registry.copy("oci-archive:\(project.directory)/image.tar", to: "team/app:1")
        return "\(registry.address)/team/app:1"
    }
}
