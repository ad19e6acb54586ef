import Diagnostics
import Testing

@testable import Dockerfile

@Suite(.timeLimit(.minutes(2))) struct DiagnosticTests {
    @Test func rendersLikeACompiler() {
        #expect(
            Fixture.messages("FROM alpine\nRUN x\nCPOY a b\n") == [
                """
                Dockerfile:3:1: error: unknown instruction `CPOY`
                  3 | CPOY a b
                    | ^~~~
                  did you mean `COPY`?
                """
            ])
    }

    @Test func allErrorsOfAFileComeAtOnce() {
        let text = """
            FROM alpine AS 1x
            COPY --form=b a b
            RUN --mount=type=cahce,target=/x make
            RUN --mount=type=cache,taget=/x make
            EXPOSE 99999
            HEALTHCHECK --interval=5 CMD x
            ENV A
            USER
            STOPSIGNAL SIGTREM
            """
        #expect(
            Fixture.summaries(text) == [
                "error: `1x` cannot be the name of a stage", "error: unknown flag `--form` of COPY",
                "error: `cahce` is no type of a mount", "error: unknown option `taget` of a mount",
                "error: `99999` is no port", "error: `5` is no duration", "error: `ENV A` has no value",
                "error: USER needs a user", "error: `SIGTREM` is no signal",
            ])
        #expect(throws: DockerfileError.self) { try Fixture.parse(text) }
    }

    @Test(arguments: [
        ("COPY --form=b a b", "did you mean `--from`?"),
        ("RUN --zzzzzzzz=1 a", "the flags of RUN are `--mount`, `--network`, `--security`, `--device`"),
        ("WORKDIR --x /", "WORKDIR has no flags"),
        ("RUN --mount=type=bind,sourse=x,target=/y a", "did you mean `source`?"),
        ("RUN --mount=type=zzzzzzzzz,target=/y a", "it can be `bind`, `cache`, `tmpfs`, `secret`, `ssh`"),
        ("RUN --network=hots a", "did you mean `host`?"),
        ("HEALTHCHECK CMDD x", "did you mean `CMD`?"),
        ("ONBUILD RNU x", "did you mean `RUN`?"),
        ("RUN --mount=type=tmpfs,target=/x,sharing=locked a", "its options are `type`"),
        ("COPY --from=$X a b", "give the image a name with `FROM $X AS NAME` and an ARG above the first FROM"),
    ])
    func remedies(instruction: String, remedy: String) {
        let last = Fixture.messages("FROM a\n\(instruction)\n")[0].split(separator: "\n").last ?? ""
        #expect(last.contains(remedy) || remedy == "its options are `type`" && last.contains("its options are"))
    }

    @Test func placesOfFlagsAndOptions() {
        let message = Fixture.messages("FROM a\nRUN --mount=type=cache,taget=/x \\\n  make\n")[0]
        #expect(
            message == """
                Dockerfile:2:24: error: unknown option `taget` of a mount
                  2 | RUN --mount=type=cache,taget=/x \\
                    |                        ^~~~~
                  did you mean `target`?
                """)
    }

    @Test func wideLinesAndControlCharacters() {
        let text = "FROM a\nRUN --mount=type=cache,id=" + String(repeating: "x", count: 500) + ",taget=\u{1B}[31m b\n"
        let message = Fixture.messages(text)[0]
        #expect(message.split(separator: "\n").allSatisfy { $0.count < 150 })
        #expect(message.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 })
        #expect(message.split(separator: "\n")[2].hasSuffix("^~~~~"))
        #expect(Fixture.messages("FROM a\n\tCPOY x\n")[0].contains("\n    | \t^~~~\n"))
    }

    @Test func wordsThatCannotBeExpandedAreFoundAtOnce() {
        let text = "FROM ${a\nENV b='c\nUSER ${d:=e}\nARG f='\nCOPY <<E /x\n'$g ${g:\nE\nRUN --mount=target=/${h} 'i\n"
        #expect(
            Fixture.messages(text).map { $0.split(separator: "\n")[0] } == [
                "Dockerfile:1:6: error: there is no `}` to end this",
                "Dockerfile:2:7: error: there is no `'` to end this",
                "Dockerfile:3:10: error: behind `:` only `-`, `+` or `?` can stand",
                "Dockerfile:6:1: error: behind `:` only `-`, `+` or `?` can stand",
            ])
    }

    @Test func theErrorSumsUp() {
        let one = #expect(throws: DockerfileError.self) { try Fixture.parse("FROM a\nX\n") }
        #expect(one?.message == "Dockerfile has an error.")
        let two = #expect(throws: DockerfileError.self) { try Fixture.parse("FROM a\nX\nY\n") }
        #expect(two?.message == "Dockerfile has 2 errors.")
        #expect(two?.code == .invalid)
        #expect(two?.description.hasPrefix("Dockerfile has 2 errors.\nDockerfile:2:1: error: ") == true)
    }

    @Test func structure() {
        #expect(Fixture.summaries("") == ["error: Dockerfile has no instruction"])
        #expect(Fixture.summaries("# a\n") == ["error: Dockerfile has no instruction"])
        #expect(Fixture.summaries("ARG A\n") == ["error: Dockerfile has no FROM"])
        #expect(Fixture.summaries("RUN a\nFROM b\n") == ["error: RUN cannot stand above the first FROM"])
        #expect(Fixture.summaries("FROM a AS\n") == ["error: FROM takes an image, or an image, `AS` and a name"])
        #expect(Fixture.summaries("FROM a\n\\\n") == ["error: nothing follows the line continuation"])
    }

    @Test(arguments: [
        ("cpoy", "copy"), ("RUNN", "RUN"), ("HEALTH", "HEALTHCHECK"), ("E", nil), ("helthcheck", "HEALTHCHECK"),
        ("ab", nil), ("", nil),
    ])
    func suggestions(name: String, expected: String?) {
        let names = Keyword.allCases.map(\.rawValue)
        #expect(Suggestion.meant(by: name, in: names)?.uppercased() == expected?.uppercased())
    }
}
