import Testing
import Vocabulary

@testable import Dockerfile

/// Which variables an instruction sees, and in which words.
@Suite(.timeLimit(.minutes(2))) struct ExpansionTests {
    private static let environment = [Variable("A=a"), Variable("P=80"), Variable("W=x y")]

    @Test(arguments: [
        ("ENV B=$A C=$B", Step.Action.env([Variable("B=a"), Variable("C=")])),
        ("ENV B '$A' $A", .env([Variable("B=$A a")])), ("ENV $A=1", .env([Variable("a=1")])),
        ("LABEL x=\"$A b\" y='$A'", .label([Variable("x=a b"), Variable("y=$A")])),
        ("EXPOSE $P ${P}1/udp", .expose([ExposedPort(number: 80), ExposedPort(number: 801, transport: .udp)])),
        ("EXPOSE \"80\" '81'/udp", .expose([ExposedPort(number: 80), ExposedPort(number: 81, transport: .udp)])),
        ("USER $A:$A", .user("a:a")), ("WORKDIR /x/$A", .workdir("/x/a")), ("VOLUME /$A $W", .volume(["/a", "x y"])),
        ("STOPSIGNAL ${S:-INT}", .stopSignal("INT")), ("MAINTAINER $A", .maintainer("$A")),
        ("CMD echo $A", .cmd(.shell("echo $A"))), ("CMD [\"$A\"]", .cmd(.exec(["$A"]))),
        ("SHELL [\"$A\"]", .shell(["$A"])),
        ("HEALTHCHECK CMD $A", .healthcheck(Healthcheck(command: .shell("$A")))), ("USER \\$A", .user("$A")),
        ("USER $NONE", .user("")),
    ])
    func words(instruction: String, action: Step.Action) throws {
        #expect(try Fixture.step(instruction, environment: Self.environment) == action)
    }

    @Test func wordsOfTransfers() throws {
        let copy = try #require(
            try Fixture.step(
                "COPY --chown=$A --chmod=0${M:-644} --exclude=$A $A '$A' /$A <<EOF <<'RAW' /dst/$A\n\"$A\" '$A' \\$A\nEOF\n$A\nRAW",
                environment: Self.environment
            ).copy)
        #expect(copy.transfer.owner == "a")
        #expect(copy.transfer.mode == .exact(0o644))
        #expect(copy.transfer.excludes == ["$A"])
        #expect(copy.transfer.destination == "/dst/a")
        let paths: [TransferSource] = [.path("a"), .path("$A"), .path("/a")]
        let files: [TransferSource] = [
            .inline(InlineFile(name: "EOF", content: "\"a\" 'a' $A\n")),
            .inline(InlineFile(name: "RAW", content: "$A\n")),
        ]
        #expect(copy.transfer.sources == paths + files)
    }

    /// An empty source is the root of the context, an empty destination the working directory.
    @Test func emptyPaths() throws {
        let copy = try #require(try Fixture.step("COPY $NONE ''").copy)
        #expect(copy.transfer.sources == [.path("")])
        #expect(copy.transfer.destination == "")
    }

    @Test func mountsAndNothingElseOfRun() throws {
        let run = try #require(
            try Fixture.step(
                "RUN --mount=type=${T:-cache},target=/$A,id=i-$A echo $A", environment: Self.environment
            ).run)
        guard case .cache(let cache) = run.mounts[0] else { return #expect(Bool(false)) }
        #expect([cache.id, cache.target] == ["i-a", "/a"])
        #expect(run.command == .shell("echo $A"))
    }

    @Test(arguments: [
        ("EXPOSE $A", "`a` is no port"), ("EXPOSE \"x\"", "`x` is no port"), ("STOPSIGNAL $A", "`a` is no signal"),
        ("COPY --chmod=$A b c", "`a` is no file mode"),
        ("RUN --mount=type=$A,target=/b c", "`a` is no type of a mount"),
        ("USER ${B:?say who}", "variable `B`: say who"),

        ("VOLUME $B", "the path is empty once the variables are replaced"),
        ("ENV $B=c", "the name is empty once the variables are replaced"),
        ("COPY https://a.de/b c", "COPY cannot take `https://a.de/b` from the network"),
        ("ADD --checksum=sha256:1 https://a.de/b c", "`sha256:1` is no digest"),
        ("ADD --checksum=x b c", "`--checksum` goes with a remote source"),
        ("ADD --checksum=x b c d", "`--checksum` goes with a single source"),
    ])
    func refusedOnceExpanded(instruction: String, message: String) {
        let error = #expect(throws: DockerfileError.self) {
            try Fixture.step(instruction, environment: Self.environment)
        }
        #expect(error?.code == .expansion)
        #expect(error?.diagnostics.map(\.message) == [message])
        #expect(error?.diagnostics.first?.location.start.line == 2)
    }

    @Test func argumentsBeginWhereTheyAreDeclared() throws {
        let text =
            "ARG G=global\nARG H=$G-h\nFROM a\nUSER x$G$B\nARG G\nARG B=b$G C=$B$H\nUSER $G.$B.$C\nARG G=own\nUSER $G\n"
        func users(_ arguments: [String: String]) throws -> [String] {
            try Fixture.run(text, arguments: arguments).steps.compactMap { step in
                if case .user(let user) = step.action { user } else { nil }
            }
        }
        #expect(try users([:]) == ["x", "global.bglobal.bglobal", "own"])
        #expect(try users(["G": "g", "C": "c"]) == ["x", "g.bg.c", "g"])
    }

    @Test func environmentAndArguments() throws {
        let run = try Fixture.run(
            "FROM a\nARG V=arg\nENV V=${V:-none}-env\nARG EMPTY\nARG NONE=\nENV W=1 V2=$V\nENV W=2\n",
            environment: [Variable("PATH=/bin"), Variable("W=0")])
        #expect(run.scope.environment.map(\.description) == ["PATH=/bin", "W=2", "V=arg-env", "V2=arg-env"])
        #expect(
            run.scope.processEnvironment.map(\.description) == ["PATH=/bin", "W=2", "V=arg-env", "NONE=", "V2=arg-env"])
        #expect(run.scope.arguments.map(\.name) == ["V", "EMPTY", "NONE"])
        #expect(run.scope.arguments.map(\.value) == ["arg", nil, ""])
    }

    @Test func defaultsThatAreNotUsedAreNotExpanded() throws {
        #expect(throws: DockerfileError.self) { try Fixture.run("FROM a\nARG B=${C:?}\n") }
        #expect(try Fixture.run("FROM a\nARG B=${C:?}\n", arguments: ["B": "b"]).scope.arguments.map(\.value) == ["b"])
    }

    @Test func predefinedArguments() throws {
        let file = try Fixture.parse(
            "FROM --platform=$BUILDPLATFORM a-$TARGETARCH\nUSER x$TARGETOS\nARG TARGETPLATFORM TARGETVARIANT TARGETSTAGE\n"
        )
        let arguments = BuildArguments(
            values: ["https_proxy": "p", "HTTP_PROXY": "q", "TYPO": "1", "BUILDOS": "own"],
            buildPlatform: BuildPlatform(architecture: "amd64"),
            targetPlatform: BuildPlatform(architecture: "arm", variant: "v7"))
        let global = try GlobalScope(file, arguments: arguments)
        let graph = try StageGraph(file, scope: global)
        #expect(graph.vertices[0].base == .image("a-arm"))
        #expect(graph.vertices[0].platform == "linux/amd64")
        var scope = StageScope(environment: [], global: global)
        #expect(try scope.expand(file.stages[0].instructions[0]).action == .user("x"))
        scope.apply(try scope.expand(file.stages[0].instructions[1]))
        #expect(
            scope.processEnvironment.map(\.description) == [
                "TARGETPLATFORM=linux/arm/v7", "TARGETVARIANT=v7", "TARGETSTAGE=default",
            ])
        #expect(global.value(of: "BUILDOS") == "own")
        #expect(
            arguments.proxyVariables.map(\.description) == [
                "HTTP_PROXY=q", "http_proxy=q", "HTTPS_PROXY=p", "https_proxy=p",
            ])
        #expect(arguments.unused(in: file) == ["TYPO"])
    }

    @Test func globalArgumentsThatFail() throws {
        let file = try Fixture.parse("ARG A=${B:?no}\nFROM a\n")
        let error = #expect(throws: DockerfileError.self) {
            try GlobalScope(file, arguments: BuildArguments(buildPlatform: Fixture.platform))
        }
        #expect(error?.diagnostics.first?.location.description == "Dockerfile:1:7")
    }

    @Test func escapeDirectiveInWords() throws {
        let run = try Fixture.run("# escape=`\nFROM a\nWORKDIR C:\\`$A\\b\nENV X=a` b\n", environment: Self.environment)
        #expect(run.steps[0].action == .workdir("C:\\$A\\b"))
        #expect(run.steps[1].action == .env([Variable("X=a b")]))
    }
}
