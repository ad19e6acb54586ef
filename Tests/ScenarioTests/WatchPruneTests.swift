import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// What a rebuild of `watch` removes.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct WatchPruneTests {
        private func layers(of fixture: Fixture) throws -> Set<String> {
            Set(try FileManager.default.contentsOfDirectory(atPath: "\(fixture.stateDirectory)/layers"))
        }

        /// What other projects and earlier commands have left is not this watch's.
        @Test(arguments: [true, false]) func onlyReplacedImagesOfTheProjectGo(prunes: Bool) async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        build: { context: ., no_cache: true }
                        command: sleep 1000
                        stop_grace_period: 0s
                        develop:
                          watch:
                            - { path: src, action: rebuild }
                    """)
                // Each build makes another image, and the cache keeps the last one only.
                try project.write("Dockerfile", "FROM bootstrap:busybox\nRUN cat /proc/sys/kernel/random/uuid >/made\n")
                try project.write("src/a", "1\n")
                let watch = try project.command(["watch", "--json"] + (prunes ? [] : ["--no-prune"])).start()
                #expect(eventually(within: .seconds(40)) { watch.standardOutput.contains("\"directories\"") })
                let made = try project.expectSuccess("exec", "web", "cat", "/made")
                let former = try layers(of: fixture)
                // A layer that nothing has: `image prune` would remove it.
                let stray = "\(fixture.stateDirectory)/layers/" + String(repeating: "ab", count: 32)
                try FileManager.default.createDirectory(atPath: stray, withIntermediateDirectories: true)
                try project.write("src/a", "2\n")
                #expect(eventually(within: .seconds(40)) { watch.standardOutput.contains("\"rebuild\"") })
                watch.send(SIGINT)
                _ = watch.wait(timeout: .seconds(20))
                #expect(!watch.standardOutput.contains("\"error\""), "\(watch.standardOutput)")
                #expect(try project.expectSuccess("exec", "web", "cat", "/made") != made)
                let kept = former.intersection(try layers(of: fixture))
                #expect(prunes ? kept.count < former.count : kept == former, "\(former) \(kept)")
                #expect(FileManager.default.fileExists(atPath: stray))
                try FileManager.default.removeItem(atPath: stray)
            }
        }
    }
}
