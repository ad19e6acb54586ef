import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// A build whose process was killed.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct BuildKilledTests {
        private func sleeping(_ scene: BuildScene) throws -> (time: String, before: HostSnapshot) {
            let time = BuildScene.sleepTime
            try scene.writeDockerfile("RUN --mount=type=cache,target=/c trap '' TERM; sleep \(time)")
            return (time, try scene.prepared())
        }

        private func start(_ scene: BuildScene, _ time: String) throws -> RunningCommand {
            let running = try scene.command("--progress", "plain").start()
            #expect(eventually { BuildScene.isRunning("sleep \(time)") })
            return running
        }

        private func watchers(of process: Int32) -> [Int32] {
            let children = try? String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8)
            let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int32($0) } ?? []
            #expect(children != nil)
            return all.filter { pid in
                let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
                return String(decoding: line, as: UTF8.self).contains("watch-build\0\(process)\0")
            }
        }

        /// The container ends at once, and everything else goes without another command.
        @Test(.alone) func nothingIsLeft() async throws {
            try await withBuild { scene in
                let (time, before) = try sleeping(scene)
                let running = try start(scene, time)
                // The proof that the check would see what such a build consists of.
                let meanwhile = try scene.difference(since: before)
                // Mounts of a user are in namespaces of the user's, and it has no control groups.
                let others = UserRun.isOn ? [] : ["mount", "cgroup"]
                for kind in ["networkNamespace", "link", "process", "file"] + others {
                    #expect(meanwhile.contains { $0.hasPrefix("+ \(kind) ") }, "\(kind): \(meanwhile)")
                }
                running.send(SIGKILL)
                #expect(running.wait().exit == .signal(SIGKILL))
                #expect(eventually(within: .seconds(1)) { !BuildScene.isRunning("sleep \(time)") })
                try scene.expectNothingLeft(since: before)
            }
        }

        /// Where the process that watches was killed as well, the next command that has to do with containers or images
        /// clears away, whichever it is.
        @Test(.alone, arguments: ["build", "prune", "up", "down"]) func theNextCommandClearsAway(_ next: String)
            async throws
        {
            try await withBuild { scene in
                try scene.project.write(
                    "Envfile",
                    "name: \(scene.fixture.id)\nservices:\n  web:\n    image: bootstrap:busybox\n    command: sleep 1000\n"
                        + "    stop_grace_period: 0s\n")
                if next == "up" || next == "down" {
                    try scene.project.expectSuccess("up")
                    try scene.project.expectSuccess("down")
                }
                let (time, before) = try sleeping(scene)
                let running = try start(scene, time)
                let watchers = watchers(of: running.process)
                #expect(watchers.count == 1)
                for watcher in watchers { kill(watcher, SIGKILL) }
                running.send(SIGKILL)
                #expect(running.wait().exit == .signal(SIGKILL))
                #expect(BuildScene.isRunning("sleep \(time)"), "nothing is left to be cleared away")

                switch next {
                case "build": try scene.project.expectSuccess("build", "-t", "\(scene.fixture.id)-first", "first")
                case "prune": try scene.project.expectSuccess("image", "prune")
                case "up":
                    try scene.project.expectSuccess("up")
                    #expect(!BuildScene.isRunning("sleep \(time)"))
                    try scene.project.expectSuccess("down")
                default: try scene.project.expectSuccess("down")
                }
                #expect(!BuildScene.isRunning("sleep \(time)"))
                try scene.expectNothingLeft(since: before)
            }
        }
    }
}
