import Foundation
import TestSupport
import Testing

extension OnHost {
    /// What `trice build` prints, in all of its forms.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct BuildCommandTests {
        private func example(_ scene: BuildScene) throws {
            try scene.project.write(
                "Dockerfile",
                """
                FROM bootstrap:busybox AS base
                WORKDIR /w
                COPY src/ src/
                FROM base AS app
                ARG WHO=world
                RUN cat src/a.c && printf '\\033[31mred\\033[0m 10%%\\r100%%\\n' && echo "hello $WHO"
                CMD ["sh"]
                """)
            try scene.project.write("src/a.c", "int a;\n")
        }

        /// Times and the image's id are not the same each time.
        private func masked(_ text: String, _ scene: BuildScene) -> [String] {
            text.split(separator: "\n").map { line in
                String(line).replacing(#/in \d+(\.\d)? (ms|s)/#, with: "in TIME")
                    .replacing(#/ [0-9a-f]{12}\b/#, with: " ID").replacing(scene.fixture.id, with: "app")
            }
        }

        @Test func plain() async throws {
            try await withBuild { scene in
                try example(scene)
                let run = "RUN cat src/a.c && printf '\\033[31mred\\033[0m 10%%\\r100%%\\n' && echo \"hello $WHO\""
                let first = try scene.build()
                #expect(first.exit == .code(0))
                #expect(
                    masked(first.standardError, scene) == [
                        "image bootstrap:busybox: ensure done in TIME",
                        "app [base 1/2] WORKDIR /w (first build)",
                        "app [base 1/2]: done in TIME",
                        "app [base 2/2] COPY src/ src/ (first build)",
                        "app [base 2/2]: done in TIME",
                        "app [app 1/1] \(run) (first build)",
                        "app [app 1/1]: int a;",
                        "app [app 1/1]: 100%",
                        "app [app 1/1]: hello world",
                        "app [app 1/1]: done in TIME",
                    ], "\(first.description)")
                #expect(masked(first.standardOutput, scene) == ["app:latest  ID, 3 steps, 3 done"])

                let cached = try scene.build()
                #expect(
                    masked(cached.standardError, scene) == [
                        "app [base 1/2] WORKDIR /w: cached", "app [base 2/2] COPY src/ src/: cached",
                        "app [app 1/1] \(run): cached",
                    ], "\(cached.description)")
                #expect(masked(cached.standardOutput, scene) == ["app:latest  ID, 3 steps, all cached"])

                try scene.project.write("src/a.c", "int b;\n")
                let changed = try scene.expectBuild()
                #expect(changed.contains("[base 2/2] COPY src/ src/ (src/a.c changed)"), "\(changed)")
                #expect(changed.contains("\(run) (an earlier step was rebuilt: COPY src/ src/)"), "\(changed)")
                #expect(try scene.expectBuild("--build-arg", "WHO=you").contains("\(run) (argument WHO changed)"))
                #expect(try scene.expectBuild("--no-cache").contains("WORKDIR /w (the cache is not to be used)"))
                let target = try scene.build("--target", "base")
                #expect(masked(target.standardOutput, scene) == ["app:latest  ID, 2 steps, all cached"])
            }
        }

