import Builder
import Images
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

/// What happens at the same time, after a crash, and when something is missing.
@Suite(
    .timeLimit(.minutes(5)), .enabled("roots of busybox need root and busybox") { try Requirement.met(.root, .busybox) }
)
struct SolveSafetyTests {
    let fixture: SolveFixture

    init() throws {
        fixture = try SolveFixture()
        try fixture.run("mkdir -p src; echo a > src/a.c; echo r > README")
    }

    @Test func waitsForABuildThatDoesTheSame() async throws {
        let request = fixture.request("FROM bootstrap:busybox\nRUN sleep 0.3; echo x > /x\nCOPY README /\n")
        // Two builders share only the records, the layers and the locks, as two processes do.
        let results = try await withThrowingTaskGroup(of: BuildResult.self) { group in
            for _ in 1...3 {
                group.addTask { try await Builder(host: fixture.host()).build([request])[0] }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(fixture.executor.names == ["RUN sleep 0.3; echo x > /x"])
        #expect(results.map(\.executed.count).sorted() == [0, 0, 2])
        #expect(Set(results.map(\.image.layers)).count == 1)
        #expect(try fixture.leftovers() == [])
    }

    @Test func clearsAwayWhatADeadBuildLeft() async throws {
        let dead = fixture.work.appending("1-1")
        for name in ["upper", "work", "root", "lower"] { try Files.createDirectory(dead.appending(name)) }
        try Mounts.overlay(
            lowers: [dead.appending("lower")], upper: dead.appending("upper"), work: dead.appending("work"),
            at: dead.appending("root"))
        try Files.write([], to: fixture.work.appending("1-1.lock"))
        try await fixture.build("FROM scratch\nCOPY README /\n")
        #expect(try fixture.leftovers() == [])
    }

    @Test func doesNotTrustLayersOfAnotherBootThatMayNotBeOnDisk() async throws {
        let text = "FROM scratch\nCOPY README /\n"
        try await fixture.build(text)
        var record = try #require(try fixture.cache.records().first)
        #expect(record.boot == nil)
        record.boot = "another"
        try fixture.cache.save(record, details: nil)
        #expect(try await fixture.build(text).executed == ["COPY README /: its layer was removed"])
    }

    @Test func letsTheCacheGo() async throws {
        let text = "FROM scratch AS a\nCOPY src /\nFROM scratch\nCOPY README /\n"
        try await fixture.build(text) { $0.target = "a" }
        let kept = try await fixture.build(text) { $0.tags = ["localhost/x:latest"] }
        let cache = BuildCache(images: fixture.images, records: fixture.cache)
        let entries = try cache.entries()
        #expect(Set(entries.map(\.instruction)) == ["COPY src /", "COPY README /"])
        #expect(entries.filter(\.isInUse).map(\.layer) == kept.image.layers.map(\.name))
        #expect(try cache.prune(usedBefore: 1).entries == [])
        #expect(try cache.prune(keeping: 1 << 20).entries == [])
        let pruned = try cache.prune()
        #expect(pruned.entries.map(\.instruction) == ["COPY src /"])
        #expect(pruned.size == 2)
        #expect(try await fixture.build(text).executed == [])
        #expect(
            try await fixture.build(text) { $0.target = "a" }.executed == ["COPY src /: its layer was removed"])
    }

    @Test func buildsStagesAnewThatAreNamed() async throws {
        let text =
            "FROM bootstrap:busybox AS a\nRUN echo a > /a\nFROM bootstrap:busybox AS b\nRUN echo b > /b\nCOPY --from=a /a /\n"
        try await fixture.build(text)
        let second = try await fixture.build(text) { $0.stagesWithoutCache = ["a"] }
        #expect(second.executed == ["RUN echo a > /a: the cache is not to be used"])
    }

    @Test func saysWhatIsMissing() async throws {
        let away = fixture.directory.appending("away")
        var request = BuildRequest(name: "app", context: .directory(away))
        var error = try await solveError { _ = try await fixture.build([request]) }
        #expect(error.code == .contextMissing)
        #expect(error.message == "Could not build `app`: its context is \(away), and there is no such directory.")

        try fixture.run("touch Dockerfile.dev")
        request.context = .directory(fixture.context)
        error = try await solveError { _ = try await fixture.build([request]) }
        #expect(error.code == .invalidDockerfile)
        #expect(error.message.contains("There is `Dockerfile.dev`. Name the Dockerfile with `--file`"))

        error = try await solveError {
            try await fixture.build("FROM scratch\nCOPY --from=x README /\n") {
                $0.additionalContexts = ["x": .build("y")]
            }
        }
        #expect(
            error.message == "Could not build `app`: it needs the image of `y`, which is not built. There are `app`.")

        error = try await solveError { try await fixture.build("FROM scratch\nCOPYY a b\n") }
        #expect(error.code == .invalidDockerfile)
        #expect(error.message.contains("dockerfile_inline:2:1"))

        error = try await solveError { try await fixture.build("FROM scratch\n\nCOPY REDME /\n") }
        #expect(error.code == .sourceMissing)
        #expect(error.message.hasPrefix("dockerfile_inline:3: Could not copy `REDME` from the context"))
        #expect(error.message.contains("`README`"))

        let twice = [fixture.request("FROM scratch\n"), fixture.request("FROM scratch\n")]
        error = try await solveError { _ = try await fixture.build(twice) }
        #expect(error.code == .invalidRequest)
        #expect(try fixture.leftovers() == [])
    }

    @Test func warnsOfArgumentsThatNothingDeclares() async throws {
        try await fixture.build("FROM scratch\nARG A\n") { $0.arguments = ["A": "1", "B": "2", "HTTP_PROXY": "x"] }
        #expect(fixture.warnings == ["the build argument B is not used: no ARG of dockerfile_inline declares it."])
    }

    @Test func keepsTheTimesOfAnImageThatIsTheSame() async throws {
        let text = "FROM scratch\nLABEL a=b\n"
        let first = try await fixture.build(text)
        try await Task.sleep(for: .seconds(1.1))
        #expect(try await fixture.build(text).image == first.image)
        #expect(try await fixture.build(text + "LABEL c=d\n").image.created != first.image.created)
    }
}
