import Foundation
import TestSupport
import Testing

extension OnHost {
    /// `pre_snapshot`: commands in the containers before they stand still.
    @Suite(.timeLimit(.minutes(5)), .scenario, .needsRoot(.freezing)) struct SnapshotHookTests {
        private func project(_ fixture: Fixture, hook: String, named: String = "shop") throws -> Project {
            try fixture.project(
                """
                name: \(fixture.id)
                services:
                  db:
                    image: bootstrap:busybox
                    command: sleep 100000
                    stop_grace_period: 0s
                    volumes: [data:/data]
                    pre_snapshot:
                      - command: [sh, -c, "\(hook)"]
                        environment: { WORD: flushed }
                        working_dir: /data
                        user: "0"
                        privileged: true
                volumes: { data: {} }

                """, named: named)
        }

        /// Attributes: `pre_snapshot`, `pre_snapshot.*.command`, `pre_snapshot.*.environment`
        /// Attributes: `pre_snapshot.*.privileged`, `pre_snapshot.*.user`, `pre_snapshot.*.working_dir`
        @Test func whatIsInMemoryIsWrittenDownFirst() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, hook: "echo $$WORD >>log; [ $$(id -u) = 0 ]")
                try project.expectSuccess("up")
                let read = ["exec", "db", "cat", "/data/log"]
                try project.expectSuccess("snapshot", "save", "one")
                #expect(try project.command(read).run().standardOutput == "flushed\n")
                try project.expectSuccess("package", "p.trice")
                #expect(try project.command(read).run().standardOutput == "flushed\nflushed\n")
                // The snapshot has what the command has written.
                try project.expectSuccess("snapshot", "restore", "one")
                #expect(try project.command(read).run().standardOutput == "flushed\n")
                // A clone does not read the Envfile of its source.
                let copy = try self.project(fixture, hook: "true", named: "copy")
                try copy.expectSuccess("clone", "\(try project.status().environment)")
                #expect(try project.command(read).run().standardOutput == "flushed\nflushed\n")
                try copy.expectSuccess("up")
                #expect(try copy.command(read).run().standardOutput == "flushed\nflushed\n")
                try project.expectSuccess("snapshot", "push")
                // One that is paused cannot run anything, and one that is stopped has nothing in memory.
                try project.expectSuccess("pause")
                expect(
                    try project.trice("snapshot", "save", "paused"), endsWith: 0,
                    saying: "`db` is paused, and its `pre_snapshot` was not run")
                try project.expectSuccess("unpause")
                try project.expectSuccess("snapshot", "save", "--stop", "stopped")
                #expect(try project.command(read).run().standardOutput == "flushed\nflushed\nflushed\n")
                try copy.expectSuccess("down", "--volumes")
                try project.expectSuccess("snapshot", "delete", "one", "paused", "stopped")
                try project.expectSuccess("down", "--volumes")
            }
        }

        @Test func oneThatFailsKeepsNothing() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, hook: "echo no room left >&2; exit 3")
                try project.expectSuccess("up")
                let layers = "\(fixture.stateDirectory)/layers"
                let before = try FileManager.default.contentsOfDirectory(atPath: layers).sorted()
                for words in [["snapshot", "save", "a"], ["snapshot", "push"], ["package", "p.trice"]] {
                    expect(
                        try project.command(words).run(), endsWith: 1, saying: "`pre_snapshot` of service db failed",
                        "it ended with code 3", "no room left")
                }
                let copy = try self.project(fixture, hook: "true", named: "copy")
                expect(
                    try copy.trice("clone", "\(try project.status().environment)"), endsWith: 1,
                    saying: "`pre_snapshot` of service db failed")
                #expect(try project.expectSuccess("snapshot", "list", "--json").filter { !$0.isWhitespace } == "[]")
                #expect(try FileManager.default.contentsOfDirectory(atPath: layers).sorted() == before)
                #expect(!FileManager.default.fileExists(atPath: "\(project.directory)/p.trice"))
                #expect(try project.status().running == ["db"])
                try project.expectSuccess("down", "--volumes")
            }
        }
    }
}
