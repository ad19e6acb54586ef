import Testing
import Vocabulary

@testable import Envfile

@Suite(.timeLimit(.minutes(2))) struct InterpolationTests {
    private static let values = ["A": "a", "EMPTY": "", "_x1": "u"]

    private func expand(_ text: String) throws(TemplateProblem) -> (String, unset: [String]) {
        var unset: [String] = []
        let result = try Template(parsing: text).expanded(lookup: { Self.values[$0] }, unset: { unset.append($0.name) })
        return (result, unset)
    }

    @Test(arguments: [
        ("$A", "a"), ("${A}", "a"), ("x${A}y$A-", "xaya-"), ("$_x1", "u"), ("$$A", "$A"), ("$$$A", "$a"),
        ("$${A}", "${A}"),
        ("${NO:-d}", "d"), ("${NO-d}", "d"), ("${EMPTY:-d}", "d"), ("${EMPTY-d}", ""), ("${A:-d}", "a"),
        ("${A-d}", "a"),
        ("${NO:+s}", ""), ("${A:+s}", "s"), ("${EMPTY:+s}", ""), ("${EMPTY+s}", "s"), ("${NO+s}", ""),
        ("${NO:-${A}}", "a"), ("${NO:-${NO2:-x$A}}z", "xaz"), ("${A:?m}", "a"), ("${EMPTY?m}", ""), ("${NO:-}", ""),
        ("${NO:-a:b-c?d}", "a:b-c?d"), ("${NO:-$$}", "$"), ("${NO:-{}}", "{}"), ("ü${A}ß", "üaß"), ("", ""),
        ("plain", "plain"), ("a $ string", "a $ string"), ("^REGEX$", "^REGEX$"), ("$}", "$}"), ("$", "$"),
        ("ab$5", "ab$5"), ("${A:-{}}", "a"), ("${NO:-{\"json\":{}}}x", "{\"json\":{}}x"), ("${NO:-{}", "{"),
        ("$A-bar", "a-bar"), ("${NO:-/non:-alphanumeric}", "/non:-alphanumeric"), ("${NO-$A}", "a"),
        ("${NO-${A} ${A}}", "a a"), ("${EMPTY+$A ${A:+second}}", "a second"), ("+ok ${NO:-${EMPTY-d}}", "+ok "),
        ("?ok ${EMPTY:-d}", "?ok d"), (":-ok ${NO-d}", ":-ok d"), ("${NO:+${NO},}B", "B"), ("${NO:-a\nb}", "a\nb"),
    ])
    func expands(text: String, expected: String) throws {
        let result = try expand(text)
        #expect(result.0 == expected)
        #expect(result.unset == [])
    }

    @Test func unsetIsEmptyAndTold() throws {
        let result = try expand("[$NO${NO2}${A:+$NO3}${A:-$NO4}]")
        #expect(result.0 == "[a]")
        #expect(result.unset == ["NO", "NO2", "NO3"])
    }

    @Test(arguments: [
        ("${", "`${` is not followed by the name of a variable", 0),
        ("${ A}", "`${` is not followed by the name of a variable", 0),
        ("${A }", "what follows the name in `${` is none of `:-`, `-`, `:?`, `?`, `:+`, `+` and `}`", 0),
        ("${}", "`${` is not followed by the name of a variable", 0),
        ("x${A", "`${A` has no closing `}`", 1),
        ("${A:-x", "`${A` has no closing `}`", 0),
        ("${A!b}", "what follows the name in `${` is none of `:-`, `-`, `:?`, `?`, `:+`, `+` and `}`", 0),
        ("${A:}", "what follows the name in `${` is none of `:-`, `-`, `:?`, `?`, `:+`, `+` and `}`", 0),
        ("${NO?set $A}", "the required variable `NO` is not set: set a", 0),
        ("${EMPTY:?}", "the required variable `EMPTY` is empty", 0),
    ])
    func refuses(text: String, message: String, offset: Int) {
        let error = #expect(throws: TemplateProblem.self) { try expand(text) }
        #expect(error?.message == message)
        #expect(error?.offset == offset)
    }

    @Test func nestingIsLimited() {
        let text = String(repeating: "${A:-", count: 1000) + String(repeating: "}", count: 1000)
        let error = #expect(throws: TemplateProblem.self) { try expand(text) }
        #expect(error?.message == "`${` is nested more than 32 deep")
    }

    // MARK: - .env

    private func dotEnv(_ text: String, process: [String: String] = [:]) -> (
        values: [String: String], messages: [String]
    ) {
        let report = DiagnosticCollector()
        let values = DotEnv.variables(
            in: SourceFile(path: ".env", bytes: Array(text.utf8)), process: process, report: report)
        return (values, report.diagnostics.map { "\($0.line):\($0.column) \($0.message)" })
    }

    @Test(arguments: [
        ("A=1", "1"), ("A = 1 ", "1"), ("export A=1", "1"), ("export\tA=1", "1"), ("A=a b # c", "a b"),
        ("A=a#b", "a#b"),
        ("A=", ""), ("A=# c", "# c"), ("A=a\t# c", "a\t# c"), ("A=x #", "x"), ("A=\"b#z\"# c", "b#z"), ("A : 1", "1"),
        ("A[1]=c\nA=1", "1"), ("ä=x\nA=$P", "process"), ("A='it\\'s'", "it's"), ("A='a\\\\'", "a\\\\"),
        ("A=\"\\a\\0123\\x07\\ b\"", "\u{7}S\\x07\\ b"), ("A=\"a\\\\b\"", "a\\b"), ("A=\"\\${B}\"", "${B}"),
        ("A='x $B \\n # y' # c", "x $B \\n # y"), ("A=\"x\\n\\ty\\\"\\$B\"", "x\n\ty\"$B"),
        ("B=2\nA=$B-${C:-3}", "2-3"), ("B=2\nA=\"${B}\"", "2"), ("A=\"one\ntwo\"", "one\ntwo"),
        ("A='one\ntwo'", "one\ntwo"),
        ("A: yaml", "yaml"), ("A=1\r\nB=2\r\n", "1"), ("\u{FEFF}A=1", "1"), ("B=2\nA=\\$B", "\\2"),
        ("A=it\\'s", "it\\'s"),
        ("# A=0\n\n  A=1", "1"), ("A=1\nA=2", "2"), ("A=a=b", "a=b"), ("exported=0\nA=1", "1"), ("A=$P", "process"),
    ])
    func dotEnvValues(text: String, expected: String) {
        let result = dotEnv(text, process: ["P": "process"])
        #expect(result.values["A"] == expected)
        #expect(result.messages == [])
    }

    @Test(arguments: [
        ("=1", "1:1 a line of `.env` must be `NAME=value`"),
        ("A=1\nfoo bar", "2:5 a line of `.env` must be `NAME=value`"),
        ("A='x", "1:3 a quoted value of `.env` has no closing quote"),
        ("A=\"x\" y=1", "1:7 something follows the closing quote of a value"),
        ("A=${", "1:3 `A`: `${` is not followed by the name of a variable"),
        ("A=$NO", "1:3 the variable `NO` is not set and is replaced by an empty string"),
    ])
    func dotEnvProblems(text: String, expected: String) {
        #expect(dotEnv(text).messages == [expected])
    }

    @Test func dotEnvTakesNamesFromOutside() {
        let result = dotEnv("A\nexport B\nC\n", process: ["A": "1", "C": "3"])
        #expect(result.values == ["A": "1", "C": "3"])
        #expect(result.messages == [])
    }

    @Test func dotEnvDoublingIsLimited() {
        var text = "A0=0123456789\n"
        for index in 1...60 { text += "A\(index)=$A\(index - 1)$A\(index - 1)\n" }
        #expect(dotEnv(text).messages.first?.contains("longer than 1048576 bytes") == true)
    }

    // MARK: - In a file

    @Test func theWholeFileIsLimited() {
        var fixture = Fixture()
        fixture.process["BIG"] = String(repeating: "x", count: 1 << 20)
        let items = Array(repeating: "$BIG", count: 70).joined(separator: ", ")
        let messages = fixture.messages("services: { a: { image: x } }\nx-a: [\(items)]")
        #expect(messages.first == "the file is longer than 67108864 bytes with its variables replaced")
    }

    @Test func theProcessWinsOverDotEnv() throws {
        var fixture = Fixture(dotEnv: "TAG=file\nONLY=file\n")
        fixture.process["TAG"] = "process"
        let service = try fixture.service("user: ${TAG}-${ONLY}")
        #expect(service.user == "process-file")
    }

    @Test func unsetVariablesWarnOnceAtTheirPlace() {
        let text = "services:\n  web:\n    image: \"a$NO\"\n    user: $NO\n    hostname: ${X\n"
        #expect(
            Fixture().diagnostics(text) == [
                "3:14 warning: the variable `NO` is not set and is replaced by an empty string",
                "5:15 error: `${X` has no closing `}`",
            ])
    }

    @Test func interpolatedTextIsTypedByWhoReadsIt() throws {
        var fixture = Fixture()
        fixture.process["RO"] = "true"
        fixture.process["PORT"] = "8080"
        let service = try fixture.service(
            "read_only: ${RO}\nports: [\"${PORT}:80\", { target: $PORT }]\nenvironment: { $A: x, B: $PORT }")
        #expect(service.isReadOnly)
        #expect(service.ports.map(\.target) == [80, 8080])
        #expect(service.environment == ["$A": "x", "B": "8080"])
    }

    @Test func portReferencesOfTheMessageStay() throws {
        var fixture = Fixture()
        fixture.process["PORT"] = "5"
        let text =
            "post_up_message: 'at ${PORT:web:80} $PORT ${PORT:-1}'\nx-a: '${PORT:web:80}'\nservices: { web: { image: x } }"
        #expect(
            fixture.messages(text) == [
                "what follows the name in `${` is none of `:-`, `-`, `:?`, `?`, `:+`, `+` and `}`"
            ])
        let tree = Composed(["Envfile": text.replacing("x-a", with: "#")], process: ["PORT": "5"])
        #expect(tree.text("post_up_message") == "at ${PORT:web:80} 5 5")
    }

    @Test func theProjectNameIsAVariable() throws {
        let loaded = try Fixture(dotEnv: "N=shop\n").load(
            "name: $N-1\nservices: { web: { image: \"$COMPOSE_PROJECT_NAME\" } }")
        #expect(loaded.environment.name == "shop-1")
        #expect(loaded.environment.services.first?.image == "shop-1")
    }
}
