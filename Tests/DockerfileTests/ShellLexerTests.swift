import Testing

@testable import Dockerfile

@Suite(.timeLimit(.minutes(2))) struct ShellLexerTests {
    private static let environment = [
        "A": "a", "EMPTY": "", "PATH": "/usr/local/lib/x.tar.gz", "STAR": "a*b", "WORDS": "one two",
    ]

    private static func text(_ word: String) -> String {
        do throws(ExpansionProblem) {
            return try ShellLexer { environment[$0] }.process(word).text
        } catch {
            return "\(error.offset): \(error.message)"
        }
    }

    @Test(arguments: [
        ("${PATH#/*/}", "local/lib/x.tar.gz"), ("${PATH##*/}", "x.tar.gz"), ("${PATH%.*}", "/usr/local/lib/x.tar"),
        ("${PATH%%.*}", "/usr/local/lib/x"), ("${PATH#nothing}", "/usr/local/lib/x.tar.gz"),
        ("${PATH#/???/}", "local/lib/x.tar.gz"), ("${STAR#a\\*}", "b"), ("${STAR#\\*}", "a*b"),
        ("${PATH%\\}}", "/usr/local/lib/x.tar.gz"),
        ("${PATH#}", "/usr/local/lib/x.tar.gz"), ("${NONE#x}", ""), ("${PATH%$EMPTY}", "/usr/local/lib/x.tar.gz"),
    ])
    func removal(word: String, expected: String) {
        #expect(Self.text(word) == expected)
    }

    @Test(arguments: [
        ("${PATH/l/L}", "/usr/Local/lib/x.tar.gz"), ("${PATH//l/L}", "/usr/LocaL/Lib/x.tar.gz"),
        ("${PATH//\\//-}", "-usr-local-lib-x.tar.gz"), ("${PATH/*/x}", "x"), ("${PATH//*/x}", "x"),
        ("${WORDS// /_}", "one_two"), ("${A/a/}", ""), ("${A/b/c}", "a"), ("${NONE/a/b}", ""), ("${A//?/xy}", "xy"),
        ("${PATH/l*l/-}", "/usr/-ib/x.tar.gz"), ("${A/a/${WORDS}}", "one two"),
    ])
    func replacement(word: String, expected: String) {
        #expect(Self.text(word) == expected)
    }

    @Test(arguments: [
        ("a${NONE:?}", "1: variable `NONE`: must be set"), ("${EMPTY:?}", "0: variable `EMPTY`: must not be empty"),
        ("${NONE?set it}", "0: variable `NONE`: set it"), ("x'y", "1: there is no `'` to end this"),
        ("x\"${A", "2: there is no `}` to end this"), ("${A-'b}", "4: there is no `'` to end this"),
        ("${A=b}", "3: `=` is no modifier of a variable"), ("${A:=b}", "4: behind `:` only `-`, `+` or `?` can stand"),
        ("${A#\\x}", "0: in the pattern `\\x` a backslash stands before what needs none"),
        ("${A/b}", "0: there is no `/` to end this"), ("${A/b/c", "0: there is no `}` to end this"),
        ("${}", "0: there is no variable's name in `${…}`"), ("${", "0: there is no `}` to end this"),
    ])
    func problems(word: String, expected: String) {
        #expect(Self.text(word) == expected)
    }

    @Test func nestingHasALimit() {
        let deep = String(repeating: "${X:-", count: 100_000)
        #expect(Self.text(deep).hasSuffix("substitutions stand too deep in each other"))
        let allowed = String(repeating: "${X:-", count: 40) + "a" + String(repeating: "}", count: 40)
        #expect(Self.text(allowed) == "a")
    }

    @Test func otherEscapeCharacter() throws {
        let lexer = ShellLexer(escape: "`") { Self.environment[$0] }
        #expect(try lexer.process("C:\\dir`$A \"`\"`$A\"").text == "C:\\dir$A \"$A")
    }

    @Test func tellsWhatItUsed() throws {
        let result = try ShellLexer { Self.environment[$0] }.process("$A ${B:-$C} ${A:+x} '$D'")
        #expect(result.used == ["A"])
        #expect(result.unset == ["B", "C"])
        #expect(result.words == ["a", "x", "$D"])
    }

    @Test func unsetVariablesCanStay() throws {
        let lexer = ShellLexer(keepsUnset: true) { Self.environment[$0] }
        let text = "$A $B ${B} ${B:-x} ${B%y} ${B/a/b} ${B//a/b}"
        #expect(try lexer.process(text).text == text.replacing("$A", with: "a"))
    }

    @Test func longPatternsAreFast() {
        let value = String(repeating: "a", count: 20_000)
        let lexer = ShellLexer { $0 == "V" ? value : nil }
        let duration = ContinuousClock().measure {
            #expect((try? lexer.process("${V//*a*a*a*b/x}").text) == value)  // nil would differ
            #expect((try? lexer.process("${V##*a*a*b}").text) == value)  // likewise
        }
        #expect(duration < .seconds(10))
    }
}
