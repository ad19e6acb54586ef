import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// Seeds at bad moments: killed commands, a full disk, a service that a seed does not suit.
    @Suite(.timeLimit(.minutes(10)), .scenario, .needsRoot(.freezing)) struct SeedFaultTests {
        /// Two volumes that get the same random number and many files, and a service that refuses to start with half of that.
        private static func twins(_ name: String) -> String {
            """
            name: \(name)
            services:
              db:
                image: bootstrap:busybox
                stop_grace_period: 0s
                command:
                  - sh
                  - -c
                  - |
                    if [ ! -e /a/complete ] && [ ! -e /b/complete ]; then
                      n=$$(head -c 8 /dev/urandom | md5sum)
                      mkdir -p /a/d /b/d; i=0
                      while [ $$i -lt 1500 ]; do echo $$i >/a/d/$$i; echo $$i >/b/d/$$i; i=$$((i+1)); done
                      echo "$$n" >/a/n; echo "$$n" >/b/n; touch /a/complete /b/complete
                    fi
                    cmp /a/n /b/n && [ $$(ls /a/d | wc -l) = 1500 ] && [ $$(ls /b/d | wc -l) = 1500 ] || exit 3
                    touch /up; exec sleep 100000
                wait: { exec: ["test", "-e", "/up"], timeout: 30s }
                seed: auto
                volumes: ["a:/a", "b:/b"]
            volumes: { a: {}, b: {} }

            """
        }

        private static func seeds(_ fixture: Fixture, _ ending: String) -> [String] {
            ((try? SnapshotTests.names(in: "\(fixture.stateDirectory)/seeds")) ?? []).filter { $0.hasSuffix(ending) }
        }

        private func number(_ project: Project) throws -> String {
            try project.expectSuccess("exec", "db", "cat", "/a/n")
        }

        /// Half a seed is never used, and is gone after the next command.
        @Test func aKilledKeepingLeavesNoSeed() async throws {
            try await withFixture { fixture in
                let first = try fixture.project(Self.twins("\(fixture.id)a"), named: "a")
                let second = try fixture.project(Self.twins("\(fixture.id)b"), named: "b")
                try first.expectSuccess("up")
                try first.expectSuccess("down", "--volumes")
                try first.expectSuccess("prune", "--all", "--force")
                var halves = 0
                for milliseconds in [0, 2, 5, 10, 20, 40, 80] as [UInt32] {
                    let running = try first.command(["up"]).start()
                    #expect(
                        eventually(within: .seconds(60)) { !Self.seeds(fixture, ".json").isEmpty || !running.isRunning }
                    )
                    usleep(milliseconds * 1000)
                    running.send(SIGKILL)
                    _ = running.wait()
                    let documents = try Self.seeds(fixture, ".json").map {
                        try String(contentsOfFile: "\(fixture.stateDirectory)/seeds/\($0)", encoding: .utf8)
                    }
                    let isHalf = documents.contains { $0.contains("\"isComplete\":false") }
                    if isHalf {
                        halves += 1
                        #expect(try !second.trice("plan").description.contains("from a seed"))
                    }
                    // The service that stood still goes on, and has all.
                    try first.expectSuccess("up")
                    #expect(try first.status().running == ["db"], "after \(milliseconds) ms")
                    if isHalf { #expect(Self.seeds(fixture, "").isEmpty, "after \(milliseconds) ms") }
                    try second.expectSuccess("up")
                    if isHalf { #expect(try number(first) != number(second)) }
                    for project in [first, second] { try project.expectSuccess("down", "--volumes") }
                    try first.expectSuccess("prune", "--all", "--force")
                    #expect(try SnapshotTests.layers(fixture).allSatisfy { !$0.hasPrefix("local-") })
                }
                #expect(halves > 0)
            }
        }

        /// An environment that is killed while it gets a seed has all of it or nothing.
        @Test func aKilledUseIsFinishedOrUndone() async throws {
            try await withFixture { fixture in
                let first = try fixture.project(Self.twins("\(fixture.id)a"), named: "a")
                let second = try fixture.project(Self.twins("\(fixture.id)b"), named: "b")
                try first.expectSuccess("up")
                for milliseconds in [8, 16, 24, 32, 40, 60] as [UInt32] {
                    let running = try second.command(["up"]).start()
                    usleep(milliseconds * 1000)
                    running.send(SIGKILL)
                    _ = running.wait()
                    let output = try second.trice("up")
                    #expect(output.succeeded, "after \(milliseconds) ms: \(output)")
                    #expect(try second.status().running == ["db"])
                    let names = try SnapshotTests.names(in: "\(fixture.stateDirectory)/volumes")
                    for name in names {
                        let volumes = try SnapshotTests.names(in: "\(fixture.stateDirectory)/volumes/\(name)")
                        #expect(!volumes.contains(".seeding") && !volumes.contains(".seeded"))
                    }
                    try second.expectSuccess("down", "--volumes")
                }
            }
        }

        /// What a command has left that was killed between the two renames is finished by the next one.
        @Test func whatIsStagedIsFinished() async throws {
            try await withFixture { fixture in
                let first = try fixture.project(Self.twins("\(fixture.id)a"), named: "a")
                let second = try fixture.project(Self.twins("\(fixture.id)b"), named: "b")
                try first.expectSuccess("up")
                try second.expectSuccess("up")
                try second.expectSuccess("down")
                // As a killed command would have left it: one volume in its place, the other not.
                let id = try #require(
                    try SnapshotTests.names(in: "\(fixture.stateDirectory)/volumes").first {
                        $0.hasPrefix("\(fixture.id)b")
                    })
                let volumes = "\(fixture.stateDirectory)/volumes/\(id)"
                let manager = FileManager.default
                try manager.createDirectory(atPath: "\(volumes)/.seeded", withIntermediateDirectories: false)
                let moved = try SnapshotTests.names(in: volumes).contains(".layers-b") ? ".layers-b" : "b"
                try manager.moveItem(atPath: "\(volumes)/\(moved)", toPath: "\(volumes)/.seeded/\(moved)")
                // The layers below are still needed.
                try first.expectSuccess("prune", "--all", "--force")
                try second.expectSuccess("up")
                #expect(try number(first) == number(second))
                #expect(try !SnapshotTests.names(in: volumes).contains(".seeded"))
            }
        }

        @Test func onAFullDiskThereIsNoSeed() async throws {
            try await withFixture { fixture in
                let state = fixture.stateDirectory
                try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
                try #require(mount("none", state, "tmpfs", 0, "size=64m,mode=0700") == 0)
                fixture.onCleanUp { umount2(state, Int32(MNT_DETACH)) }
                let project = try fixture.project(
                    SeedTests.slow(fixture.id, seconds: 0).replacing(
                        "-c 100000 /dev/urandom", with: "-c 40000000 /dev/zero"))
                try project.expectSuccess("pull")
                let before = try SnapshotTests.layers(fixture)
                expect(try project.trice("up"), endsWith: 0, saying: "no seed could be kept", "full")
                #expect(try project.status().running == ["db"])
                #expect(Self.seeds(fixture, "").isEmpty)
                #expect(try SnapshotTests.layers(fixture) == before)
                #expect(try SnapshotTests.names(in: "\(state)/layers/ingest").filter { $0 != "lock" }.count <= 1)
            }
        }

        /// What is too large to be copied while a service stands still becomes no seed, and `up` is not slower.
        @Test func whatIsLargeIsNotCopied() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    SeedTests.slow(fixture.id, seconds: 0).replacing(
                        "head -c 100000 /dev/urandom >/data/random", with: "truncate -s 300000000 /data/random"))
                let output = try project.trice("up")
                #expect(output.succeeded, "\(output)")
                // btrfs and xfs copy it at once.
                let isKept = !Self.seeds(fixture, ".json").isEmpty
                #expect(isKept != output.description.contains("no seed is kept, because a copy of 300 MB"))
            }
        }

        /// A seed from which a service does not become healthy is not used again.
        @Test func aSeedThatDoesNotSuitIsWithdrawn() async throws {
            try await withFixture { fixture in
                func text(_ name: String) -> String {
                    SeedTests.slow(name, seconds: 0).replacing(
                        "touch /up;", with: "[ -e /data/used ] && exit 3; touch /data/used /up;")
                }
                let first = try fixture.project(text("\(fixture.id)a"), named: "a")
                let second = try fixture.project(text("\(fixture.id)b"), named: "b")
                try first.expectSuccess("up")
                expect(
                    try second.trice("up"), endsWith: 1, saying: "has begun from a seed and is not healthy",
                    "trice down --volumes", "code 3")
                try second.expectSuccess("down", "--volumes")
                let output = try second.trice("up")
                #expect(output.succeeded && !output.description.contains("from a seed"), "\(output)")
            }
        }

        /// A seed without its layers, or of another form, is none.
        @Test(arguments: ["layer", "format", "half", "empty"]) func aDamagedSeedIsNotUsed(damage: String) async throws {
            try await withFixture { fixture in
                let first = try fixture.project(SeedTests.slow("\(fixture.id)a", seconds: 0), named: "a")
                let second = try fixture.project(SeedTests.slow("\(fixture.id)b", seconds: 0), named: "b")
                try first.expectSuccess("up")
                #expect(try second.trice("plan").description.contains("from a seed"))
                let name = try #require(Self.seeds(fixture, ".json").first)
                let file = "\(fixture.stateDirectory)/seeds/\(name)"
                let text = try String(contentsOfFile: file, encoding: .utf8)
                let changed =
                    switch damage {
                    case "layer": text.replacing("\"local-", with: "\"local-0")
                    case "format": text.replacing("\"format\":1", with: "\"format\":7")
                    case "half": String(text.prefix(text.count / 2))
                    default: ""
                    }
                #expect(changed != text)
                try Data(changed.utf8).write(to: URL(filePath: file))
                #expect(try !second.trice("plan").description.contains("from a seed"))
                try second.expectSuccess("up")
                #expect(try second.status().running == ["db"])
                // A good one has taken its place.
                #expect(try String(contentsOfFile: file, encoding: .utf8) != changed)
            }
        }
    }
}
