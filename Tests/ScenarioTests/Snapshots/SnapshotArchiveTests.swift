import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Snapshots as files.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct SnapshotArchiveTests {
        private func envfile(_ fixture: Fixture) -> String { "name: \(fixture.id)\n" + SnapshotTests.simple }

        private func set(_ text: String, _ project: Project) throws {
            try project.expectSuccess(
                "exec", "web", "sh", "-c", "for f in /own /data/file /anonymous/file; do echo \(text) >$f; done")
        }

        private func expectContent(
            _ text: String, _ project: Project, sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let shown = try project.expectSuccess("exec", "web", "cat", "/own", "/data/file", "/anonymous/file")
            #expect(shown == "\(text)\n\(text)\n\(text)\n", sourceLocation: sourceLocation)
        }

        @Test func whatIsExportedIsRestoredAfterAllIsGone() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(envfile(fixture))
                let archive = "\(fixture.directory)/base.tar"
                try project.expectSuccess("up")
                try set("one", project)
                try project.expectSuccess("exec", "web", "sh", "-c", "chown 70:71 /data/file; chmod 640 /data/file")
                try project.expectSuccess("snapshot", "save", "base")
                expect(
                    try project.trice("snapshot", "export", "base", archive), endsWith: 0, saying: "wrote \(archive)")
                expect(
                    try project.trice("snapshot", "import", archive), endsWith: 1, saying: "a snapshot `base`",
                    "already")
                #expect(try project.expectSuccess("snapshot", "import", archive, "--name", "second") == "second\n")
                try set("two", project)
                try project.expectSuccess("snapshot", "restore", "second")
                try expectContent("one", project)
                try project.expectSuccess("down", "--volumes")
                try project.expectSuccess("snapshot", "delete", "base", "second")
                try project.expectSuccess("image", "prune", "--force", "--all")
                #expect(try project.expectSuccess("snapshot", "import", archive) == "base\n")
                try project.expectSuccess("snapshot", "restore", "base")
                try project.expectSuccess("up")
                try expectContent("one", project)
                #expect(
                    try project.expectSuccess("exec", "web", "stat", "-c", "%u %g %a", "/data/file") == "70 71 640\n")
            }
        }

        /// Through a pipe to another machine, and what was only made for it is gone.
        @Test func aPipeDoesTheSame() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(envfile(fixture))
                try project.expectSuccess("up")
                try set("one", project)
                try project.expectSuccess("snapshot", "save", "base")
                let blobs = "\(fixture.stateDirectory)/content/blobs/sha256"
                let before = try SnapshotTests.names(in: blobs)
                let trice = try #require(Fixture.binary)
                let (state, run) = ("\(fixture.directory)/o/state", "\(fixture.directory)/o/run")
                let piped = try Command(
                    "sh",
                    [
                        "-ec",
                        "\"$0\" snapshot export base - | TRICE_STATE_DIRECTORY=\(state) TRICE_RUN_DIRECTORY=\(run) \"$0\" snapshot import -",
                        trice,
                    ], environment: fixture.environment, directory: project.directory
                ).run()
                #expect(piped.standardOutput == "base\n", "\(piped)")
                #expect(try SnapshotTests.names(in: blobs).filter { !before.contains($0) }.count <= 3)
                let other = ["TRICE_STATE_DIRECTORY": state, "TRICE_RUN_DIRECTORY": run]
                fixture.onCleanUp { _ = try? project.trice("down", "--volumes", environment: other) }
                try project.expectSuccess("down", "--volumes")
                #expect(try project.trice("snapshot", "restore", "base", environment: other).succeeded)
                #expect(try project.trice("up", environment: other).succeeded)
                let shown = try project.trice("exec", "web", "cat", "/own", "/data/file", environment: other)
                #expect(shown.standardOutput == "one\none\n", "\(shown)")
                #expect(try project.trice("down", "--volumes", environment: other).succeeded)
            }
        }

        @Test func badArchivesChangeNothing() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(envfile(fixture))
                let archive = "\(fixture.directory)/base.tar"
                try project.expectSuccess("up")
                try project.expectSuccess("snapshot", "save", "base")
                try project.expectSuccess("snapshot", "export", "base", archive)
                try project.expectSuccess("snapshot", "delete", "base")
                let before = try SnapshotTests.layers(fixture)
                let whole = try Data(contentsOf: URL(filePath: archive))
                for count in [0, 1, 700, whole.count / 2, whole.count - 3000] {
                    let part = "\(fixture.directory)/part.tar"
                    try whole.prefix(count).write(to: URL(filePath: part))
                    expectOneError(try project.trice("snapshot", "import", part))
                }
                expectOneError(
                    try project.trice("snapshot", "import", "-", input: "no archive"), saying: "Standard input")
                expectOneError(try project.trice("snapshot", "import", "nothing-here"), saying: "nothing-here")
                expectOneError(
                    try project.trice("snapshot", "import", archive, "--name", "a/b"), saying: "cannot name a snapshot")
                expectOneError(
                    try project.trice("snapshot", "export", "none", archive), saying: "There is no snapshot `none`")
                #expect(try Data(contentsOf: URL(filePath: archive)) == whole)
                expectOneError(
                    try project.trice("init", "--from", archive, "--directory", "new"),
                    saying: "is an exported snapshot")
                expect(try project.trice("snapshot", "list"), endsWith: 0, saying: "There are no snapshots.")
                #expect(try SnapshotTests.layers(fixture) == before)
            }
        }

        @Test(.enabled("needs script(1)") { try Requirement.met(.root) }) func aTerminalIsRefused() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(envfile(fixture))
                let trice = try #require(Fixture.binary)
                for words in ["snapshot export base -", "package -", "snapshot import -"] {
                    let output = try Command(
                        "script", ["-qec", "\(trice) \(words)", "/dev/null"], environment: fixture.environment,
                        directory: project.directory
                    ).run()
                    #expect(output.exit == .code(64), "\(output)")
                    #expect(output.standardOutput.contains("terminal"), "\(output)")
                }
            }
        }
    }
}
