extension ParsedDockerfile {
    /// Larger than any Dockerfile.
    static let maximumLines = 500_000

    /// Reads a Dockerfile.
    ///
    /// - Throws: `DockerfileError` with code `invalid` and every problem of the file, one for each instruction.
    package init(parsing source: DockerfileSource) throws(DockerfileError) {
        guard source.lines.count <= Self.maximumLines else {
            throw DockerfileError(
                code: .tooLarge, message: "\(source.name) has more than \(Self.maximumLines) lines.")
        }
        var parser = DockerfileParser(source)
        parser.parse()
        try self.init(parser)
    }

    /// Takes the result of a parser at the end of its file.
    init(_ parser: DockerfileParser) throws(DockerfileError) {
        try parser.diagnostics.check(parser.source.name)
        self.init(
            source: parser.source, directives: parser.directives, globalArguments: parser.globalArguments,
            stages: parser.stages, warnings: parser.diagnostics.sorted)
    }
}

extension Instruction {
    /// Parses the triggers of a base image.
    ///
    /// - Parameters:
    ///   - triggers: `OnBuild` of the image's configuration.
    ///   - image: The name of the image in diagnostics.
    /// - Throws: `DockerfileError` with code `invalid` and every problem.
    package static func triggers(_ triggers: [String], of image: String) throws(DockerfileError) -> [Instruction] {
        var instructions: [Instruction] = []
        for trigger in triggers {
            let source = DockerfileSource(name: "ONBUILD of \(image)", text: trigger)
            var parser = DockerfileParser(source, isTrigger: true)
            parser.parse()
            try parser.diagnostics.check(source.name)
            instructions += parser.triggers
        }
        return instructions
    }
}

/// Parses a file from top to bottom.
struct DockerfileParser {
    let source: DockerfileSource
    private let isTrigger: Bool
    private(set) var directives = ParserDirectives()
    private(set) var globalArguments: [ArgumentDeclaration] = []
    private(set) var stages: [Stage] = []
    private(set) var triggers: [Instruction] = []
    private(set) var nodes: [Node] = []
    private(set) var diagnostics = DiagnosticList()

    /// - Parameter isTrigger: Whether the text is a single instruction.
    init(_ source: DockerfileSource, isTrigger: Bool = false) {
        self.source = source
        self.isTrigger = isTrigger
    }

    mutating func parse() {
        readNodes()
        if nodes.isEmpty, !diagnostics.hasErrors {
            let place = source.location(ofLine: max(1, source.lines.count))
            diagnostics.add(Failure("\(source.name) has no instruction", at: place, hint: "begin with `FROM IMAGE`"))
        }
        for node in nodes {
            do throws(Failure) {
                try add(node)
            } catch {
                diagnostics.add(error)
            }
        }
        if !isTrigger, stages.isEmpty, !diagnostics.hasErrors, let last = nodes.last {
            diagnostics.add(Failure("\(source.name) has no FROM", at: last.location, hint: "begin with `FROM IMAGE`"))
        }
        guard !isTrigger else { return }
        var checker = FileChecker(
            nodes: nodes, stages: stages, globalArguments: globalArguments, directives: directives)
        checker.check(&diagnostics)
    }

    // MARK: Text to nodes

    mutating func readNodes() {
        directives = ParserDirectives.read(source, &diagnostics)
        var reader = LineReader(source: source, directives: directives)
        while let line = reader.nextLine() {
            do throws(Failure) {
                nodes.append(try node(line, &reader))
            } catch {
                diagnostics.add(error)
            }
        }
    }

    private mutating func node(
        _ line: LineReader.LogicalLine, _ reader: inout LineReader
    ) throws(Failure) -> Node {
        let range = line.text.trimmed(0..<line.text.scalars.count)
        guard !range.isEmpty else {
            throw Failure("nothing follows the line continuation", at: line.text.location(range))
        }
        let parser = NodeParser(text: line.text, escape: directives.escape)
        let result = Result { () throws(Failure) in try parser.node(in: range) }
        // The here-documents of an invalid instruction are read, too, since they contain no instructions; the error is
        // thrown below.
        let heredocs = try heredocs(of: line.text, in: range, try? result.get(), &reader)
        if let number = line.damagedLine {
            throw Failure("this line is not UTF-8", at: source.location(ofLine: number))
        }
        var node = try result.get()
        node.heredocs = heredocs
        node.comments = line.comments
        if let first = line.emptyLines.first {
            diagnostics.warn(
                .noEmptyContinuation, "an instruction continues behind an empty line",
                at: source.location(ofLine: first),
                hint: "begin the line with `#`, or remove it", local: node.checkOptions)
        }
        return node
    }

    /// - Parameter node: `nil` when the instruction cannot be taken apart.
    private func heredocs(
        of text: LocatedText, in range: Range<Int>, _ node: Node?, _ reader: inout LineReader
    ) throws(Failure) -> [Heredoc] {
        guard node?.takesHeredocs ?? Self.takesHeredocs(text, range) else { return [] }
        var heredocs: [Heredoc] = []
        for marker in HeredocMarker.all(in: text.string(range)) {
            guard let body = reader.heredocBody(marker) else {
                throw Failure(
                    "the here-document `\(marker.name)` has no end", at: text.location(range),
                    hint: "write `\(marker.name)` on a line of its own below it")
            }
            guard body.isUTF8 else { throw Failure("this here-document is not UTF-8", at: body.location) }
            heredocs.append(
                Heredoc(
                    name: marker.name, expands: marker.expands, stripsTabs: marker.stripsTabs, content: body.content,
                    location: body.location))
        }
        return heredocs
    }

    private static func takesHeredocs(_ text: LocatedText, _ range: Range<Int>) -> Bool {
        let keyword = text.string(text.split(range, limit: 2)[0]).uppercased()
        return Keyword(rawValue: keyword)?.takesHeredocs ?? false
    }

    // MARK: Nodes to instructions

    private mutating func add(_ node: Node) throws(Failure) {
        guard !isTrigger else {
            guard triggers.isEmpty else { throw Failure("a trigger is one instruction", at: node.location) }
            return triggers.append(try InstructionParser.instruction(node, escape: directives.escape))
        }
        if node.keyword.text.uppercased() == Keyword.from.rawValue {
            return stages.append(try FromParser.stage(node, index: stages.count, escape: directives.escape))
        }
        let instruction = try InstructionParser.instruction(node, escape: directives.escape)
        if !stages.isEmpty {
            stages[stages.count - 1].instructions.append(instruction)
        } else if case .arg(let declarations) = instruction.kind {
            globalArguments += declarations
        } else if !diagnostics.hasErrors {
            throw Failure(
                "\(instruction.keyword.rawValue) cannot stand above the first FROM", at: node.keyword.location,
                hint: "only ARG can stand there")
        }
    }
}

extension Node {
    /// Here-documents follow `RUN`, `COPY` and `ADD` that are not in JSON form, also as triggers.
    fileprivate var takesHeredocs: Bool {
        switch arguments {
        case .instruction(let inner): inner.takesHeredocs
        case .json: false
        default: Keyword(rawValue: keyword.text.uppercased())?.takesHeredocs ?? false
        }
    }
}
