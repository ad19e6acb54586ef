import TestSupport
import Testing

@testable import Envfile

/// yaml-test-suite against the event layer.
@Suite(.timeLimit(.minutes(5)), .enabled("the corpus is not there; set TRICE_CORPUS") { try Requirement.met(.corpus) })
struct YAMLSuiteTests {
    @Test func everyCaseGivesItsEventsOrIsListed() throws {
        let cases = Corpus.files(below: "yaml") { $0 == "in.yaml" }
        try #require(cases.count > 300)
        var differing: Set<String> = []
        for input in cases {
            let folder = HostPath.parent(of: input)
            let name = String(folder.dropFirst((Corpus.root + "/yaml/").count))
            if try !passes(folder: folder, input: input) { differing.insert(name) }
        }
        let listed = Set(Self.differences.keys)
        #expect(differing.subtracting(listed).sorted() == [], "cases that differ and are not listed")
        #expect(listed.subtracting(differing).sorted() == [], "cases that are listed and do not differ")
    }

    private func passes(folder: String, input: String) throws -> Bool {
        guard case .bytes(let bytes) = FileContents.read(input) else { return false }
        let events = Self.events(of: SourceFile(path: input, bytes: bytes))
        if FileContents.exists(folder + "/error") { return events == nil }
        let expected = try #require(Corpus.text(folder + "/test.event"))
        return events.map { $0.joined(separator: "\n") + "\n" } == expected
    }

    /// Events in the notation of the suite; `nil` when the text is not read.
    private static func events(of source: SourceFile) -> [String]? {
        do throws(SyntaxProblem) {
            return try EventParser.withEvents(of: source) { (events) throws(SyntaxProblem) in
                var lines: [String] = []
                while true {
                    let event = try events.next()
                    lines.append(line(event.payload))
                    if event.payload == .streamEnd { return lines }
                }
            }
        } catch {
            return nil
        }
    }

    private static func line(_ event: Event.Payload) -> String {
        switch event {
        case .streamStart: "+STR"
        case .streamEnd: "-STR"
        case .documentStart(let isExplicit): isExplicit ? "+DOC ---" : "+DOC"
        case .documentEnd(let isExplicit): isExplicit ? "-DOC ..." : "-DOC"
        case .alias(let name): "=ALI *\(name)"
        case .sequenceStart(let anchor, let tag, let isFlow): "+SEQ" + (isFlow ? " []" : "") + properties(anchor, tag)
        case .sequenceEnd: "-SEQ"
        case .mappingStart(let anchor, let tag, let isFlow): "+MAP" + (isFlow ? " {}" : "") + properties(anchor, tag)
        case .mappingEnd: "-MAP"
        case .scalar(let text, let style, let anchor, let tag):
            "=VAL" + properties(anchor, tag) + " " + mark(style) + escaped(text)
        }
    }

    private static func properties(_ anchor: String?, _ tag: String?) -> String {
        (anchor.map { " &\($0)" } ?? "") + (tag.map { " <\($0)>" } ?? "")
    }

    private static func mark(_ style: Scalar.Style) -> String {
        switch style {
        case .plain: ":"
        case .singleQuoted: "'"
        case .doubleQuoted: "\""
        case .literal: "|"
        case .folded: ">"
        }
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case "\u{8}": result += "\\b"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Cases where libyaml 0.2.5 itself differs from YAML 1.2.
    private static let differences: [String: String] = {
        let byReason: [(reason: String, cases: String)] = [
            (
                "an entry of a block mapping without a key (`: value`) is rejected",
                "2JQS M2N8/00 NHX8 NKF9 S3PD SM9W/01 UKK6/00 6M2F"
            ),
            (
                "an unknown directive is an error instead of a warning",
                "2LFX 6LVF MUS6/05 MUS6/06"
            ),
            (
                "a colon in the name of an anchor or alias ends the name",
                "2SXE Y2GN"
            ),
            (
                "an anchor may hold only ASCII letters, digits, `_` and `-`",
                "8XYN W5VH"
            ),
            (
                "an empty key or value, or a plain scalar beginning with `:`, is rejected in a flow collection",
                "58MP 5T43 CFD4 DBG4 HM87/00 4ABK FRK4"
            ),
            (
                "in a flow mapping the `:` must stand on the line where its key ends",
                "4MUZ/00 4MUZ/01 4MUZ/02 5MUD K3WX 9SA2 NJ66 UT92 VJP3/01"
            ),
            (
                "a `?` in a flow collection always begins an explicit key",
                "652Z HM87/01"
            ),
            (
                "a tab is never separation at the start of a line",
                "6BCT 6CA3 A2M4 DK95/00 DK95/03 DK95/04 Q5MG Y79Y/010"
            ),
            (
                "a tab at the start of a block scalar's line is taken for indentation",
                "96NN/00 96NN/01 R4YG Y79Y/001"
            ),
            (
                "a document after `...` must begin with `---`",
                "7Z25 M7A3"
            ),
            (
                "`...` without a document before it is rejected",
                "HWV9 QT73"
            ),
            (
                "a block scalar at the top level must be indented",
                "DK3J FP8R W4TN"
            ),
            (
                "only %YAML 1.1 and 1.2 are read",
                "BEC7"
            ),
            (
                "a directive after a document without `...` between is accepted",
                "9HCY EB22 RHX7"
            ),
            (
                "a malformed %YAML directive is accepted",
                "MUS6/00 MUS6/01"
            ),
            (
                "a comment without a blank before it is accepted",
                "9JBA CVW2 SU5Z X4QW"
            ),
            (
                "too little indentation inside a flow collection or quoted scalar is accepted",
                "9C9N QB6E DK95/01 Y79Y/003"
            ),
            (
                "a dash alone as an entry of a flow sequence is accepted",
                "G5U8 YJV2"
            ),
            (
                "leading blank lines with more blanks than the text of a block scalar are accepted",
                "S98Z"
            ),
            (
                "a last line of blanks without a line break is read differently in a block scalar",
                "JEF9/02 L24T/01"
            ),
        ]
        var differences: [String: String] = [:]
        for (reason, cases) in byReason {
            for name in cases.split(separator: " ") { differences[String(name)] = reason }
        }
        return differences
    }()
}
