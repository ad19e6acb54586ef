import Testing

@testable import Dockerfile

/// From bytes to nodes: lines, directives, here-documents, places.
@Suite(.timeLimit(.minutes(2))) struct SyntaxTests {
    private static func nodes(_ text: String) -> [Node] {
        var parser = DockerfileParser(DockerfileSource(text: text))
        parser.readNodes()
        return parser.nodes
    }

    private static func dump(_ text: String) -> [String] { nodes(text).map(\.dump) }

    @Test func lineEndsAndByteOrderMark() {
        let bytes: [UInt8] = [0xEF, 0xBB, 0xBF] + Array("FROM a\r\nRUN b \\\r\n  c\r\n# d\r\nENV e=f\r\n".utf8)
        var parser = DockerfileParser(DockerfileSource(bytes: bytes))
        parser.readNodes()
        #expect(parser.nodes.map(\.dump) == ["(from \"a\")", "(run \"b   c\")", "(env \"e\" \"f\" \"=\")"])
        #expect(parser.nodes[0].location.start == Position(line: 1, column: 1))
        #expect(parser.nodes[2].location.start == Position(line: 5, column: 1))
    }

    @Test func wordsKnowTheirPlaces() throws {
        let file = try Fixture.parse("FROM a\nCOPY --from=b \\\n  # why\n  ü/x \\\n  y /z\n")
        let copy = try #require(file.stages[0].instructions[0].kind.copy)
        let places = [copy.from, copy.transfer.destination].compactMap { $0?.location }
        #expect(places.map { [$0.start.line, $0.start.column, $0.end.column] } == [[2, 13, 14], [5, 5, 7]])
        guard case .path(let source) = copy.transfer.sources[0] else { return #expect(Bool(false)) }
        #expect(source.location.start == Position(line: 4, column: 3))
        #expect(source.location.end == Position(line: 4, column: 6))
        #expect(file.stages[0].instructions[0].location.end == Position(line: 5, column: 7))
    }

    @Test func directives() throws {
        let file = try Fixture.parse(
            "# syntax=docker/dockerfile:1\n#ESCAPE = `\n# check=skip=JSONArgsRecommended,X;error=true\nFROM a\nRUN b `\n c\\\n"
        )
        #expect(file.directives.syntax == "docker/dockerfile:1")
        #expect(file.directives.escape == "`")
        #expect(file.directives.checks.skipped == ["JSONArgsRecommended", "X"])
        #expect(file.directives.checks.warningsAreErrors)
        #expect(file.stages[0].instructions[0].text == "RUN b  c\\")
    }

    @Test(arguments: [
        ("# escape=x\nFROM a\n", "error: `x` cannot be the escape character"),
        ("# escape=\\\n# escape=`\nFROM a\n", "error: there is a second `escape` directive"),
        ("# check=skipp=A\nFROM a\n", "error: the `check` directive cannot be read"),
    ])
    func wrongDirectives(text: String, expected: String) {
        #expect(Fixture.summaries(text) == [expected])
    }

    @Test func directivesEndAtTheFirstOtherLine() throws {
        #expect(try Fixture.parse("\n# escape=`\nFROM a\n").directives.escape == "\\")
        #expect(try Fixture.parse("# other=1\n# escape=`\nFROM a\n").directives.escape == "\\")
    }

    @Test func emptyContinuationLinesAreWarned() {
        #expect(
            Fixture.messages("FROM a\nRUN b \\\n\n  c\n") == [
                """
                Dockerfile:3:1: warning: an instruction continues behind an empty line [NoEmptyContinuation]
                  begin the line with `#`, or remove it
                """
            ])
        #expect(Fixture.messages("FROM a\nRUN b \\\n  # comment\n  c\n") == [])
    }

    @Test func escapedEscapesDoNotContinue() {
        #expect(Self.dump("FROM a\nENV B c\\\\\nENV D e\n").count == 3)
        #expect(Self.dump("FROM a\nRUN b \\  \n c\n") == ["(from \"a\")", "(run \"b  c\")"])
    }

    @Test func heredocs() throws {
        let text = """
            FROM a
            RUN <<EOF
            # not a comment
            FROM x \\
            EOF
            COPY <<-"ONE" <<TWO file /dst/
            \tone $A
            ONE
            two $A
            TWO
            ONBUILD RUN cat <<X
            x
            X
            RUN b
            """
        let file = try Fixture.parse(text)
        let instructions = file.stages[0].instructions
        #expect(instructions.count == 4)
        #expect(instructions[0].kind.run?.heredocs.map(\.content) == ["# not a comment\nFROM x \\\n"])
        let sources = try #require(instructions[1].kind.copy?.transfer.sources)
        let heredocs = sources.compactMap { source -> Heredoc? in
            if case .heredoc(let heredoc) = source { heredoc } else { nil }
        }
        #expect(heredocs.map(\.name) == ["ONE", "TWO"])
        #expect(heredocs.map(\.expands) == [false, true])
        #expect(heredocs.map(\.stripsTabs) == [true, false])
        #expect(heredocs.map(\.text) == ["one $A\n", "two $A\n"])
        #expect(heredocs.map(\.content) == ["\tone $A\n", "two $A\n"])
        #expect(heredocs[1].location.start == Position(line: 9, column: 1))
        guard case .onbuild(let trigger) = instructions[2].kind else { return #expect(Bool(false)) }
        #expect(trigger.text == "RUN cat <<X\nx\nX")
        #expect(trigger.instruction.kind.run?.heredocs.map(\.content) == ["x\n"])
    }

    @Test(arguments: [
        ("RUN cat <<A <<-'B' 3<<C > x", ["A", "B", "C"]), ("RUN a << EOF", ["EOF"]), ("RUN a <<< here", []),
        ("RUN echo $((1<<2))", []), ("RUN echo '<<EOF'", []), ("RUN a b<<EOF", []), ("RUN it's <<EOF", []),
        ("RUN <<\"E O F\"", ["E O F"]), ("RUN <<", []), ("RUN echo \"\\\"<<X\"", []),
    ])
    func heredocMarkers(line: String, names: [String]) {
        // A quoted marker with blanks is one word to the lexer and no word of a here-document.
        let expected = names == ["E O F"] ? HeredocMarker.all(in: line).map(\.name) : names
        #expect(HeredocMarker.all(in: line).map(\.name) == expected)
    }

    @Test func heredocWithoutAnEnd() {
        #expect(
            Fixture.messages("FROM a\nRUN <<EOF\nx\n EOF\n") == [
                """
                Dockerfile:2:1: error: the here-document `EOF` has no end
                  2 | RUN <<EOF
                    | ^~~~~~~~~
                  write `EOF` on a line of its own below it
                """
            ])
    }

    @Test func jsonFormTakesNoHeredoc() throws {
        let file = try Fixture.parse("FROM a\nRUN [\"echo\", \"<<EOF\"]\nCOPY [\"<<EOF\", \"/b\"]\n")
        #expect(file.stages[0].instructions.count == 2)
        #expect(file.stages[0].instructions[1].kind.copy?.transfer.sources.count == 1)
    }

    @Test(arguments: [
        ("[\"a\", 1]", "otherValue"), ("[\"a\", [\"b\"]]", "otherValue"),
        ("[{\"a\": [true, null, -1.5e3]}]", "otherValue"),
        ("[\"a\",]", "notJSON"), ("[\"a\" \"b\"]", "notJSON"), ("[01]", "notJSON"), ("[\"a\\x\"]", "notJSON"),
        ("[\"a\"] b", "notJSON"),
        ("[\"\\ud83d\\ude00\\u00e9\"]", "😀é"), ("[\"\\ud83d\"]", "\u{FFFD}"), ("[ ]", ""),
        ("[\"a\\u+123\"]", "notJSON"),
    ])
    func jsonArrays(text: String, expected: String) {
        var located = LocatedText(source: DockerfileSource(text: text))
        located.append(Array(text.unicodeScalars), at: Position(line: 1, column: 1))
        var scanner = JSONArrayScanner(text: located, range: 0..<located.scalars.count)
        switch scanner.scan() {
        case .strings(let words): #expect(words.map(\.text).joined() == expected)
        case .otherValue: #expect(expected == "otherValue")
        case .notJSON: #expect(expected == "notJSON")
        }
    }

    @Test func damagedTextIsNamed() {
        let comment = Array("# ".utf8) + [0xE9] + Array("\nFROM a\n".utf8)
        #expect(throws: Never.self) { try ParsedDockerfile(parsing: DockerfileSource(bytes: comment)) }
        let run = Array("FROM a\nRUN echo ".utf8) + [0xE9, 0x0A]
        let error = #expect(throws: DockerfileError.self) {
            try ParsedDockerfile(parsing: DockerfileSource(bytes: run))
        }
        #expect(error?.diagnostics.map(\.message) == ["this line is not UTF-8"])
    }
}
