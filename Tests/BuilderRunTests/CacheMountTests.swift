import Glibc
import LinuxSystem
import SystemPackage
import TestSupport
import Testing

@testable import Builder
@testable import Dockerfile

@Suite(
    "Cache mounts", .timeLimit(.minutes(5)), .serialized,
    .enabled("needs root, crun and /bin/busybox") { try Requirement.met(.root, .busybox, .crun) })
struct CacheMountTests {
    private func cache(
        _ id: String, _ sharing: RunMount.Cache.Sharing = .shared, target: String = "/cache", isReadOnly: Bool = false,
        source: String = "/", permissions: RunMount.Permissions = .standard(0o755), seed: MountSource? = nil
    ) -> StepMount {
        .cache(
            RunMount.Cache(
                id: id, target: target, isReadOnly: isReadOnly, sharing: sharing, from: nil, source: source,
                permissions: permissions), seed: seed)
    }

    @Test("what one step leaves, the next one finds; ids are apart; read-only")
    func persistence() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let (step, _) = try await fixture.run(
            fixture.step("echo kept > /cache/x; stat -c '%a %u:%g' /cache") { $0.mounts = [cache("a")] })
        #expect(step.isEmpty)
        #expect(
            try await fixture.run(fixture.step("cat /c/x") { $0.mounts = [cache("a", target: "/c")] }).text == "kept\n")
        #expect(try await fixture.run(fixture.step("ls /cache") { $0.mounts = [cache("b")] }).text == "")
        let error = try await fixture.failure(
            fixture.step("touch /cache/y") { $0.mounts = [cache("a", isReadOnly: true)] })
        #expect(error.message.contains("Read-only file system"))
        let entries = try fixture.runner.caches.list()
        #expect(entries.map { $0.id } == ["a", "b"] && entries.map { $0.size } == [5, 0])
        #expect(entries.allSatisfy { $0.copies == 1 && abs($0.lastUse - Int64(time(nil))) < 60 })
    }

    @Test("mode, uid and gid of a new cache; other ones make another cache")
    func permissions() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let mine = cache("p", permissions: .init(mode: 0o1730, uid: 33, gid: 5, isDefault: false))
        let (_, text) = try await fixture.run(
            fixture.step("stat -c '%a %u:%g' /cache; touch /cache/x") {
                $0.user = "www-data"
                $0.mounts = [mine]
            })
        #expect(text == "1730 33:5\n")
        #expect(try await fixture.run(fixture.step("ls /cache") { $0.mounts = [cache("p")] }).text == "")
    }

    @Test("a new cache begins with a part of a stage")
    func seeds() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let (stage, _) = try await fixture.run(fixture.step("mkdir -p /out/d; echo first > /out/d/f; ln -s d /out/l"))
        let layers = MountSource.layers([stage.upper] + fixture.base, named: "the stage `a`", identity: "a")
        let seeded = cache("s", source: "/out", seed: layers)
        #expect(
            try await fixture.run(fixture.step("cat /cache/l/f; echo more >> /cache/d/f") { $0.mounts = [seeded] }).text
                == "first\n")
        #expect(try await fixture.run(fixture.step("cat /cache/d/f") { $0.mounts = [seeded] }).text == "first\nmore\n")
        #expect(try Files.text(stage.upper.appending("out/d/f")) == "first\n")
        let other = cache("s", source: "/out", seed: .layers([stage.upper], named: "the stage `b`", identity: "b"))
        #expect(try await fixture.run(fixture.step("cat /cache/d/f") { $0.mounts = [other] }).text == "first\n")
        let missing = cache("m", source: "/nowhere", seed: layers)
        let error = try await fixture.failure(fixture.step("true") { $0.mounts = [missing] })
        #expect(error.code == .sourceMissing && error.message.contains("the stage `a`"), "\(error.message)")
        // Half a cache is none: the next step fills it anew.
        #expect(try await fixture.failure(fixture.step("true") { $0.mounts = [missing] }).code == .sourceMissing)
    }

    /// Two steps at once that each say when they begin and end, and see what the other left.
    private func pair(_ fixture: RunFixture, _ sharing: RunMount.Cache.Sharing) async throws -> [String] {
        let output = Output()
        let mount = cache("pair", sharing)
        try await withThrowingTaskGroup { group in
            for name in ["one", "two"] {
                let request = fixture.step("echo begin; touch /cache/\(name); sleep 0.5; ls /cache | wc -l; echo end") {
                    $0.mounts = [mount]
                }
                group.addTask { _ = try await fixture.runner.run(request) { output.add($0) } }
            }
            try await group.waitForAll()
        }
        return output.lines.map { $0.text }
    }

    @Test("shared: both use it at the same time")
    func shared() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let lines = try await pair(fixture, .shared)
        #expect(lines.prefix(2) == ["begin", "begin"] && lines.filter { $0 == "2" }.count == 2, "\(lines)")
        #expect(try fixture.runner.caches.list().map { $0.copies } == [1])
    }

    @Test("locked: one waits for the other")
    func locked() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        #expect(try await pair(fixture, .locked) == ["begin", "1", "end", "begin", "2", "end"])
        #expect(try fixture.runner.caches.list().map { $0.copies } == [1])
    }

    @Test("private: each has a copy of its own, and the next one takes the first again")
    func `private`() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let lines = try await pair(fixture, .private)
        #expect(lines.prefix(2) == ["begin", "begin"] && lines.filter { $0 == "1" }.count == 2, "\(lines)")
        #expect(try fixture.runner.caches.list().map { $0.copies } == [2])
        let again = try await fixture.run(fixture.step("ls /cache | wc -l") { $0.mounts = [cache("pair", .private)] })
        #expect(again.text == "1\n")
    }

    @Test("a cache that is mounted twice in one step, and two steps that want the same two, do not wait for ever")
    func noDeadlock() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let twice = try await fixture.run(
            fixture.step("touch /a/x; ls /b") {
                $0.mounts = [cache("t", .locked, target: "/a"), cache("t", .locked, target: "/b")]
            })
        #expect(twice.text == "x\n")
        try await withThrowingTaskGroup { group in
            for order in [["x", "y"], ["y", "x"], ["x", "y"], ["y", "x"]] {
                let mounts = order.map { cache($0, .locked, target: "/\($0)") }
                let request = fixture.step("sleep 0.1") { $0.mounts = mounts }
                group.addTask { _ = try await fixture.runner.run(request) { _ in } }
            }
            try await group.waitForAll()
        }
    }

    @Test("prune: not what is in use; a step that waits for a locked cache can be cancelled")
    func prune() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let output = Output()
        let mount = cache("p", .locked)
        let request = fixture.step("echo up; sleep 60") { $0.mounts = [mount] }
        let holder = Task { try await fixture.runner.run(request) { output.add($0) } }
        try await output.wait(for: "up")
        let entry = try #require(try fixture.runner.caches.list().first)
        #expect(try !fixture.runner.caches.remove(entry.key))
        let waiter = Task { try await fixture.runner.run(request) { _ in } }
        try await Task.sleep(for: .milliseconds(200))
        let start = ContinuousClock.now
        waiter.cancel()
        await #expect(throws: BuildError.self) { try await waiter.value }
        #expect(ContinuousClock.now - start < .seconds(1))
        holder.cancel()
        await #expect(throws: BuildError.self) { try await holder.value }
        #expect(try fixture.runner.caches.remove(entry.key))
        #expect(try fixture.runner.caches.list() == [])
        #expect(try fixture.runner.caches.remove("nothing"))
    }
}
