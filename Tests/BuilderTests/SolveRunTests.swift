import Builder
import Images
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

/// Builds that run commands, in roots of busybox.
@Suite(
    .timeLimit(.minutes(5)), .enabled("roots of busybox need root and busybox") { try Requirement.met(.root, .busybox) }
)
struct SolveRunTests {
    let fixture: SolveFixture

    init() throws {
        fixture = try SolveFixture()
        try fixture.run("mkdir -p src; echo a > src/a.c; echo r > README")
    }

    @Test func runsCommands() async throws {
        let text = """
            FROM bootstrap:busybox
            ARG NAME=world
            ENV GREETING=hello
            WORKDIR /srv
            RUN echo "$GREETING $NAME" > greeting && echo said
            COPY README .
            RUN cat greeting README > both
            """
        let first = try await fixture.build(text)
        #expect(try fixture.read("srv/both", in: first.image) == "hello world\nr\n")
        #expect(fixture.output == ["said"])
        #expect(first.executed.count == 4)
        #expect(try await fixture.build(text).executed == [])
        try fixture.run("echo s > README")
        let second = try await fixture.build(text)
        #expect(
            second.executed == [
                "COPY README .: README changed",
                "RUN cat greeting README > both: an earlier step was rebuilt: COPY README .",
            ])
        let third = try await fixture.build(text) { $0.arguments = ["NAME": "you"] }
        #expect(
            third.executed.first == #"RUN echo "$GREETING $NAME" > greeting && echo said: argument NAME changed"#)
        #expect(try fixture.read("srv/both", in: third.image) == "hello you\ns\n")
        #expect(try fixture.leftovers() == [])
    }

    @Test func copiesFromStagesByContent() async throws {
        func text(_ flag: String) -> String {
            """
            FROM bootstrap:busybox AS build
            COPY src /src
            RUN echo \(flag) > /log && cat /src/a.c > /app
            FROM scratch
            COPY --from=build /app /bin/app
            COPY README /
            """
        }
        let first = try await fixture.build(text("one"))
        #expect(try fixture.listing(first.image) == "README f 644 0:0\nbin d 755 0:0\nbin/app f 644 0:0\n")
        #expect(try await fixture.build(text("one")).executed == [])
        // The stage is another one, but what is taken from it is the same.
        let second = try await fixture.build(text("two"))
        #expect(second.executed.count == 1)
        #expect(second.image == first.image)
        try fixture.run("echo b > src/a.c")
        let third = try await fixture.build(text("two"))
        #expect(
            third.executed == [
                "COPY src /src: src/a.c changed",
                "RUN echo two > /log && cat /src/a.c > /app: an earlier step was rebuilt: COPY src /src",
                "COPY --from=build /app /bin/app: app changed",
                "COPY README /: an earlier step was rebuilt: COPY --from=build /app /bin/app",
            ])
    }

    @Test func buildsOnlyWhatTheTargetNeeds() async throws {
        let text = """
            FROM bootstrap:busybox AS base
            RUN echo base > /base
            FROM base AS unused
            RUN exit 1
            FROM base AS one
            RUN echo one > /one
            FROM base AS two
            RUN echo two > /two
            FROM scratch
            COPY --from=one /one /
            COPY --from=two /two /
            """
        let result = try await fixture.build(text)
        #expect(try fixture.listing(result.image) == "one f 644 0:0\ntwo f 644 0:0\n")
        #expect(try await fixture.build(text) { $0.target = "base" }.executed == [])
        let error = try await solveError { try await fixture.build(text) { $0.target = "unsued" } }
        #expect(error.code == .unknownStage)
        #expect(error.message.contains("Did you mean `unused`?"))
    }

    @Test func runsStagesAtTheSameTime() async throws {
        let stages = (1...4).map { "FROM bootstrap:busybox AS s\($0)\nRUN sleep 0.2; echo \($0) > /f\n" }
        let text = stages.joined() + "FROM scratch\n" + (1...4).map { "COPY --from=s\($0) /f /\($0)\n" }.joined()
        try await fixture.build(text)
        #expect(fixture.executor.most == 2)
        #expect(fixture.executor.preparations == 1)
    }

    @Test func doesOnceWhatBuildsShare() async throws {
        let text = """
            FROM bootstrap:busybox AS base
            RUN sleep 0.1; echo shared > /shared
            FROM base AS web
            RUN echo web > /web
            FROM base AS worker
            RUN echo worker > /worker
            """
        for options in [BuildOptions(sourceDateEpoch: nil), BuildOptions(skipsCache: true, sourceDateEpoch: nil)] {
            let count = fixture.executor.names.count
            let results = try await fixture.build(
                [
                    fixture.request(text, name: "web") { $0.target = "web" },
                    fixture.request(text, name: "worker") { $0.target = "worker" },
                ], options)
            #expect(fixture.executor.names.count == count + 3)
            #expect(results[0].image.layers[0] == results[1].image.layers[0])
            #expect(try fixture.read("worker", in: results[1].image) == "worker\n")
        }
    }

    @Test func keepsWhatWasDoneBeforeAFailure() async throws {
        func text(_ command: String) -> String {
            """
            FROM bootstrap:busybox
            RUN echo one > /one

            RUN echo trouble; \(command)
            """
        }
        let error = try await solveError { try await fixture.build(text("exit 3")) }
        #expect(error.code == .stepFailed)
        #expect(error.message.hasPrefix("dockerfile_inline:4: `RUN echo trouble; exit 3`"))
        #expect(try fixture.leftovers() == [])
        let result = try await fixture.build(text("exit 0"))
        #expect(result.cached == ["RUN echo one > /one"])
    }

    @Test func stopsWhenItIsCancelled() async throws {
        let text = "FROM bootstrap:busybox\nRUN echo first > /first\nRUN sleep 60\n"
        let task = Task { try await fixture.build(text) }
        while !fixture.executor.names.contains("RUN sleep 60") { try await Task.sleep(for: .milliseconds(10)) }
        let clock = ContinuousClock()
        let start = clock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(clock.now - start < .seconds(1))
        #expect(try fixture.leftovers() == [])
    }

    @Test func runsTriggersFirst() async throws {
        let base = try await fixture.build("FROM bootstrap:busybox\nONBUILD COPY README /r\nONBUILD RUN cat /r > /s\n")
        {
            $0.tags = ["localhost/base:latest"]
        }
        #expect(base.image.configuration.config.onBuild == ["COPY README /r", "RUN cat /r > /s"])
        let text = "FROM localhost/base:latest\nRUN cat /s > /t\n"
        let result = try await fixture.build(text)
        #expect(try fixture.read("t", in: result.image) == "r\n")
        #expect(result.executed.count == 3)
        #expect(result.image.configuration.config.onBuild == [])
        #expect(try await fixture.build(text).executed == [])
    }

    @Test func buildsOnTheImageOfAnotherBuild() async throws {
        let requests = [
            fixture.request("FROM api AS x\nRUN cat /api > /web\n", name: "web") {
                $0.additionalContexts = ["api": .build("api")]
            },
            fixture.request("FROM bootstrap:busybox\nRUN echo api > /api\nENV FROM_API=1\n", name: "api"),
        ]
        let results = try await fixture.build(requests)
        #expect(try fixture.read("web", in: results[0].image) == "api\n")
        #expect(results[0].image.configuration.config.environment.contains("FROM_API=1"))
        #expect(results[0].image.configuration.history.count == results[1].image.configuration.history.count + 1)
        #expect(try await fixture.build(requests).flatMap(\.executed) == [])
        let circle = [
            fixture.request("FROM b\n", name: "a") { $0.additionalContexts = ["b": .build("b")] },
            fixture.request("FROM a\n", name: "b") { $0.additionalContexts = ["a": .build("a")] },
        ]
        let error = try await solveError { _ = try await fixture.build(circle) }
        #expect(error.code == .cycle)
        #expect(error.message == "Could not build `a`: `a` needs `b`, which needs `a`. Take one of the contexts away.")
    }
}
