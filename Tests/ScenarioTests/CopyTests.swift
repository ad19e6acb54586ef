import Foundation
import TestSupport
import Testing

extension OnHost {
    /// `cp` and `export`.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct CopyTests {
        private func project(_ fixture: Fixture) throws -> Project {
            let project = try fixture.project(
                """
                name: \(fixture.id)
                services:
                  box:
                    image: bootstrap:busybox
                    command: sleep 1000
                    stop_grace_period: 0s
                    volumes: ["data:/data"]
                volumes: { data: {} }
                """)
            try project.expectSuccess("up")
            return project
        }

        private func inside(_ project: Project, _ script: String) throws -> String {
            try project.expectSuccess("exec", "box", "--", "sh", "-c", script)
        }

        @Test func filesAndDirectoriesBothWays() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.write("file", "text\n")
                try project.write("tree/a/b", "deep\n")
                try project.expectSuccess("cp", "file", "box:/tmp/renamed")
                try project.expectSuccess("cp", "file", "box:/tmp")
                try project.expectSuccess("cp", "tree", "box:/tmp")
                try project.expectSuccess("cp", "tree/.", "box:/data")
                try project.expectSuccess("cp", "tree", "box:/new")
                #expect(
                    try inside(
                        project, "cat /tmp/renamed /tmp/file /tmp/tree/a/b /data/a/b /new/a/b; stat -c %u /tmp/file")
                        == "text\ntext\ndeep\ndeep\ndeep\n0\n")
                _ = try inside(project, "mkdir -p /out/x; echo back >/out/x/y; ln -s /out/x /link")
                try project.expectSuccess("cp", "box:/out/x/y", ".")
                #expect(try project.read("y") == "back\n")
                try project.expectSuccess("cp", "box:/out", "copied")
                #expect(try project.read("copied/x/y") == "back\n")
                try project.expectSuccess("cp", "-L", "box:/link/y", "followed")
                #expect(try project.read("followed") == "back\n")
                expect(try project.trice("cp", "box:/nothing", "."), endsWith: 1, saying: "/nothing")
                expect(try project.trice("cp", "nothing", "box:/"), endsWith: 1, saying: "nothing")
                expect(try project.trice("cp", "file", "other"), endsWith: 1, saying: "SERVICE:PATH")
                // A container that does not run.
                try project.expectSuccess("stop")
                try project.expectSuccess("cp", "file", "box:/tmp/late")
                try project.expectSuccess("start")
                #expect(try inside(project, "cat /tmp/late") == "text\n")
            }
        }

        @Test func archivesAreStreams() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.write("tree/a", "one\n")
                let trice = try project.command([]).executable
                func shell(_ line: String) throws -> Command.Output {
                    let command = try project.command([])
                    return try Command(
                        "/bin/sh", ["-c", line], environment: command.environment, directory: command.directory
                    ).run()
                }
                expect(try shell("tar -c tree | \(trice) cp - box:/tmp"), endsWith: 0)
                #expect(try inside(project, "cat /tmp/tree/a") == "one\n")
                let out = try shell("\(trice) cp box:/tmp/tree - | tar -xO tree/a")
                expect(out, endsWith: 0)
                #expect(out.standardOutput == "one\n")
                let whole = try shell("\(trice) export box | tar -t")
                expect(whole, endsWith: 0, saying: "tmp/tree/a")
                try project.expectSuccess("export", "-o", "box.tar", "box")
                expect(try shell("tar -tf box.tar"), endsWith: 0, saying: "tmp/tree/a")
            }
        }

        /// A container's links lead nowhere outside of it.
        @Test func nothingOfTheHostIsReached() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                let victim = "\(fixture.directory)/victim"
                try FileManager.default.createDirectory(atPath: victim, withIntermediateDirectories: true)
                try Data("secret\n".utf8).write(to: URL(filePath: victim + "/file"))
                _ = try inside(project, "mkdir -p /d; ln -s \(victim) /d/link; ln -s \(victim) /out")
                try project.write("tree/link/file", "written\n")
                expect(try project.trice("cp", "box:/out/file", "stolen"), endsWith: 1)
                _ = try project.trice("cp", "tree/link/file", "box:/out/file")
                _ = try project.trice("cp", "tree/.", "box:/d")
                #expect(try String(contentsOfFile: victim + "/file", encoding: .utf8) == "secret\n")
                #expect(try FileManager.default.contentsOfDirectory(atPath: victim) == ["file"])
            }
        }
    }
}
