import Testing

@testable import Envfile

@Suite(.timeLimit(.minutes(2))) struct DocumentTests {
    @Test func theMarksOfAMergeAreNamed() {
        let text = "services:\n  web:\n<<<<<<< HEAD\n    image: a\n=======\n    image: b\n>>>>>>> theirs\n"
        let found = Fixture().all(text)
        #expect(found.map(\.message) == ["the file has the marks of a merge that is not finished"])
        #expect(found.map(\.line) == [3])
        // The same signs elsewhere are text.
        let fine = "x-note: |\n  =======\n  <<<<<<< x\nservices:\n  web:\n    image: a\n"
        #expect(Fixture().all(fine).isEmpty)
    }

    private func read(_ text: String) -> (root: Node?, messages: [String]) {
        read(bytes: Array(text.utf8))
    }

    private func read(bytes: [UInt8]) -> (root: Node?, messages: [String]) {
        let report = DiagnosticCollector()
        let documents = DocumentBuilder.documents(of: SourceFile(path: "f", bytes: bytes), report: report)
        return (documents.first?.root, report.diagnostics.map { "\($0.line):\($0.column) \($0.message)" })
    }

    private func plain(_ node: Node?) -> String {
        switch node?.content {
        case nil: "-"
        case .scalar(let scalar): scalar.text
        case .sequence(let items): "[" + items.map(plain).joined(separator: ",") + "]"
        case .mapping(let pairs): "{" + pairs.map { "\($0.key.name):\(plain($0.value))" }.joined(separator: ",") + "}"
        }
    }

    @Test(arguments: [
        ("a: &x {k: 1}\nb: *x", "{a:{k:1},b:{k:1}}"),
        ("a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}", "{a:{k:1,l:2},b:{k:3,l:2}}"),
        ("a: &x {k: 1}\nb: &y {k: 2, m: 3}\nc: {<<: [*x, *y]}", "{a:{k:1},b:{k:2,m:3},c:{k:1,m:3}}"),
        ("a: &x {k: 1}\nb: &y {<<: *x, l: 2}\nc: {l: 4, <<: *y}", "{a:{k:1},b:{l:2,k:1},c:{l:4,k:1}}"),
        ("'<<': {k: 1}", "{<<:{k:1}}"),
        ("&k key: *k", "{key:key}"),
        ("a: &x 1\nb: &x 2\nc: *x", "{a:1,b:2,c:2}"),
        ("--- {a: 1}\n...\n", "{a:1}"),
        ("\u{FEFF}a: 1", "{a:1}"),
    ])
    func readsWhatIsMeant(text: String, expected: String) {
        let (root, messages) = read(text)
        #expect(plain(root) == expected)
        #expect(messages == [])
    }

    @Test(arguments: [
        ("", ["1:1 the file is empty"]),
        ("# nothing\n", ["1:1 the file is empty"]),
        ("---\n", ["2:1 the file is empty"]),
        ("a: 1\n---\na: *x\n", ["3:4 the alias `*x` has no anchor `&x` before it"]),
        ("a: &x 1\n---\na: *x\n", ["3:4 the alias `*x` has no anchor `&x` before it"]),
        ("a: 1\nb: 2\na: 3\n", ["3:1 the key `a` stands twice in one mapping"]),
        (
            "a: {x: 1, x: 2}\nb: {y: 1, y: 2}",
            [
                "1:11 the key `x` stands twice in one mapping", "2:11 the key `y` stands twice in one mapping",
            ]
        ),
        ("a: *none", ["1:4 the alias `*none` has no anchor `&none` before it"]),
        ("a: &x [*x]", ["1:8 the alias `*x` stands inside the node that it repeats"]),
        ("<<: 3\na: 1", ["1:5 `<<` can only merge a mapping or a list of mappings, but finds the number 3"]),
        ("? [a]\n: 1", ["1:3 a key must be a string, but is a list"]),
        ("a: !!int x", ["1:4 the value is tagged as integer but is not one"]),
        ("a: !what 1", ["1:4 the tag `!what` is not known and is ignored"]),
    ])
    func namesWhatIsWrong(text: String, expected: [String]) {
        #expect(read(text).messages == expected)
    }

    @Test func syntaxErrorsHaveAPlaceAndARemedy() {
        let report = DiagnosticCollector()
        _ = DocumentBuilder.documents(of: SourceFile(path: "f", bytes: Array("a:\n\tb: 1\n".utf8)), report: report)
        #expect(report.diagnostics.map(\.line) == [2])
        #expect(report.diagnostics.first?.hint == "YAML is indented with spaces; replace the tab")
    }

    @Test(arguments: [
        ("a: 1\n---\nb: 2\n", 2), ("---\n---\na: 1\n", 1), ("a: 1\n---\n", 1),
        ("%YAML 1.2\n---\na: 1\n...\n---\nb: 1", 2),
    ])
    func documentsOfOneFile(text: String, count: Int) {
        let report = DiagnosticCollector()
        let source = SourceFile(path: "f", bytes: Array(text.utf8))
        #expect(DocumentBuilder.documents(of: source, report: report).count == count)
        #expect(!report.hasErrors)
    }

    @Test func onlyUTF8IsRead() {
        #expect(
            read(bytes: Array("ä: ".utf8) + [0xFF]).messages == ["1:4 the file is not UTF-8: byte 4 has the value 0xff"]
        )
        #expect(read(bytes: [0xFF, 0xFE, 0x61, 0]).messages == ["1:1 the file is UTF-16 and only UTF-8 is read"])
        #expect(read(bytes: [0x61, 0xED, 0xA0, 0x80]).messages.count == 1)
        #expect(read("a: \u{1}").messages.count == 1)
    }

    @Test func depthIsLimited() {
        let deep = String(repeating: "[", count: 5000)
        #expect(
            read(deep + String(repeating: "]", count: 5000)).messages == ["1:66 nodes are nested more than 64 deep"])
        let allowed = String(repeating: "[", count: 60) + String(repeating: "]", count: 60)
        #expect(read(allowed).messages == [])
    }

    @Test func aliasExpansionIsLimited() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        let messages = read(text).messages
        #expect(messages.count == 1)
        #expect(messages.first?.contains("more than 100000 nodes when its aliases are expanded") == true)
    }

    @Test func marksCountLinesColumnsAndBytes() throws {
        let (root, _) = read("ä: [é, bcd]\nx:\r\n  - ÿ: 1\n")
        let first = try #require(root?["ä"])
        guard case .sequence(let items) = first.content else {
            Issue.record("no list")
            return
        }
        #expect(
            [items[1].mark.line, items[1].mark.column, items[1].mark.offset, items[1].mark.length] == [1, 8, 9, 3])
        guard case .sequence(let list) = root?["x"]?.content, let one = list.first?["ÿ"] else {
            Issue.record("no list")
            return
        }
        #expect([one.mark.line, one.mark.column, one.mark.offset] == [3, 8, 26])
    }

    @Test func marksAreRightFarIntoALongLine() throws {
        let text = "k: [" + String(repeating: "ü, ", count: 200) + "end]\r\nl: x"
        let root = try #require(read(text).root)
        guard case .sequence(let items) = root["k"]?.content, let last = items.last, let next = root["l"] else {
            Issue.record("no list")
            return
        }
        #expect([last.mark.line, last.mark.column, last.mark.offset] == [1, 605, 804])
        #expect([next.mark.line, next.mark.column, next.mark.offset] == [2, 4, 813])
    }

    @Test(arguments: [
        ("", Scalar.ScalarType.null), ("~", .null), ("null", .null), ("nULL", .string), ("true", .bool),
        ("FALSE", .bool), ("yes", .string), ("no", .string), ("on", .string), ("off", .string), ("y", .string),
        ("12", .integer), ("-7", .integer), ("+7", .integer), ("0o17", .integer), ("0x1F", .integer), ("0o18", .string),
        ("0b11", .string), ("017", .integer), ("1_000", .string), ("22:22", .string), ("1.5", .float), (".5", .float),
        ("5.", .float), ("1e3", .float), ("1e", .string), ("-.inf", .float), (".nan", .float), ("-.nan", .string),
        (".", .string), ("-", .string), ("+", .string), ("1.2.3", .string), ("0x", .string), ("2026-01-01", .string),
    ])
    func coreSchema(text: String, type: Scalar.ScalarType) {
        #expect(CoreSchema.type(of: text) == type)
    }

    @Test func integers() {
        #expect(
            ["0o17", "0x1F", "-12", "+3", "x", "99999999999999999999"].map(CoreSchema.integer) == [
                15, 31, -12, 3, nil, nil,
            ])
    }
}
