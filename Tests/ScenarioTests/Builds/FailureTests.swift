import Foundation
import TestSupport
import Testing

extension OnHost {
    /// A step that fails: what is said, and what is kept.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct BuildFailureTests {
        private func failing(_ scene: BuildScene) throws -> HostSnapshot {
            try scene.writeDockerfile(
                "RUN echo first > /first", "COPY src/ /src/", "",
                "RUN echo one; echo two >&2; cat /src/a; test -e /src/ok || exit 7", "RUN echo last > /last")
            try scene.project.write("src/a", "text of a\n")
            return try scene.prepared()
        }

        @Test(.alone) func theErrorSaysItAll() async throws {
            try await withBuild { scene in
                let before = try failing(scene)
                let output = try scene.build()
                expectOneError(
                    output, saying: "Dockerfile:5: `RUN echo one; echo two >&2; cat /src/a; test -e /src/ok || exit 7`",
                    "ended with code 7")
                let lines = output.standardError.split(separator: "\n").map(String.init)
                let end = lines.firstIndex { $0.hasPrefix("trice: ") }.map { Array(lines[$0...].dropFirst()) }
                #expect(
                    end == [
                        "    one", "    two", "    text of a",
                        "  For a shell in its container as it was then: "
                            + "trice build --debug -t \(scene.fixture.id) --progress plain .",
                    ], "\(output.description)")
                // Once: progress does not tell the error, too.
                #expect(lines.count { $0.contains("ended with code 7") } == 1, "\(output.description)")
                #expect(lines.contains { $0.hasSuffix("[stage-0 3/4]: text of a") }, "\(output.description)")
                #expect(output.standardOutput.isEmpty)
                try scene.expectNothingLeft(since: before)

                // What was done is kept, and the step is tried again.
                let again = try scene.build()
                #expect(again.exit == .code(1))
                #expect(again.standardError.contains("RUN echo first > /first: cached"), "\(again.description)")
                #expect(again.standardError.contains("COPY src/ /src/: cached"), "\(again.description)")

                try scene.project.write("src/ok", "")
                let mended = try scene.expectBuild()
                #expect(mended.contains("RUN echo first > /first: cached"), "\(mended)")
                #expect(mended.contains("COPY src/ /src/ (src/ok was added)"), "\(mended)")
                try scene.expectNothingLeft(since: before)
            }
        }

        @Test(.alone) func asJSON() async throws {
            try await withBuild { scene in
                let before = try failing(scene)
                for options in [["--progress", "json"], ["--json"]] {
                    let output = try scene.project.command(["build", "-t", "x"] + options + ["."]).run()
                    #expect(output.exit == .code(1))
                    #expect(output.standardOutput.isEmpty)
                    let rows = try output.standardError.split(separator: "\n").map { try JSONValue(text: $0.utf8) }
                    let failed = rows.filter { $0.object?["phase"]?.string == "failed" }
                    #expect(
                        failed.count == 1
                            && failed.first?.object?["instruction"]?.string?.hasPrefix("RUN echo one") == true)
                    let error = rows.last?.object?["error"]?.string ?? ""
                    #expect(
                        error.hasPrefix("Dockerfile:5: `RUN echo one") && error.contains("    text of a"),
                        "\(output.description)")
                }
                try scene.expectNothingLeft(since: before)
            }
        }

        @Test(.alone) func onATerminal() async throws {
            try await withBuild { scene in
                let before = try failing(scene)
                let terminal = try Terminal(try scene.command("--progress", "tty"), rows: 40, columns: 100)
                #expect(terminal.wait() == .code(1))
                let screen = terminal.screen
                #expect(screen.contains("✘") && screen.contains("failed"), "\(screen)")
                let last = screen.components(separatedBy: "trice:").last ?? ""
                #expect(last.contains("Dockerfile:5: `RUN echo one"), "\(screen)")
                #expect(last.contains("    text of a"), "\(screen)")
                #expect(screen.components(separatedBy: "ended with code 7").count == 2, "\(screen)")
                try scene.expectNothingLeft(since: before)
            }
        }

        /// A failure of one stage ends the other, whose command would take long.
        @Test(.alone) func theOtherStageEnds() async throws {
            try await withBuild { scene in
                let time = BuildScene.sleepTime
                try scene.writeDockerfile(
                    "RUN sleep \(time)", "FROM bootstrap:busybox AS b", "RUN sleep 0.3; exit 3", "FROM a",
                    "COPY --from=b / /", base: "FROM bootstrap:busybox AS a")
                let before = try scene.prepared()
                let output = try scene.build(timeout: .seconds(20))
                expectOneError(output, saying: "Dockerfile:4: ", "ended with code 3")
                #expect(!BuildScene.isRunning("sleep \(time)"))
                try scene.expectNothingLeft(since: before)
            }
        }

        @Test func whyIsSaidWhereItIsKnown() async throws {
            try await withBuild { scene in
                let cases: [(step: String, says: [String])] = [
                    ("RUN exit 139", ["code 139: a fault (SIGSEGV)", "It wrote nothing."]),
                    ("RUN [\"nosuch\"]", ["the image has no program `nosuch`"]),
                    (
                        "RUN --network=none ping -c 1 -W 1 192.0.2.1",
                        ["unreachable", "has no network", "--network=none"]
                    ),
                    ("USER nobody2\nRUN id", ["Dockerfile:3: ", "no user `nobody2`", "nobody."]),
                    ("SHELL [\"/bin/bash\", \"-c\"]\nRUN true", ["Dockerfile:3: ", "the image has no /bin/bash"]),
                ]
                for (step, says) in cases {
                    try scene.writeDockerfile(step)
                    let output = try scene.build()
                    #expect(output.exit == .code(1), "\(output.description)")
                    for text in says { #expect(output.standardError.contains(text), "\(text): \(output.description)") }
                }
            }
        }
    }
}
