import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `trice build --debug`.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct BuildDebugTests {
        private func failing(_ scene: BuildScene) throws {
            try scene.writeDockerfile(
                "RUN date +%N > /kept", "ENV COLOUR=blue", "RUN mkdir /w && chown nobody /w", "WORKDIR /w",
                "USER nobody", "COPY src/ /src/",
                "RUN --mount=type=cache,target=/cache,uid=65534,gid=65534 --mount=type=tmpfs,target=/scratch "
                    + "echo made > made; echo warm > /cache/warm; test -e /src/ok",
                "RUN echo end > end")
            try scene.project.write("src/a", "")
        }

        private func expectSession(_ terminal: Terminal) {
            #expect(terminal.shows("leave it to go on"), "\(terminal.screen)")
            terminal.type(
                "echo u=$(id -un) c=$COLOUR d=$PWD; cat made /cache/warm; grep -c ' /scratch ' /proc/mounts\n")
            #expect(terminal.shows("d=/w\r\nmade\r\nwarm\r\n1\r\n"), "\(terminal.screen)")
            #expect(terminal.screen.contains("c=blue"), "\(terminal.screen)")
            terminal.type("exit\n")
            #expect(terminal.shows("Try again from this step? [Y/n]"), "\(terminal.screen)")
        }

        @Test(.alone, arguments: [[], ["--no-cache"]]) func goesOnFromTheStep(_ options: [String]) async throws {
            try await withBuild { scene in
                try failing(scene)
                let before = try scene.prepared()
                let command = try scene.project.command(
                    ["build", "-t", scene.fixture.id, "--debug", "--progress", "plain"] + options + ["."])
                let terminal = try Terminal(command, columns: 200)
                expectSession(terminal)
                let first = terminal.screen
                try scene.project.write("src/ok", "")
                terminal.type("y\n")
                #expect(terminal.wait() == .code(0), "\(terminal.screen)")
                let rest = terminal.screen.dropFirst(first.count)
                #expect(rest.contains("RUN date +%N > /kept: cached"), "\(rest)")
                #expect(rest.contains("COPY src/ /src/ ("), "\(rest)")
                #expect(scene.layerFile("w/end") == "end\n")
                try scene.expectNothingLeft(since: before)
            }
        }

        @Test(.alone) func noLeavesNothing() async throws {
            try await withBuild { scene in
                try failing(scene)
                let before = try scene.prepared()
                let terminal = try Terminal(try scene.command("--debug"), columns: 200)
                expectSession(terminal)
                terminal.type("n\n")
                #expect(terminal.wait() == .code(1))
                try scene.expectNothingLeft(since: before)
            }
        }

        /// Whoever closes the window is in the shell or at the question.
        @Test(.alone) func aTerminalThatGoesLeavesNothing() async throws {
            try await withBuild { scene in
                try failing(scene)
                let before = try scene.prepared()
                let terminal = try Terminal(try scene.command("--debug"), columns: 200)
                #expect(terminal.shows("leave it to go on"), "\(terminal.screen)")
                kill(terminal.process, SIGKILL)
                #expect(terminal.wait() == .signal(SIGKILL))
                try scene.expectNothingLeft(since: before)
            }
        }

        @Test(.alone) func withoutATerminal() async throws {
            try await withBuild { scene in
                try failing(scene)
                let before = try scene.prepared()
                let output = try scene.build("--debug")
                expectOneError(output, saying: "ended with code 1")
                #expect(output.standardError.contains("standard input is no terminal"), "\(output.description)")
                try scene.expectNothingLeft(since: before)
            }
        }
    }
}
