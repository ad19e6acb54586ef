import Foundation
import TestSupport
import Testing

extension OnHost {
    /// What uses the disk, and what frees it.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct DiskUsageTests {
        private struct Usage: Decodable {
            struct Row: Decodable {
                var kind: String
                var count: Int
                var size: Int64
                var freeable: Int64
                var command: String?
            }

            var rows: [Row]

            subscript(_ kind: String) -> Row? { rows.first { $0.kind == kind } }
        }

        private func usage(_ project: Project) throws -> Usage {
            try JSONDecoder().decode(Usage.self, from: Data(project.expectSuccess("du", "--json").utf8))
        }

        @Test(.needsRoot(.freezing)) func eachByteIsInOneRow() async throws {
            try await withFixture { fixture in
                let project = try fixture.project("name: \(fixture.id)\n" + SnapshotTests.simple)
                try project.expectSuccess("up")
                try project.expectSuccess("exec", "web", "sh", "-c", "yes | head -c 20000000 >/data/large")
                let before = try usage(project)
                #expect(try #require(before["volumes"]).size > 20_000_000)
                #expect(before["volumes"]?.command == nil && before["snapshots"]?.count == 0)
                #expect(try #require(before["images"]).size > 500_000)
                try project.expectSuccess("snapshot", "save", "base")
                let saved = try usage(project)
                #expect(try #require(saved["snapshots"]).size > 20_000_000)
                #expect(saved["snapshots"]?.command == "trice snapshot delete")
                // A small volume is a copy again.
                try project.expectSuccess("snapshot", "restore", "base")
                let restored = try usage(project)
                #expect(try #require(restored["volumes"]).size > 20_000_000)
                #expect(try #require(restored["snapshots"]).size > 20_000_000)
                // A layer upon which a volume lies is the volume's: only what is written is new.
                try project.expectSuccess("snapshot", "save", "--stop", "second")
                try project.expectSuccess("snapshot", "delete", "base")
                let moved = try usage(project)
                #expect(try #require(moved["volumes"]).size > 20_000_000)
                #expect(try #require(moved["snapshots"]).size < 1_000_000)
                expect(try project.trice("du"), endsWith: 0, saying: "CAN BE FREED", "snapshots")
            }
        }

        /// What is kept of an environment that was destroyed is found again, wherever its directory is, and `prune` sees it.
        @Test func snapshotsOutliveTheEnvironmentAndAMove() async throws {
            try await withFixture { fixture in
                let project = try fixture.project("name: \(fixture.id)\n" + SnapshotTests.simple)
                try project.expectSuccess("up")
                try project.expectSuccess("exec", "web", "sh", "-c", "echo kept >/data/file")
                try project.expectSuccess("snapshot", "save", "base")
                let moved = try fixture.emptyProject(named: "moved")
                try FileManager.default.removeItem(atPath: moved.directory)
                try FileManager.default.moveItem(atPath: project.directory, toPath: moved.directory)
                try moved.expectSuccess("destroy", "-f")
                #expect(try moved.expectSuccess("snapshot", "list").contains("base"))
                try moved.expectSuccess("snapshot", "restore", "base")
                #expect(try moved.expectSuccess("exec", "web", "cat", "/data/file") == "kept\n")
                try moved.expectSuccess("destroy", "-f")
                try FileManager.default.removeItem(atPath: moved.directory)
                // The clean-up of the test works in these directories, too.
                for place in [project, moved] {
                    try FileManager.default.createDirectory(
                        atPath: place.directory, withIntermediateDirectories: true)
                }
                try project.write("Envfile", "name: \(fixture.id)\n" + SnapshotTests.simple)
                try FileManager.default.removeItem(atPath: moved.directory)
                expect(try project.trice("prune", "--force"), endsWith: 0, saying: "removed snapshot base of ")
                try FileManager.default.createDirectory(atPath: moved.directory, withIntermediateDirectories: true)
            }
        }

        @Test(.needsRoot(.freezing)) func whatNothingNeedsIsRemoved() async throws {
            try await withFixture { fixture in
                let gone = try fixture.project("name: gone\n" + SnapshotTests.simple, named: "gone")
                try gone.expectSuccess("up")
                try gone.expectSuccess("exec", "web", "sh", "-c", "yes | head -c 20000000 >/data/large")
                try gone.expectSuccess("snapshot", "save", "base")
                try gone.expectSuccess("down")
                let project = try fixture.project("name: \(fixture.id)\n" + SnapshotTests.simple)
                try project.expectSuccess("up")
                try project.expectSuccess("exec", "web", "sh", "-c", "echo kept >/data/file")
                try project.expectSuccess("snapshot", "save", "base")
                try FileManager.default.removeItem(atPath: gone.directory)
                expect(try project.trice("prune"), endsWith: 64, saying: "--force")
                #expect(try #require(usage(project)["volumes"]).freeable > 20_000_000)
                let output = try project.trice("prune", "--force")
                expect(
                    output, endsWith: 0, saying: "removed volume gone_data", "removed snapshot base of gone-", "freed 4"
                )
                let after = try usage(project)
                #expect(after["volumes"]?.freeable == 0)
                #expect(after["snapshots"]?.count == 1 && after["volumes"]?.count == 1)
                #expect(try #require(after["volumes"]).size < 1_000_000)
                try project.expectSuccess("snapshot", "restore", "base")
                #expect(try project.expectSuccess("exec", "web", "cat", "/data/file") == "kept\n")
                // The clean-up of the test works in its directory.
                try FileManager.default.createDirectory(atPath: gone.directory, withIntermediateDirectories: true)
                try gone.write("Envfile", "name: gone\n" + SnapshotTests.simple)
            }
        }
    }
}
