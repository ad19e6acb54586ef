import Testing

@testable import Dockerfile

@Suite(.timeLimit(.minutes(2))) struct ConfigurationTests {
    private static func history(_ text: String, arguments: [String: String] = [:]) throws -> [String] {
        try Fixture.run(text, arguments: arguments).configuration.history.map(\.createdBy)
    }

    @Test func whatStepsSet() throws {
        var base = ImageConfiguration()
        base.environment = [Variable("PATH=/bin"), Variable("A=0")]
        base.labels = ["x": "0"]
        base.triggers = ["RUN x"]
        base.exposedPorts = ["1/tcp"]
        let image = try Fixture.run(
            """
            FROM a
            ENV A=1 B=2
            LABEL x=1 y=2
            EXPOSE 80
            VOLUME /v
            USER u:g
            STOPSIGNAL INT
            HEALTHCHECK CMD x
            ONBUILD RUN y
            MAINTAINER me
            SHELL ["/bin/bash", "-c"]
            CMD run
            """, base: base
        ).configuration.image
        #expect(image.environment.map(\.description) == ["PATH=/bin", "A=1", "B=2"])
        #expect(image.labels == ["x": "1", "y": "2"])
        #expect(image.exposedPorts == ["1/tcp", "80/tcp"])
        #expect(image.volumes == ["/v"])
        #expect(image.user == "u:g" && image.stopSignal == "INT" && image.author == "me")
        #expect(image.healthcheck?.test == ["CMD-SHELL", "x"])
        #expect(image.triggers == ["RUN y"])
        #expect(image.shell == ["/bin/bash", "-c"])
        #expect(image.command == ["/bin/bash", "-c", "run"])
    }

    @Test func entrypointResetsAnInheritedCommand() throws {
        var base = ImageConfiguration()
        base.command = ["base"]
        base.entrypoint = ["old"]
        #expect(try Fixture.run("FROM a\nENTRYPOINT [\"e\"]\n", base: base).configuration.image.command == nil)
        #expect(
            try Fixture.run("FROM a\nCMD [\"c\"]\nENTRYPOINT [\"e\"]\n", base: base).configuration.image.command == [
                "c"
            ])
        #expect(
            try Fixture.run("FROM a\nENTRYPOINT [\"e\"]\nCMD [\"c\"]\n", base: base).configuration.image.command == [
                "c"
            ])
        let image = try Fixture.run("FROM a\nENTRYPOINT []\nCMD []\n", base: base).configuration.image
        #expect(image.entrypoint == [] && image.command == [])
        #expect(try Fixture.run("FROM a\nUSER x\n", base: base).configuration.image.command == ["base"])
    }

    @Test func workingDirectories() throws {
        func directory(_ text: String, base: String = "") throws -> String {
            var image = ImageConfiguration()
            image.workingDirectory = base
            return try Fixture.run("FROM a\n\(text)\n", base: image).configuration.image.workingDirectory
        }
        #expect(try directory("WORKDIR /a\nWORKDIR b/../c\nWORKDIR d/") == "/a/c/d")
        #expect(try directory("WORKDIR b", base: "/x") == "/x/b")
        #expect(try directory("WORKDIR b") == "/b")
        #expect(try directory("WORKDIR ../../..", base: "/x") == "/")
        #expect(try directory("USER x") == "")
    }

    @Test func historyIsWhatBuildKitWrites() throws {
        let text = """
            FROM a
            ARG A=1 B
            ENV A=b C="d e"
            RUN make  all
            RUN ["a", "b c"]
            COPY --from=x --chown=1:2 --chmod=0755 --link s* t /d/
            COPY --parents a b
            ADD https://x.de/y z
            COPY <<f g /h
            f
            g
            g
            WORKDIR app
            WORKDIR /
            LABEL a=b c='d e'
            CMD echo "hi"
            ENTRYPOINT ["a", "b\\t"]
            USER u
            VOLUME /a /b
            EXPOSE 80 90-91/udp
            STOPSIGNAL INT
            SHELL ["bash", "-c"]
            HEALTHCHECK --interval=90s --timeout=1500ms --retries=3 CMD curl x
            HEALTHCHECK NONE
            ONBUILD RUN x
            MAINTAINER me
            RUN x
            """.replacing("COPY <<f g /h\nf\ng\ng", with: "COPY <<f g /h\nx\nf")
        #expect(
            try Self.history(text, arguments: ["B": "2"]) == [
                "ARG A=1 B=2", "ENV A=b C=d e", "RUN |2 A=b B=2 /bin/sh -c make  all # buildkit",
                "RUN |2 A=b B=2 a b c # buildkit",
                "COPY --chown=1:2 --chmod=0755 s* t /d/ # buildkit", "COPY --parents a b # buildkit",
                "ADD https://x.de/y z # buildkit",
                "COPY g <<f /h # buildkit", "WORKDIR /app", "WORKDIR /", "LABEL a=b c=d e",
                "CMD [\"/bin/sh\" \"-c\" \"echo \\\"hi\\\"\"]",
                "ENTRYPOINT [\"a\" \"b\\t\"]", "USER u", "VOLUME [/a /b]", "EXPOSE [80/tcp 90/udp 91/udp]",
                "STOPSIGNAL INT", "SHELL [bash -c]",
                "HEALTHCHECK {Test:[CMD-SHELL curl x] Interval:1m30s Timeout:1.5s StartPeriod:0s StartInterval:0s Retries:3}",
                "HEALTHCHECK {Test:[NONE] Interval:0s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}",
                "MAINTAINER me",
                "RUN |2 A=b B=2 bash -c x # buildkit",
            ])
        let layers = try Fixture.run("FROM a\nWORKDIR /\nWORKDIR /a\nRUN b\nUSER c\nADD d e\nCOPY f g\n").configuration
            .history
        #expect(layers.map(\.isEmptyLayer) == [true, false, false, true, false, false])
        #expect(
            try Self.history("FROM a\nARG A=1\nARG B\nARG A=2\nRUN c\n").last
                == "RUN |2 A=2 B= /bin/sh -c c # buildkit")
        #expect(try Self.history("FROM a\nARG B\nRUN c\n") == ["ARG B", "RUN |1 B= /bin/sh -c c # buildkit"])
    }

    @Test func stagesGoOn() throws {
        let first = try Fixture.run("FROM a\nCMD [\"c\"]\nONBUILD RUN x\nWORKDIR /w\n").configuration
        var second = StageConfiguration(continuing: first)
        #expect(second.image.triggers == [] && second.image.workingDirectory == "/w")
        let run = try Fixture.run("FROM a\nENTRYPOINT [\"e\"]\n")
        second.apply(run.steps[0], scope: run.scope)
        #expect(second.image.command == nil)
        #expect(second.history.count == 3)
    }

    @Test(arguments: [
        (Duration.zero, "0s"), (.milliseconds(100), "100ms"), (.microseconds(1500), "1.5ms"), (.seconds(59), "59s"),
        (.seconds(60), "1m0s"),
        (.seconds(3661), "1h1m1s"), (.nanoseconds(5), "5ns"), (.nanoseconds(1_500), "1.5µs"),
        (.milliseconds(90_050), "1m30.05s"),
    ])
    func durations(duration: Duration, text: String) {
        #expect(GoValue.text(duration) == text)
        #expect(GoValue.duration(text) == duration)
    }

    @Test(arguments: ["", "5", "1x", "s", ".s", "1.2.3s", "-", "1e9h", "9999999999h", "１s"])
    func noDurations(text: String) {
        #expect(GoValue.duration(text) == nil)
    }

    @Test(arguments: [
        ("100", 100 as Int64?), ("1k", 1024), ("1KB", 1024), ("1.5GiB", 1_610_612_736), ("2 mb", 2_097_152), ("", nil),
        ("k", nil), ("1x", nil), ("-1", nil),
        ("1.2.3", nil), ("99999999p", nil),
    ])
    func sizes(text: String, expected: Int64?) {
        #expect(GoValue.bytes(text) == expected)
    }
}
