import Builder
import Images
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

/// From a Dockerfile to files and a configuration, without running anything.
@Suite(.timeLimit(.minutes(5)), .enabled("overlays need root") { try Requirement.met(.root) })
struct SolveTests {
    let fixture: SolveFixture

    init() throws {
        fixture = try SolveFixture()
        try fixture.run("mkdir -p src/lib; echo a > src/a.c; echo b > src/lib/b.c; echo r > README; chmod 640 README")
    }

    @Test func copiesFilesOntoNothing() async throws {
        let result = try await fixture.build(
            """
            FROM scratch
            COPY README /docs/
            COPY --chown=7:8 --chmod=750 src /code
            WORKDIR /var/lib/app
            COPY src/a.c .
            """)
        #expect(
            try fixture.listing(result.image) == """
                code d 750 7:8
                code/a.c f 750 7:8
                code/lib d 750 7:8
                code/lib/b.c f 750 7:8
                docs d 755 0:0
                docs/README f 640 0:0
                var d 755 0:0
                var/lib d 755 0:0
                var/lib/app d 755 0:0
                var/lib/app/a.c f 644 0:0

                """)
        #expect(result.image.layers.count == 4)
        #expect(try fixture.leftovers() == [])
    }

    @Test func writesTheConfigurationAndHistoryOfDocker() async throws {
        let result = try await fixture.build(
            #"""
            ARG BASE=scratch
            FROM $BASE
            ARG VERSION=1.2
            ENV APP_VERSION=$VERSION LANG=C.UTF-8
            LABEL org.example.a="x y" b=2
            COPY README /
            WORKDIR /srv
            EXPOSE 80 53/udp
            VOLUME /data
            USER 1000
            STOPSIGNAL SIGINT
            HEALTHCHECK --interval=5s --retries=2 CMD test -f /README
            SHELL ["/bin/ash", "-c"]
            ONBUILD RUN true
            ENTRYPOINT ["/app"]
            CMD run it
            """#, BuildOptions(sourceDateEpoch: 1_700_000_000)
        ) { $0.labels = ["b": "3", "c": "4"] }
        let configuration = result.image.configuration
        let config = configuration.config
        #expect(
            config.environment == [
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "APP_VERSION=1.2", "LANG=C.UTF-8",
            ])
        #expect(config.labels == ["org.example.a": "x y", "b": "3", "c": "4"])
        #expect(config.workingDirectory == "/srv")
        #expect(config.exposedPorts == ["53/udp", "80/tcp"])
        #expect(config.volumes == ["/data"])
        #expect(config.user == "1000")
        #expect(config.stopSignal == "SIGINT")
        #expect(config.healthcheck?.test == ["CMD-SHELL", "test -f /README"])
        #expect(config.healthcheck?.interval == 5_000_000_000)
        #expect(config.healthcheck?.retries == 2)
        #expect(config.shell == ["/bin/ash", "-c"])
        #expect(config.onBuild == ["RUN true"])
        #expect(config.entrypoint == ["/app"])
        #expect(config.command == ["/bin/ash", "-c", "run it"])
        #expect(config.argumentsAreEscaped)
        #expect(configuration.created == "2023-11-14T22:13:20Z")
        #expect(configuration.history.allSatisfy { $0.created == "2023-11-14T22:13:20Z" })
        #expect(configuration.history.allSatisfy { $0.comment == "buildkit.dockerfile.v0" })
        #expect(
            configuration.history.map { "\($0.emptyLayer == true ? "-" : "+") \($0.createdBy ?? "")" } == [
                "- ARG VERSION=1.2", "- ENV APP_VERSION=1.2 LANG=C.UTF-8", "- LABEL org.example.a=x y b=2",
                "+ COPY README / # buildkit", "+ WORKDIR /srv", "- EXPOSE [80/tcp 53/udp]", "- VOLUME [/data]",
                "- USER 1000", "- STOPSIGNAL SIGINT",
                "- HEALTHCHECK {Test:[CMD-SHELL test -f /README] Interval:5s Timeout:0s StartPeriod:0s StartInterval:0s Retries:2}",
                "- SHELL [/bin/ash -c]", "- ENTRYPOINT [\"/app\"]", "- CMD [\"/bin/ash\" \"-c\" \"run it\"]",
            ])
        #expect(result.image.layers.map(\.historyPosition) == [3, 4])
    }

    @Test func takesEverythingFromTheCacheTheSecondTime() async throws {
        let text = """
            FROM scratch
            COPY README /
            WORKDIR /srv
            COPY src src
            LABEL a=b
            """
        let first = try await fixture.build(text) { $0.tags = ["localhost/app:latest"] }
        #expect(
            first.executed == ["COPY README /: first build", "WORKDIR /srv: first build", "COPY src src: first build"])
        let writes = fixture.cache.writes
        let second = try await fixture.build(text) { $0.tags = ["localhost/app:latest"] }
        #expect(second.executed == [])
        #expect(second.cached == ["COPY README /", "WORKDIR /srv", "COPY src src"])
        #expect(second.image == first.image)
        #expect(try fixture.images.records.image(named: "localhost/app:latest") == first.image)
        #expect(fixture.cache.writes == writes)
    }

    @Test func doesOnlyWhatAChangeConcerns() async throws {
        let text = """
            FROM scratch
            COPY README /
            COPY src /src
            COPY src/lib /lib
            """
        try await fixture.build(text)
        try fixture.run("echo changed > src/a.c; touch README")
        let second = try await fixture.build(text)
        #expect(
            second.executed == [
                "COPY src /src: src/a.c changed", "COPY src/lib /lib: an earlier step was rebuilt: COPY src /src",
            ])
        #expect(try fixture.read("src/a.c", in: second.image) == "changed\n")
        try fixture.run("echo a > src/a.c")
        #expect(try await fixture.build(text).executed == [])
    }

    @Test func saysWhyAStepIsDone() async throws {
        func text(_ label: String = "1", _ copy: String = "COPY src /src", _ last: String = "COPY README /$NAME/")
            -> String
        {
            "FROM scratch\nARG NAME=one\nLABEL l=\(label)\n\(copy)\n\(last)\n"
        }
        try await fixture.build(text())
        #expect(try await fixture.build(text("2")).executed == [])
        #expect(
            try await fixture.build(text()) { $0.arguments = ["NAME": "two"] }.executed == [
                "COPY README /$NAME/: argument NAME changed"
            ])
        #expect(try await fixture.build(text()).executed == [])
        #expect(
            try await fixture.build(text("1", "COPY src /code")).executed == [
                "COPY src /code: the instruction changed; it was: COPY src /src",
                "COPY README /$NAME/: an earlier step was rebuilt: COPY src /code",
            ])
        #expect(
            try await fixture.build(text(), BuildOptions(skipsCache: true)).executed == [
                "COPY src /src: the cache is not to be used", "COPY README /$NAME/: the cache is not to be used",
            ])
        #expect(try await fixture.build(text()).executed == [])
        try fixture.run("chmod 600 src/a.c; rm src/lib/b.c; : > src/new")
        #expect(
            try await fixture.build(text()).executed.first
                == "COPY src /src: src/a.c has another mode, src/lib/b.c was removed, src/new was added")
    }

    @Test func doesAgainWhatHasLostItsLayer() async throws {
        let text = "FROM scratch\nCOPY README /\n"
        let first = try await fixture.build(text)
        try fixture.images.removeLayer(first.image.layers[0].name)
        #expect(try await fixture.build(text).executed == ["COPY README /: its layer was removed"])
    }

    @Test func makesTheSameDigestsOnTwoMachines() async throws {
        let text = "FROM scratch\nCOPY src /src\nWORKDIR /x\nENV a=b\n"
        let other = try SolveFixture()
        try other.run("mkdir -p src/lib; echo a > src/a.c; echo b > src/lib/b.c; touch -d @1700000001 src src/*")
        let options = BuildOptions(sourceDateEpoch: 1_600_000_000)
        let (one, two) = (try await fixture.build(text, options), try await other.build(text, options))
        #expect(
            try fixture.images.pack(one.image, compression: .none, latest: 1_600_000_000)
                == other.images.pack(two.image, compression: .none, latest: 1_600_000_000))
    }
}
