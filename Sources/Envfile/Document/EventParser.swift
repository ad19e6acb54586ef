import CYAML

/// libyaml's event parser over the bytes of one file.
///
/// It exists only inside `withEvents(of:_:)`, because libyaml keeps a pointer to the bytes.
struct EventParser: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let source: SourceFile

    /// Calls `body` with a parser before the first event of `source`.
    static func withEvents<Result>(
        of source: SourceFile, _ body: (inout EventParser) throws(SyntaxProblem) -> Result
    ) throws(SyntaxProblem) -> Result {
        // libyaml requires a pointer, and an empty array has none.
        let bytes = source.bytes.isEmpty ? [UInt8(ascii: "\n")] : source.bytes
        return try bytes.withUnsafeBufferPointer { (buffer) throws(SyntaxProblem) -> Result in
            var events = try EventParser(source: source, buffer: buffer)
            return try body(&events)
        }
    }

    private init(source: SourceFile, buffer: UnsafeBufferPointer<UInt8>) throws(SyntaxProblem) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw SyntaxProblem(message: "there is no memory to read the file", mark: source.mark(offset: 0))
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
        self.parser = parser
        self.source = source
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    /// The next event; no event follows `streamEnd`.
    mutating func next() throws(SyntaxProblem) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        defer { yaml_event_delete(&event) }
        let mark = mark(from: event.start_mark, to: event.end_mark)
        return Event(payload: payload(of: event), mark: mark)
    }

    private func payload(of event: yaml_event_t) -> Event.Payload {
        let data = event.data
        switch event.type {
        case YAML_STREAM_START_EVENT: return .streamStart
        case YAML_DOCUMENT_START_EVENT: return .documentStart(isExplicit: data.document_start.implicit == 0)
        case YAML_DOCUMENT_END_EVENT: return .documentEnd(isExplicit: data.document_end.implicit == 0)
        case YAML_ALIAS_EVENT: return .alias(Self.string(data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = data.scalar
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            return .scalar(
                text: text, style: Self.style(scalar.style), anchor: Self.string(scalar.anchor),
                tag: Self.string(scalar.tag))
        case YAML_SEQUENCE_START_EVENT:
            let start = data.sequence_start
            return .sequenceStart(
                anchor: Self.string(start.anchor), tag: Self.string(start.tag),
                isFlow: start.style == YAML_FLOW_SEQUENCE_STYLE)
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            let start = data.mapping_start
            return .mappingStart(
                anchor: Self.string(start.anchor), tag: Self.string(start.tag),
                isFlow: start.style == YAML_FLOW_MAPPING_STYLE)
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        default: return .streamEnd
        }
    }

    private static func string(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private static func style(_ style: yaml_scalar_style_t) -> Scalar.Style {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
        case YAML_LITERAL_SCALAR_STYLE: .literal
        case YAML_FOLDED_SCALAR_STYLE: .folded
        default: .plain
        }
    }

    private func mark(from start: yaml_mark_t, to end: yaml_mark_t) -> Mark {
        let length = end.line == start.line && end.column > start.column ? end.column - start.column : 1
        return source.mark(
            index: Int(start.index), line: Int(start.line), column: Int(start.column), length: Int(length))
    }

    private func problem() -> SyntaxProblem {
        let failed = parser.pointee
        var message = "the file is not valid YAML"
        if failed.error == YAML_MEMORY_ERROR { message = "there is no memory to read the file" }
        if let text = failed.problem { message += ": \(String(cString: text))" }
        if let context = failed.context {
            message += " \(String(cString: context))"
            let line = Int(failed.context_mark.line)
            if line != Int(failed.problem_mark.line) { message += " that begins in line \(line + 1)" }
        }
        if let merge = MergeMarks.first(in: source) {
            return SyntaxProblem(
                message: "the file has the marks of a merge that is not finished",
                hint: "keep what is right of each side, and remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`",
                mark: merge)
        }
        if failed.error == YAML_READER_ERROR {
            return SyntaxProblem(message: message, mark: source.mark(offset: Int(failed.problem_offset)))
        }
        let mark = mark(from: failed.problem_mark, to: failed.problem_mark)
        return SyntaxProblem(message: message, hint: hint(at: mark, message: message), mark: mark)
    }

    private func hint(at mark: Mark, message: String) -> String? {
        if mark.offset < source.bytes.count, source.bytes[mark.offset] == UInt8(ascii: "\t") {
            return "YAML is indented with spaces; replace the tab"
        }
        if message.contains("mapping values are not allowed") {
            return "a value that contains `: ` must be quoted; otherwise check the indentation"
        }
        return nil
    }
}
