import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// Snapshots at bad moments: a killed command, a full disk, records that are wrong.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct SnapshotFaultTests {
        /// Runs a command and kills it after a while.
        private func killAfter(_ milliseconds: Int, _ project: Project, _ arguments: String...) throws {
            let running = try project.command(arguments).start()
            usleep(UInt32(milliseconds) * 1000)
            running.send(SIGKILL)
            _ = running.wait()
        }

        /// A save that is killed leaves the services running and no snapshot, and nothing on the disk after the next command.
        @Test(.needsRoot(.freezing)) func aKilledSaveLeavesNothing() async throws {
            try await withFixture { fixture in
                let project = try fixture.project("name: \(fixture.id)\n" + SnapshotTests.simple)
                try project.expectSuccess("up")
                try project.expectSuccess(
                    "exec", "web", "sh", "-c",
                    "mkdir /data/d; i=0; while [ $i -lt 3000 ]; do echo $i >/data/d/$i; i=$((i+1)); done")
                let before = try SnapshotTests.layers(fixture)
                for milliseconds in [5, 15, 40, 90, 150, 250, 400] {
                    try killAfter(milliseconds, project, "snapshot", "save", "base")
                    let listed = try project.expectSuccess("snapshot", "list", "--json")
                    let isComplete = listed.contains("\"isComplete\":true") || listed.contains("\"isComplete\" : true")
                    if !isComplete {
                        // Its name is free again.
                        expect(try project.trice("snapshot", "restore", "base"), endsWith: 1)
                        try project.expectSuccess("snapshot", "save", "base")
                    }
                    #expect(try project.status().running == ["web"])
                    try project.expectSuccess("up")
                    #expect(try !project.expectSuccess("snapshot", "list").contains("half-written"))
                    // A service that stands still does not answer.
                    #expect(try project.expectSuccess("exec", "web", "sh", "-c", "ls /data/d | wc -l") == "3000\n")
                    try project.expectSuccess("snapshot", "delete", "base")
                    #expect(try SnapshotTests.layers(fixture) == before)
                    #expect(
                        try SnapshotTests.names(in: "\(fixture.stateDirectory)/layers/ingest").filter { $0 != "lock" }
                            .count <= 1)
                }
            }
        }

        /// A restore that is killed before it has written its journal has changed nothing.
        @Test func aRestoreThatIsKilledEarlyChangesNothing() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(SnapshotTests.writer(fixture))
                try project.expectSuccess("up")
                try project.expectSuccess("snapshot", "save", "base")
                try project.expectSuccess("exec", "db", "touch", "/a/mark", "/b/mark")
                for milliseconds in [1, 4, 12] {
                    try killAfter(milliseconds, project, "snapshot", "restore", "base")
                    try #require(!Self.hasJournal(fixture), "after \(milliseconds) ms")
                    try project.expectSuccess("up")
                    #expect(try marks(project) == "2\n", "after \(milliseconds) ms")
                }
                try project.expectSuccess("snapshot", "restore", "base")
                #expect(try marks(project) == "0\n")
            }
        }

        /// One that is killed after that is finished by the next command, wherever it was.
        @Test func aRestoreThatIsKilledLateIsFinished() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(SnapshotTests.writer(fixture))
                try project.expectSuccess("up")
                try project.expectSuccess("snapshot", "save", "base")
                var finished = 0
                for milliseconds in [0, 3, 10, 25, 50, 100, 200] as [UInt32] {
                    try project.expectSuccess("exec", "db", "touch", "/a/mark", "/b/mark")
                    let running = try project.command(["snapshot", "restore", "base"]).start()
                    #expect(eventually(within: .seconds(30)) { Self.hasJournal(fixture) || !running.isRunning })
                    usleep(milliseconds * 1000)
                    running.send(SIGKILL)
                    _ = running.wait()
                    if Self.hasJournal(fixture) { finished += 1 }
                    let output = try project.trice("up")
                    #expect(output.succeeded, "after \(milliseconds) ms: \(output.description)")
                    #expect(try project.status().running == ["db"], "after \(milliseconds) ms")
                    #expect(try !project.expectSuccess("logs", "db").contains("torn"), "after \(milliseconds) ms")
                    #expect(try marks(project) == "0\n", "after \(milliseconds) ms")
                    #expect(!Self.hasJournal(fixture))
                }
                #expect(finished > 0)
            }
        }

        /// How many of the two volumes have what was written after the snapshot.
        private func marks(_ project: Project) throws -> String {
            try project.expectSuccess("exec", "db", "sh", "-c", "ls /a/mark /b/mark 2>/dev/null | wc -l")
        }

        private static func hasJournal(_ fixture: Fixture) -> Bool {
            // Temporary names are those of a journal that is being written.
            let names = (try? SnapshotTests.names(in: "\(fixture.stateDirectory)/snapshots/restores")) ?? []
            return names.contains { !$0.hasSuffix(".tmp") }
        }

        @Test(.needsRoot(.freezing)) func aFullDiskLeavesTheOldStateWhole() async throws {
            try await withFixture { fixture in
                let state = fixture.stateDirectory
                try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
                try #require(mount("none", state, "tmpfs", 0, "size=64m,mode=0700") == 0)
                fixture.onCleanUp { umount2(state, Int32(MNT_DETACH)) }
                let project = try fixture.project("name: \(fixture.id)\n" + SnapshotTests.simple)
                try project.expectSuccess("up")
                try project.expectSuccess(
                    "exec", "web", "sh", "-c", "yes | head -c 40000000 >/data/large; echo one >/data/file")
                let before = try SnapshotTests.layers(fixture)
                expect(try project.trice("snapshot", "save", "base"), endsWith: 1, saying: "is full")
                #expect(try project.status().running == ["web"])
                #expect(try project.expectSuccess("exec", "web", "cat", "/data/file") == "one\n")
                expect(try project.trice("snapshot", "list"), endsWith: 0, saying: "There are no snapshots.")
                #expect(try SnapshotTests.layers(fixture) == before)
                // Without a copy there is room enough.
                try project.expectSuccess("snapshot", "save", "base", "--stop")
                try project.expectSuccess("exec", "web", "sh", "-c", "echo two >/data/file")
                try project.expectSuccess("snapshot", "restore", "base")
                #expect(try project.expectSuccess("exec", "web", "cat", "/data/file") == "one\n")
            }
        }

        @Test func badNamesAreRefused() async throws {
            try await withFixture { fixture in
                let project = try fixture.project("name: \(fixture.id)\n" + SnapshotTests.simple)
                expect(try project.trice("snapshot", "save", "base"), endsWith: 1, saying: "There is nothing to keep")
                try project.expectSuccess("up")
                try project.expectSuccess("snapshot", "save", "base")
                expect(
                    try project.trice("snapshot", "save", "base"), endsWith: 1, saying: "There is a snapshot `base`",
                    "snapshot delete base")
                expect(
                    try project.trice("snapshot", "save", "a/b"), endsWith: 1, saying: "`a/b` cannot name a snapshot")
                expect(
                    try project.trice("snapshot", "restore", "bas"), endsWith: 1, saying: "There is no snapshot `bas`",
                    "`base`")
                expect(
                    try project.trice("snapshot", "delete", "base", "no"), endsWith: 1,
                    saying: "There is no snapshot `no`")
                expect(try project.trice("snapshot", "list"), endsWith: 0, saying: "base")
                expect(
                    try project.trice("snapshot", "diff", "base", "no"), endsWith: 1,
                    saying: "There is no snapshot `no`")
            }
        }

        private static func edit(_ fixture: Fixture, _ change: String) throws {
            let script = """
                import sqlite3, sys
                with sqlite3.connect(sys.argv[1]) as base: base.execute(sys.argv[2])
                """
            let edit = try Command("python3", ["-c", script, "\(fixture.stateDirectory)/trice.db", change]).run()
            try #require(edit.succeeded, "\(edit.description)")
        }

        /// The record of a save that was killed is removed by the next command that changes something.
        @Test func whatAKilledSaveLeftIsNoSnapshot() async throws {
            try await withFixture { fixture in
                let project = try fixture.project("name: \(fixture.id)\n" + SnapshotTests.simple)
                try project.expectSuccess("up")
                try project.expectSuccess("snapshot", "save", "base")
                try Self.edit(fixture, "UPDATE snapshot SET isComplete = 0")
                expect(
                    try project.trice("snapshot", "restore", "base"), endsWith: 1,
                    saying: "There is no snapshot `base`")
                #expect(try project.status().running == ["web"])
                try project.expectSuccess("snapshot", "save", "base")
                try project.expectSuccess("snapshot", "restore", "base")
            }
        }

        /// Records of another version and of another machine, and damaged ones.
        @Test(
            arguments: [
                (
                    #"UPDATE snapshot SET document = replace(document, '"architecture":"', '"architecture":"x')"#,
                    "architecture x"
                ),
                (#"UPDATE snapshot SET document = replace(document, '"format":1', '"format":7')"#, "has the form 7"),
                ("UPDATE snapshot SET document = '{}'", "cannot be read"),
                (#"UPDATE snapshot SET document = replace(document, '"local-', '"local-0')"#, "is damaged"),
            ])
        func aSnapshotThatDoesNotFitIsRefused(change: String, error: String) async throws {
            try await withFixture { fixture in
                let project = try fixture.project("name: \(fixture.id)\n" + SnapshotTests.simple)
                try project.expectSuccess("up")
                try project.expectSuccess("exec", "web", "sh", "-c", "echo one >/data/file")
                try project.expectSuccess("snapshot", "save", "base")
                try Self.edit(fixture, change)
                expect(try project.trice("snapshot", "restore", "base"), endsWith: 1, saying: error)
                #expect(try project.status().running == ["web"])
                #expect(try project.expectSuccess("exec", "web", "cat", "/data/file") == "one\n")
                try project.expectSuccess("snapshot", "delete", "base")
                try project.expectSuccess("snapshot", "save", "base")
                try project.expectSuccess("snapshot", "restore", "base")
                #expect(try project.expectSuccess("exec", "web", "cat", "/data/file") == "one\n")
            }
        }
    }
}
