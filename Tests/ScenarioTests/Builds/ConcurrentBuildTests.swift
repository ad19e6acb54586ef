import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// Several builds at once, and other commands meanwhile.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct ConcurrentBuildTests {
        @Test(.alone) func oneWaitsAndReuses() async throws {
            try await withBuild { scene in
                try scene.writeDockerfile("RUN sleep 1; date +%N > /time")
                let before = try scene.prepared()
                let first = try scene.command("--progress", "plain").start()
                usleep(300_000)
                let second = try scene.command("--progress", "plain").start()
                let (one, two) = (first.wait(), second.wait())
                #expect(one.exit == .code(0) && two.exit == .code(0), "\(one.description)\(two.description)")
                #expect(one.standardError.contains("(first build)"), "\(one.description)")
                #expect(two.standardError.contains("waits for another build that does the same"), "\(two.description)")
                #expect(two.standardError.contains("RUN sleep 1; date +%N > /time: cached"), "\(two.description)")
                #expect(
                    one.standardOutput.split(separator: " ")[1].prefix(12)
                        == two.standardOutput.split(separator: " ")[1].prefix(12))
                try scene.expectNothingLeft(since: before)
            }
        }

        /// Whoever waits does the step itself when the other one fails or is killed.
        @Test(.alone) func theWaitingOneGoesOn() async throws {
            try await withBuild { scene in
                try scene.writeDockerfile("RUN sleep 1; echo done > /done")
                let before = try scene.prepared()
                let first = try scene.command("--progress", "plain").start()
                usleep(300_000)
                let second = try scene.command("--progress", "plain").start()
                usleep(200_000)
                first.send(SIGKILL)
                _ = first.wait()
                let output = second.wait()
                #expect(output.exit == .code(0), "\(output.description)")
                #expect(scene.layerFile("done") == "done\n")
                try scene.expectNothingLeft(since: before)
            }
        }

        @Test func commonStagesAreBuiltOnce() async throws {
            try await withBuild { scene in
                try scene.writeDockerfile(
                    "RUN sleep 0.5; date +%N > /time", "FROM common AS a", "RUN cp /time /a", "FROM common AS b",
                    "RUN cp /time /b", base: "FROM bootstrap:busybox AS common")
                let both = try ["a", "b"].map { target in
                    try scene.project.command(["build", "-t", "\(scene.fixture.id)-\(target)", "--target", target, "."])
                        .start()
                }
                for command in both {
                    let output = command.wait()
                    #expect(output.exit == .code(0), "\(output.description)")
                }
                let time = scene.layerFile("time")
                #expect(time != nil && scene.layerFile("a") == time && scene.layerFile("b") == time)
            }
        }

        @Test(.alone) func pruneDuringABuild() async throws {
            try await withBuild { scene in
                try scene.writeDockerfile(
                    "RUN echo one > /one", "RUN sleep 1", "FROM bootstrap:busybox", "COPY --from=a /one /two",
                    base: "FROM bootstrap:busybox AS a")
                _ = try scene.prepared()
                let running = try scene.command("--progress", "plain").start()
                usleep(500_000)
                let prune = try scene.project.command(["image", "prune"]).start()
                #expect(prune.wait().exit == .code(0))
                let output = running.wait()
                #expect(output.exit == .code(0), "\(output.description)")
                #expect(scene.layerFile("two") == "one\n")
                // Everything that the image needs is there.
                try scene.writeDockerfile("RUN cat /two", base: "FROM \(scene.image)")
                let next = try scene.build("--tag", "\(scene.fixture.id)-next")
                #expect(next.standardError.contains(": one"), "\(next.description)")
            }
        }

        @Test func buildDuringUp() async throws {
            try await withBuild { scene in
                try scene.project.write(
                    "Envfile",
                    """
                    name: \(scene.fixture.id)
                    services:
                      web:
                        build: .
                        command: sleep 1000
                        stop_grace_period: 0s
                    """)
                try scene.writeDockerfile("RUN sleep 0.7; date +%N > /time")
                let up = try scene.project.command(["up", "--progress", "plain"]).start()
                usleep(200_000)
                let build = try scene.project.command(["build", "--progress", "plain"]).start()
                let (one, two) = (up.wait(), build.wait())
                #expect(one.exit == .code(0) && two.exit == .code(0), "\(one.description)\(two.description)")
                let times = [one, two].map { $0.standardError.components(separatedBy: "(first build)").count - 1 }
                #expect(times.reduce(0, +) == 1, "\(one.description)\(two.description)")
                #expect(try scene.project.status().running == ["web"])
                try scene.project.expectSuccess("down")
            }
        }
    }
}
