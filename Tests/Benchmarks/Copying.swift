import Foundation
import TestSupport

/// A clone and a snapshot of an environment with a large volume, beside what copying its files costs others.
final class Copying {
    private let fixture: Fixture
    private let project: Project
    private var volume: String { "\(fixture.stateDirectory)/volumes" }
    private var number = 0

    private var clone = Samples()
    private var cloneOfSnapshot = Samples()
    private var save = Samples()
    private var copy = Samples()

    static let megabytes = 2048

    init(fixture outer: Fixture) throws {
        fixture = try Fixture()
        let fixture = fixture
        outer.onCleanUp { try fixture.cleanUp() }
        try Contestant.mountRunDirectory(of: fixture)
        project = try fixture.project(
            """
            name: \(fixture.id)
            services:
              db:
                image: bootstrap:busybox
                command: sleep 100000
                stop_grace_period: 0s
                volumes: ["data:/data"]
            volumes: { data: {} }

            """)
        try measure(project.command(["up"]))
        let script =
            "for f in $(seq \(Self.megabytes / 64)); do dd if=/dev/urandom of=/data/$f bs=1M count=64 2>/dev/null; done; sync"
        try measure(project.command(["exec", "db", "--", "sh", "-ec", script]))
        try measure(project.command(["stop"]))
    }

    func round() throws {
        number += 1
        // A save moves the files away.
        if copy.values.isEmpty {
            let copied = "\(fixture.directory)/copy"
            copy.add(try measure(Command("cp", ["-a", volume, copied])))
            try measure(Command("rm", ["-r", copied]))
        }
        save.add(try measure(project.command(["snapshot", "save", "s\(number)"])))
        // Each copy is taken away before the next, so that the disk does not fill.
        clone.add(try clone(fixture.id))
        cloneOfSnapshot.add(try clone("\(fixture.id)@s\(number)"))
    }

    private func clone(_ source: String) throws -> Duration {
        let name = "\(fixture.id)-copy"
        let elapsed = try measure(project.command(["clone", source, name]))
        try measure(project.command(["-p", name, "down", "--volumes"]))
        return elapsed
    }

    var rows: [Row] {
        [
            Row(name: "clone, stopped, 2 GB", samples: clone, bar: .milliseconds(300)),
            Row(name: "clone of a snapshot, 2 GB", samples: cloneOfSnapshot, bar: .milliseconds(300)),
            Row(name: "snapshot save, stopped, 2 GB", samples: save, bar: .milliseconds(300)),
            Row(name: "clone : cp -a", samples: clone, bar: .comparison(copy)),
            Row(name: "snapshot save : cp -a", samples: save, bar: .comparison(copy)),
        ]
    }
}

/// Clones and snapshots of 2 GB; prints the table.
/// - Returns: Its rows.
func measureSnapshots(_ fixture: Fixture, rounds: Int) throws -> [Row] {
    let copying = try Copying(fixture: fixture)
    for _ in 0..<rounds { try copying.round() }
    print(
        """
        An environment with a volume of \(Copying.megabytes) MB that does not run. Median of \(rounds) rounds (lowest–highest).
        cp: `cp -a` of the volume's files, on the same file system and with warm caches.

        """)
    print(table([["", "trice", "other", "ratio", "bar", ""]] + copying.rows.map(\.cells)))
    return copying.rows
}
