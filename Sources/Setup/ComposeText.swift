internal import Workspaces

/// The text of a Compose file, and how it becomes an Envfile's: by lines, so that whatever the author wrote stays.
///
/// Added are the line for editors and `compat: compose`, which keeps every meaning. Our keys under `x-trice` may stand
/// beside Compose's in an Envfile: they are lifted out where they are written as a block.
struct ComposeText {
    private let lines: [Substring]
    private let lineEnd: String
    private let name: String
    private let schemaLine: String?

    init(_ text: String, name: String, schemaLine: String?) {
        let content = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
        lines = content.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        lineEnd = content.contains("\r\n") ? "\r\n" : "\n"
        self.name = name
        self.schemaLine = schemaLine
    }

    func envfile(liftingExtras: Bool) -> String {
        var body = lines
        let start = Self.start(of: body)
        // Of a line for editors only the first counts, and that is ours.
        body.replaceSubrange(..<start, with: body[..<start].filter { !SchemaLine.isOne($0) })
        if liftingExtras { body = Self.lifted(body) }
        let head = [schemaLine].compactMap { $0?[...] }
        return (head + Self.insertingCompatibility(into: body, name: name)).joined(separator: lineEnd)
    }

    /// The index of the first line that is neither empty nor a comment.
    private static func start(of lines: [Substring]) -> Int {
        lines.firstIndex { !isBlankOrComment($0) } ?? lines.count
    }

    // MARK: compat

    private static func insertingCompatibility(into lines: [Substring], name: String) -> [Substring] {
        // Lifted from `x-trice`.
        if lines.contains(where: { $0.hasPrefix("compat:") }) { return lines }
        let top = top(of: lines)
        var body = Array(lines[top...])
        var explanation = """
            # Made from \(name) by `trice init --from`. Everything means what it means there, because of `compat: compose`.
            # Without these words Trice's own ways hold: ports are published for this host alone and move aside when they
            # are taken, files in shared folders belong to you, `container_name` is a name inside the environment only, an
            # override's port replaces the one that it overrides, `up` builds again what has changed, and PID 1 is a small
            # init that passes on signals.
            """.split(separator: "\n")
        let first = start(of: body)
        if first < body.count, body[first].hasPrefix("{") {
            body[first] = "{ compat: compose," + body[first].dropFirst()
        } else {
            explanation.append("compat: compose")
        }
        return lines[..<top] + explanation + [""] + body
    }

    /// Where the document's own lines begin: below the `---`, where there is one.
    private static func top(of lines: [Substring]) -> Int {
        let first = lines.firstIndex { !isBlankOrComment($0) && !$0.hasPrefix("%") } ?? lines.count
        guard first < lines.count, lines[first].hasPrefix("---"), isBlankOrComment(lines[first].dropFirst(3)) else {
            return 0
        }
        return first + 1
    }

    // MARK: x-trice

    /// Takes the lines below the file's and each service's `x-trice:` one level out. What stands in a block scalar is
    /// left alone.
    private static func lifted(_ lines: [Substring]) -> [Substring] {
        var result: [Substring] = []
        // The lines that the current one is inside of, outermost first.
        var parents: [Substring] = []
        var index = 0
        while index < lines.count {
            let line = lines[index]
            index += 1
            let indent = indentation(of: line)
            if !isBlankOrComment(line) { parents.removeAll { indentation(of: $0) >= indent } }
            let isPlace = parents.isEmpty || parents.count == 2 && parents[0].hasPrefix("services:")
            if isPlace, let comment = extrasKey(line) {
                let block = block(at: index, in: lines, below: indent)
                if let inner = block.first(where: { !isBlankOrComment($0) }).map(indentation) {
                    if !comment.isEmpty { result.append(line.prefix(indent) + comment) }
                    result += block.map { $0.dropFirst(min(inner - indent, indentation(of: $0))) }
                    index += block.count
                    continue
                }
            }
            result.append(line)
            if !isBlankOrComment(line) { parents.append(line) }
            if opensBlockScalar(line) {
                let text = block(at: index, in: lines, below: indent)
                result += text
                index += text.count
            }
        }
        return result
    }

    /// The lines from an index on that are indented deeper, with the empty ones between them.
    private static func block(at index: Int, in lines: [Substring], below indent: Int) -> ArraySlice<Substring> {
        var end = index
        for next in index..<lines.count {
            if lines[next].allSatisfy(\.isWhitespace) { continue }
            guard indentation(of: lines[next]) > indent else { break }
            end = next + 1
        }
        return lines[index..<end]
    }

    /// The comment behind `x-trice:`, empty without one; `nil` when the line is not that key alone.
    private static func extrasKey(_ line: Substring) -> Substring? {
        let content = line.drop { $0 == " " }
        guard content.hasPrefix("x-trice:") else { return nil }
        let rest = content.dropFirst("x-trice:".count).drop { $0 == " " }
        return rest.isEmpty || rest.hasPrefix("#") ? rest : nil
    }

    /// Whether a literal or folded text follows: the line ends in `|` or `>` with its indicators.
    private static func opensBlockScalar(_ line: Substring) -> Bool {
        let words = line.split(separator: " ")
        let last = words.prefix { !$0.hasPrefix("#") }.last ?? ""
        guard let first = last.first, first == "|" || first == ">" else { return false }
        return last.dropFirst().allSatisfy { "+-123456789".contains($0) }
    }

    private static func indentation(of line: Substring) -> Int {
        line.prefix { $0 == " " }.count
    }

    private static func isBlankOrComment(_ line: Substring) -> Bool {
        let content = line.drop(while: \.isWhitespace)
        return content.isEmpty || content.hasPrefix("#")
    }
}