        @Test func json() async throws {
            try await withBuild { scene in
                try example(scene)
                let output = try scene.project.command(["build", "-t", scene.fixture.id, "--json", "."]).run()
                #expect(output.exit == .code(0), "\(output.description)")
                let report = try JSONValue(text: output.standardOutput.utf8).array?.first?.object
                #expect(report?["tags"] == .array([.string(scene.image)]))
                #expect(report?["id"]?.string?.hasPrefix("sha256:") == true)
                let steps = report?["steps"]?.array ?? []
                #expect(steps.count == 3 && steps.allSatisfy { $0.object?["reason"]?.string == "first build" })
                let rows = try output.standardError.split(separator: "\n").map { try JSONValue(text: $0.utf8) }
                let finished = rows.compactMap(\.object).filter { $0["phase"]?.string == "finished" }
                #expect(
                    finished.compactMap { $0["instruction"]?.string }.prefix(2) == ["WORKDIR /w", "COPY src/ src/"],
                    "\(output.description)")
                #expect(finished.allSatisfy { $0["elapsedMilliseconds"] != nil })
                let texts = rows.compactMap { $0.object?["text"]?.string }
                #expect(texts.contains("hello world"), "\(output.description)")
                let last = rows.last?.object
                #expect(last?["completed"] == last?["total"], "\(output.description)")
            }
        }

        @Test func onATerminal() async throws {
            try await withBuild { scene in
                try example(scene)
                for _ in 1...2 {
                    let terminal = try Terminal(try scene.command(), rows: 30, columns: 100)
                    #expect(terminal.wait() == .code(0), "\(terminal.screen)")
                    let screen = terminal.screen
                    #expect(screen.contains("✔"), "\(screen)")
                    #expect(screen.contains("[base 2/2] COPY src/ src/"), "\(screen)")
                    #expect(screen.contains("trice") && screen.contains(" 3/3 "), "\(screen)")
                    // Colours of the command are not let through: they would not end with its line.
                    #expect(!screen.contains("\u{1b}[31mred"), "\(screen)")
                }
                try scene.writeDockerfile("RUN for i in 1 2 3 4 5 6 7; do echo line $i; done; sleep 0.5")
                let terminal = try Terminal(try scene.command(), rows: 30, columns: 100)
                #expect(terminal.shows("line 7"), "\(terminal.screen)")
                #expect(terminal.wait() == .code(0))
            }
        }

        @Test func print() async throws {
            try await withBuild { scene in
                try example(scene)
                let name = scene.fixture.id
                let text = try scene.project.expectSuccess("build", "-t", name, "--print", "text", ".")
                #expect(
                    text.hasPrefix(
                        """
                        \(name)/base (from bootstrap:busybox)
                            WORKDIR /w
                            COPY src/ src/
                        \(name)/app → image of \(name) (from the stage `base`; needs \(name)/base)
                        """), "\(text)")
                let dot = try scene.project.expectSuccess("build", "-t", name, "--print", "dot", ".")
                #expect(dot.hasPrefix("digraph build {") && dot.contains("s0 -> s1;"), "\(dot)")
                #expect(!(try scene.project.expectSuccess("image", "ls")).contains(name))
            }
        }

        @Test func fromStandardInput() async throws {
            try await withBuild { scene in
                try scene.project.write("f", "text\n")
                let output = try scene.build("-f", "-", input: "FROM bootstrap:busybox\nCOPY f /copied\n")
                #expect(output.exit == .code(0), "\(output.description)")
                #expect(scene.layerFile("copied") == "text\n")
            }
        }

        @Test func severalServices() async throws {
            try await withBuild { scene in
                try scene.project.write(
                    "Envfile",
                    """
                    name: \(scene.fixture.id)
                    services:
                      a:
                        build: {context: ., target: a}
                      b:
                        build: {context: ., target: b}
                    """)
                try scene.writeDockerfile(
                    "RUN echo common > /c", "FROM common AS a", "RUN echo a > /a", "FROM common AS b", "RUN exit 4",
                    base: "FROM bootstrap:busybox AS common")
                let output = try scene.project.trice("build", "--progress", "plain")
                expectOneError(output, saying: "Dockerfile:6: `RUN exit 4`")
                #expect(output.standardError.contains(" [common 1/1] RUN echo common > /c (first build)"))
                expect(try scene.project.trice("build", "a"), endsWith: 0, saying: "a:latest", "2 steps")
                let unknown = try scene.project.trice("build", "c")
                #expect(unknown.exit == .code(1))
                #expect(unknown.standardError.contains("`c`"), "\(unknown.description)")
            }
        }
    }
}
