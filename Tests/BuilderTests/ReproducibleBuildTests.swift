import Builder
import Images
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

/// The same image from the same sources at another time, on another machine.
@Suite(
    .timeLimit(.minutes(5)), .enabled("needs root, busybox and crun") { try Requirement.met(.root, .busybox, .crun) })
struct ReproducibleBuildTests {
    private static let epoch: Int64 = 1_600_000_000

    private static let dockerfile = """
        FROM scratch AS tools
        COPY busybox /bin/busybox
        RUN ["/bin/busybox", "sh", "-c", "/bin/busybox --install -s /bin"]
        FROM tools
        ENV A=b
        WORKDIR /srv/app
        COPY src src
        COPY --chown=7:8 --chmod=0640 README /srv/
        RUN mkdir -p data/sub && date +%s > /dev/null && echo made > data/file && ln -s file data/link && mkfifo data/sub/f
        RUN echo more >> README; rm src/b; touch -d @1000000000 data/old
        COPY --from=tools /bin /copied
        LABEL c=d
        CMD ["true"]
        """

    /// - Parameter time: Of the files of the context, in seconds since 1970.
    private func build(time: Int) async throws -> (fixture: SolveFixture, result: BuildResult) {
        let fixture = try SolveFixture()
        // Another order of creation is another order in the directory.
        let names = time.isMultiple(of: 2) ? "a b c" : "c b a"
        try fixture.run(
            """
            mkdir src
            for name in \(names); do echo $name > src/$name; done
            echo text > README
            cp /bin/busybox .
            touch -d @\(time) src/* src README busybox
            """)
        var host = fixture.host()
        host.executor = try fixture.containerRunner()
        let options = BuildOptions(sourceDateEpoch: Self.epoch)
        let results = try await Builder(host: host).build([fixture.request(Self.dockerfile)], options: options)
        return (fixture, try #require(results.first))
    }

    @Test func givesTheSameDigestsAtAnotherTime() async throws {
        let one = try await build(time: 1_700_000_001)
        // The times of what commands write are those of the clock.
        try await Task.sleep(for: .milliseconds(1100))
        let two = try await build(time: 1_750_000_000)
        #expect(one.result.image.configuration == two.result.image.configuration)
        #expect(one.result.image.configuration.history.allSatisfy { $0.created == "2020-09-13T12:26:40Z" })
        let packed = try one.fixture.images.pack(one.result.image, compression: .gzip(level: 6), latest: Self.epoch)
        let other = try two.fixture.images.pack(two.result.image, compression: .gzip(level: 6), latest: Self.epoch)
        #expect(packed == other)
    }
}
