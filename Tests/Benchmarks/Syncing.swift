import Foundation
import Glibc
import TestSupport

/// What a watch takes from a save on the host until the file is in the container.
final class Syncing {
    private static let directories = 30
    private static let filesEach = 100
    static let count = directories * filesEach

    private let project: Project
    private let watch: RunningCommand
    /// The root of the container, seen from the host.
    private let root: String
    private var number = 0

    private var one = Samples()
    private var many = Samples()
    private var rsync = Samples()

    init(fixture: Fixture) throws {
        try Contestant.mountRunDirectory(of: fixture)
        let project = try fixture.project(
            """
            name: \(fixture.id)sync
            services:
              web:
                image: bootstrap:busybox
                command: sleep 100000
                stop_grace_period: 0s
                develop: { watch: [{ path: ./src, action: sync, target: /app }] }

            """, named: "\(fixture.id)-sync")
        self.project = project
        try project.write("src/one", "0")
        for file in 0..<Self.count { try project.write(Self.name(file), "0") }
        try measure(project.command(["up"]))
        guard let process = try project.status().services.first?.pid else { throw TestError("nothing is up") }
        root = "/proc/\(process)/root"
        watch = try project.command(["watch", "--no-up", "--json"]).start()
        guard eventually({ self.watch.standardOutput.contains("directories") }) else {
            throw TestError(watch.wait(timeout: .seconds(1)).description)
        }
    }

    private static func name(_ file: Int) -> String { "src/\(file / filesEach)/\(file % filesEach)" }

    func round() throws {
        for _ in 0..<5 { one.add(try saveOne()) }
        many.add(try saveMany())
        // The same files are old again for the other program.
        let target = "\(project.directory)/../rsync"
        if rsync.values.isEmpty { try measure(Command("rsync", ["-a", "\(project.directory)/src/", target])) }
        let before = lines
        try writeAll()
        try awaitRow(after: before)
        rsync.add(try measure(Command("rsync", ["-a", "\(project.directory)/src/", target])))
    }

    private var lines: Int { watch.standardOutput.utf8.count { $0 == UInt8(ascii: "\n") } }

    private func awaitRow(after before: Int) throws {
        let start = ContinuousClock.now
        while lines == before {
            guard ContinuousClock.now - start < .seconds(20) else { throw TestError("no batch came") }
            usleep(500)
        }
    }

    /// From the write until the container has the text.
    private func saveOne() throws -> Duration {
        number += 1
        let text = "\(number)"
        let file = "\(root)/app/one"
        usleep(30_000)
        let start = ContinuousClock.now
        try project.write("src/one", text)
        while ContinuousClock.now - start < .seconds(10) {
            // It is replaced just now.
            if (try? String(contentsOfFile: file, encoding: .utf8)) == text { return ContinuousClock.now - start }
            usleep(200)
        }
        throw TestError("the saved file did not come")
    }

    private func writeAll() throws {
        number += 1
        for file in 0..<Self.count {
            guard let stream = fopen("\(project.directory)/\(Self.name(file))", "w") else {
                throw TestError("a file cannot be written")
            }
            fputs("\(number) \(file)", stream)
            fclose(stream)
        }
    }

    /// From the last write until the batch is done.
    private func saveMany() throws -> Duration {
        usleep(100_000)
        let before = lines
        try writeAll()
        let start = ContinuousClock.now
        try awaitRow(after: before)
        let time = ContinuousClock.now - start
        usleep(200_000)
        guard lines == before + 1 else { throw TestError("the files came in \(lines - before) batches") }
        return time
    }

    func end() throws {
        watch.stop()
        try measure(project.command(["down"]))
    }

    var rows: [Row] {
        [
            Row(name: "a saved file is inside", samples: one, bar: .milliseconds(50)),
            Row(name: "\(Self.count) files in one batch : rsync", samples: many, bar: .ratio(2, to: rsync)),
        ]
    }
}

/// Saved files until they are in a container; prints the table.
/// - Returns: Its rows.
func measureWatch(_ fixture: Fixture, rounds: Int) throws -> [Row] {
    let syncing = try Syncing(fixture: fixture)
    for _ in 0..<rounds { try syncing.round() }
    try syncing.end()
    print(
        """
        A file from its write until the container has it; \(Syncing.count) small files from the last write until the batch is \
        done, and `rsync -a` of the same files into a directory of the host. Median of \(rounds) rounds (lowest–highest).

        """)
    print(table([["", "trice", "other", "ratio", "bar", ""]] + syncing.rows.map(\.cells)))
    return syncing.rows
}
