import Testing

@testable import Dockerfile

/// Warnings, each by the check's name.
@Suite(.timeLimit(.minutes(2))) struct CheckTests {
    private static func checks(_ text: String) throws -> [String] {
        try Fixture.parse(text).warnings.compactMap(\.check?.rawValue)
    }

    @Test(arguments: [
        ("FROM a\nrun b\nRUN c\nRUN d", "ConsistentInstructionCasing"),
        ("from a\nRUN b\nrun c\n", "ConsistentInstructionCasing"),
        ("FROM a AS b\nFROM c AS B\n", "DuplicateStageName"), ("FROM a AS scratch\n", "ReservedStageName"),
        ("FROM a as b\n", "FromAsCasing"), ("FROM a AS Build\n", "StageNameCasing"),
        ("FROM --platform=linux/arm64 a\n", "FromPlatformFlagConstDisallowed"),
        ("FROM --platform=$TARGETPLATFORM a\n", "RedundantTargetPlatform"),
        ("ARG V\nFROM a:$V\n", "InvalidDefaultArgInFrom"), ("ARG V=\nFROM a@$V\n", "InvalidDefaultArgInFrom"),
        ("ARG V=$W W=1\nFROM $V\n", "InvalidDefaultArgInFrom"), ("FROM a:$V\n", "UndefinedArgInFrom"),
        ("FROM a\nMAINTAINER b\n", "MaintainerDeprecated"), ("FROM a\nENV A b\n", "LegacyKeyValueFormat"),
        ("FROM a\nLABEL a b\n", "LegacyKeyValueFormat"), ("FROM a\nCMD b\n", "JSONArgsRecommended"),
        ("FROM a\nRUN ['b']\n", "InvalidJSONForm"), ("FROM a\nRUN [ \"b\", 'c' ]\n", "InvalidJSONForm"),
        ("FROM a\nEXPOSE 80/TCP\n", "ExposeProtoCasing"),
        ("FROM a\nEXPOSE 8080:80\n", "ExposeInvalidFormat"), ("FROM a\nARG DB_PASSWORD\n", "SecretsUsedInArgOrEnv"),
        ("FROM a\nENV API_KEY=1\n", "SecretsUsedInArgOrEnv"), ("FROM a\nWORKDIR b\n", "WorkdirRelativePath"),
        ("FROM a\nCMD [\"b\"]\nCMD [\"c\"]\n", "MultipleInstructionsDisallowed"),
        ("FROM a\nRUN b \\\n\n c\n", "NoEmptyContinuation"),
    ])
    func found(text: String, check: String) throws {
        let found = try Self.checks(text)
        #expect(found.contains(check), "\(found)")
        #expect(Set(found).isSubset(of: [check, "StageNameCasing", "DuplicateStageName"]))
        #expect(try Self.checks("# check=skip=\(check),StageNameCasing\n\(text)").isEmpty)
        #expect(try Self.checks("# check=skip=all\n\(text)").isEmpty)
        #expect(throws: DockerfileError.self) { try Self.checks("# check=error=true\n\(text)") }
    }

    @Test(arguments: [
        "FROM a AS b\nFROM b\nWORKDIR c\n", "FROM --platform=linux/arm64 a AS arm64-x\n", "ARG V=1\nFROM a:$V\n",
        "ARG R=a/\nFROM ${R}b\n", "FROM --platform=$BUILDPLATFORM a\n", "FROM a\nSHELL [\"bash\", \"-c\"]\nCMD b\n",
        "FROM a\nENV PUBLIC_KEY=1\n",
        "FROM a\nWORKDIR /b\nWORKDIR c\n", "FROM a\nCMD [\"b\"]\nFROM c\nCMD [\"d\"]\n", "from a as b\nrun c\n",
        "FROM a\nEXPOSE $PORT\n", "FROM a\nRUN [ \"$a\" = 'b' ]\n", "FROM x/$TARGETARCH\n", "ARG A=b C=$A\nFROM x/$C\n",
        "ARG V\nFROM a${V:+-$V}\n",
    ])
    func notFound(text: String) throws {
        #expect(try Self.checks(text) == [])
    }

    @Test func commentsAboveAnInstruction() throws {
        let text = "FROM a\n# check=skip=JSONArgsRecommended because\nCMD b\n"
        #expect(try Self.checks(text) == [])
        #expect(throws: DockerfileError.self) { try Self.checks("FROM a\n# check=error=true\nCMD b\n") }
    }

    @Test func undefinedVariablesWithTheNearest() throws {
        let run = try Fixture.run(
            "FROM a\nENV HOST=x\nUSER $HSOT\nENV B=$B C=${D:-1}\n", environment: [Variable("PATH=/bin")])
        let warnings = run.steps.flatMap(\.warnings)
        #expect(warnings.map(\.message) == ["`HSOT`", "`B`", "`D`"].map { "variable \($0) is not set here" })
        #expect(warnings[0].hint == "did you mean `$HOST`?")
        #expect(warnings[0].location.start == Position(line: 3, column: 6))
        #expect(try Fixture.run("FROM a\nARG B\nUSER x$B\n").steps.flatMap(\.warnings) == [])
        #expect(try Fixture.run("# check=skip=UndefinedVar\nFROM a\nUSER x$B\n").steps.flatMap(\.warnings) == [])
        let error = #expect(throws: DockerfileError.self) { try Fixture.run("# check=error=true\nFROM a\nUSER x$B\n") }
        #expect(error?.diagnostics.map(\.severity) == [.error])
    }
}
