import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// Ctrl-C, and other ways in which a build is told to end.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct BuildInterruptTests {
        /// Waits until the build is where it is wanted, and stops it.
        /// - Returns: Its output, and how long it took to end.
        private func stop(
            _ command: Command, with signals: [Int32], when isThere: () -> Bool
        ) throws -> (Command.Output, Duration) {
            let running = try command.start()
            let isReached = eventually(within: .seconds(20), isThere)
            #expect(isReached, "it never came to what is to be stopped")
            let start = ContinuousClock.now
            for signal in signals {
                running.send(signal)
                usleep(20_000)
            }
            let output = running.wait(timeout: .seconds(20))
            return (output, .now - start)
        }

        private func expectStopped(_ output: Command.Output, _ time: Duration, by signal: Int32) {
            // To die of the signal is what a shell shows as 128 and its number.
            #expect(output.exit == .signal(signal), "\(output.description)")
            #expect(time < .seconds(1.2), "it took \(time)")
            expectStopMessage(output)
        }

        private func expectStopMessage(_ output: Command.Output) {
            let errors = output.standardError.split(separator: "\n").filter { $0.hasPrefix("trice: ") }
            #expect(
                errors == ["trice: Stopped before the end. What was done until then is kept."], "\(output.description)")
        }

        @Test(.alone, arguments: [[SIGINT], [SIGTERM], [SIGINT, SIGINT, SIGTERM]])
        func twoStagesAtOnce(_ signals: [Int32]) async throws {
            try await withBuild { scene in
                let (one, two) = (BuildScene.sleepTime, BuildScene.sleepTime)
                try scene.writeDockerfile(
                    "RUN echo kept > /kept", "RUN trap '' TERM INT; sleep \(one)", "FROM bootstrap:busybox AS b",
                    "RUN sleep \(two)", "FROM a", "COPY --from=b / /", base: "FROM bootstrap:busybox AS a")
                let before = try scene.prepared()
                let (output, time) = try stop(try scene.command("--progress", "plain"), with: signals) {
                    BuildScene.isRunning("sleep \(one)") && BuildScene.isRunning("sleep \(two)")
                }
                expectStopped(output, time, by: signals[0])
                try scene.expectNothingLeft(since: before, within: .seconds(1))

                try scene.writeDockerfile("RUN echo kept > /kept")
                #expect(try scene.expectBuild().contains("RUN echo kept > /kept: cached"))
            }
        }

        @Test(.alone) func aCopyOfALargeTree() async throws {
            try await withBuild { scene in
                // A sparse file of a size that is read for many seconds, and many small files.
                let script = "mkdir -p big/d && truncate -s 200G big/file && cd big/d && seq 3000 | xargs touch"
                #expect(try Command("sh", ["-c", script], directory: scene.project.directory).run().succeeded)
                try scene.writeDockerfile("COPY big/ /big/")
                let before = try scene.prepared()
                let began = ContinuousClock.now
                let (output, time) = try stop(try scene.command("--progress", "plain"), with: [SIGINT]) {
                    .now - began > .seconds(0.5)
                }
                expectStopped(output, time, by: SIGINT)
                try scene.expectNothingLeft(since: before, within: .seconds(1))
            }
        }

        /// The file is known by its digest; what is stopped is the copy itself.
        @Test(.alone) func aCopyFromAStage() async throws {
            try await withBuild { scene in
                try scene.writeDockerfile(
                    "RUN mkdir /big && truncate -s 400G /big/file && echo hello >> /big/file", "FROM scratch",
                    "COPY --from=a /big/ /big/", base: "FROM bootstrap:busybox AS a")
                let before = try scene.prepared()
                let log = try scene.command("--progress", "plain")
                let began = ContinuousClock.now
                let (output, time) = try stop(log, with: [SIGTERM]) { .now - began > .seconds(1) }
                expectStopped(output, time, by: SIGTERM)
                try scene.expectNothingLeft(since: before, within: .seconds(1))
            }
        }

        @Test(.alone, arguments: ["http", "git"]) func aFetch(_ kind: String) async throws {
            try await withBuild { scene in
                // It takes connections and says nothing.
                let port = try Fixture.freePort()
                let server = try Socket(binding: .tcp, to: Endpoint("127.0.0.1", port))
                let address = "http://127.0.0.1:\(port)/x\(kind == "git" ? ".git" : "")"
                try scene.writeDockerfile("ADD \(address) /x")
                let before = try scene.prepared()
                let began = ContinuousClock.now
                let (output, time) = try stop(try scene.command("--progress", "plain"), with: [SIGINT]) {
                    .now - began > .seconds(0.7)
                }
                expectStopped(output, time, by: SIGINT)
                try scene.expectNothingLeft(since: before, within: .seconds(2))
                withExtendedLifetime(server) {}
            }
        }

        /// A terminal sends the signal to the whole group.
        @Test(.alone) func controlCOnATerminal() async throws {
            try await withBuild { scene in
                let time = BuildScene.sleepTime
                try scene.writeDockerfile("RUN echo begun; sleep \(time)")
                let before = try scene.prepared()
                let terminal = try Terminal(try scene.command(), columns: 120)
                #expect(
                    eventually {
                        _ = terminal.screen; return BuildScene.isRunning("sleep \(time)")
                    })
                #expect(terminal.shows("begun"))
                terminal.type("\u{3}")
                #expect(terminal.wait(timeout: .seconds(3)) == .signal(SIGINT), "\(terminal.screen)")
                #expect(terminal.screen.contains("not finished"), "\(terminal.screen)")
                try scene.expectNothingLeft(since: before, within: .seconds(1))
            }
        }

        /// nohup(1) and a shell's `&` without job control switch signals off, and that stays so.
        @Test func ignoredSignalsStayIgnored() async throws {
            try await withBuild { scene in
                try scene.writeDockerfile("RUN sleep 0.5; echo done > /done")
                let trice = try scene.command("--progress", "plain")
                let words = ([trice.executable] + trice.arguments).joined(separator: " ")
                var command = trice
                command.executable = "sh"
                command.arguments = ["-c", "trap '' INT HUP; exec \(words)"]
                let running = try command.start()
                usleep(400_000)
                running.send(SIGINT)
                running.send(SIGHUP)
                #expect(running.wait().exit == .code(0))
                #expect(scene.layerFile("done") == "done\n")
            }
        }
    }
}
