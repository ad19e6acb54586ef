/// Understands nodes: checks flags and words and makes instructions of them.
struct InstructionParser {
    let node: Node
    let keyword: Keyword
    let escape: Unicode.Scalar

    /// - Throws: `Failure` for the first thing that is wrong.
    static func instruction(_ node: Node, escape: Unicode.Scalar) throws(Failure) -> Instruction {
        // The node parser has rejected all other keywords.
        guard let keyword = Keyword(rawValue: node.keyword.text.uppercased()), keyword != .from else {
            throw Failure("FROM cannot stand here", at: node.keyword.location)
        }
        let kind = try InstructionParser(node: node, keyword: keyword, escape: escape).kind()
        let instruction = Instruction(
            kind: kind, keyword: keyword, location: node.location, text: node.original, checks: node.checkOptions)
        try instruction.checkWords(escape: escape)
        return instruction
    }

    private func kind() throws(Failure) -> Instruction.Kind {
        switch keyword {
        case .add: return .add(try add())
        case .copy: return .copy(try copy())
        case .run: return .run(try run())
        case .healthcheck: return .healthcheck(try HealthcheckParser.healthcheck(node))
        case .onbuild: return .onbuild(try trigger())
        default: break
        }
        _ = try FlagReader(node)
        switch keyword {
        case .arg: return .arg(try argumentDeclarations())
        case .cmd: return .cmd(try command())
        case .entrypoint: return .entrypoint(try command())
        case .env: return .env(try assignments())
        case .label: return .label(try assignments())
        case .expose: return .expose(try ports())
        case .maintainer: return .maintainer(try text("a name").text)
        case .shell: return .shell(try shell())
        case .stopSignal: return .stopSignal(try stopSignal())
        case .user: return .user(try text("a user"))
        case .volume: return .volume(try volumes())
        case .workdir: return .workdir(try text("a path"))
        default: throw Failure("\(keyword.rawValue) cannot stand here", at: node.keyword.location)
        }
    }

    func missing(_ what: String, hint: String? = nil) -> Failure {
        Failure("\(keyword.rawValue) needs \(what)", at: node.keyword.location, hint: hint)
    }

    private func text(_ what: String) throws(Failure) -> Word {
        guard case .text(let word) = node.arguments else { throw missing(what) }
        return word
    }

    func command() throws(Failure) -> CommandLine {
        switch node.arguments {
        case .json(let words): return .exec(words.map(\.text))
        case .text(let word): return .shell(word.text)
        default:
            let hint = keyword == .run ? nil : "write `\(keyword.rawValue) []` to have none"
            throw missing("a command", hint: hint)
        }
    }

    private func shell() throws(Failure) -> [String] {
        guard case .json(let words) = node.arguments, !words.isEmpty else {
            throw Failure(
                "SHELL needs a JSON array", at: node.rest, hint: "write it as `SHELL [\"/bin/bash\", \"-c\"]`")
        }
        return words.map(\.text)
    }

    private func assignments() throws(Failure) -> [Assignment] {
        guard case .pairs(let pairs) = node.arguments, !pairs.isEmpty else { throw missing("a name and a value") }
        for pair in pairs where pair.name.text.isEmpty {
            throw Failure("a name of \(keyword.rawValue) is empty", at: pair.name.location)
        }
        return pairs.map { Assignment(name: $0.name, value: $0.value, isLegacy: $0.isLegacy) }
    }

    private func argumentDeclarations() throws(Failure) -> [ArgumentDeclaration] {
        guard case .words(let words) = node.arguments, !words.isEmpty else { throw missing("a name") }
        var declarations: [ArgumentDeclaration] = []
        for word in words {
            let (name, value) = word.split(at: "=") ?? (word, nil as Word?)
            guard !name.text.isEmpty else { throw Failure("a name of ARG is empty", at: word.location) }
            declarations.append(ArgumentDeclaration(name: name, defaultValue: value))
        }
        return declarations
    }

    private func ports() throws(Failure) -> [Word] {
        guard case .words(let words) = node.arguments else { throw missing("a port") }
        // What quotes and variables leave is checked when the step is expanded.
        for word in words where !word.text.contains(where: { "$\"'\\".contains($0) }) {
            _ = try ExposedPort.ports(word.text, at: word.location)
        }
        return words
    }

    private func volumes() throws(Failure) -> [Word] {
        switch node.arguments {
        case .words(let words), .json(let words):
            guard !words.isEmpty else { throw missing("a path") }
            for word in words where word.text.allSatisfy(\.isWhitespace) {
                throw Failure("a path of VOLUME is empty", at: word.location)
            }
            return words
        default: throw missing("a path")
        }
    }

    private func stopSignal() throws(Failure) -> Word {
        let word = try text("a signal")
        if !word.text.contains("$") { try StopSignal.check(word.text, at: word.location) }
        return word
    }

    private func trigger() throws(Failure) -> Trigger {
        _ = try FlagReader(node)
        guard case .instruction(var inner) = node.arguments else { throw missing("an instruction") }
        let name = inner.keyword.text.uppercased()
        if name == Keyword.from.rawValue || name == Keyword.maintainer.rawValue {
            throw Failure("\(name) cannot be a trigger of ONBUILD", at: inner.keyword.location)
        }
        inner.heredocs = node.heredocs
        let documents = node.heredocs.map { "\n\($0.content)\($0.name)" }.joined()
        return Trigger(text: inner.original + documents, instruction: try Self.instruction(inner, escape: escape))
    }
}

extension Node {
    /// The `check` options in the comments above it.
    var checkOptions: CheckOptions {
        for comment in comments {
            guard let (name, value) = ParserDirectives.assignment(Array(comment.unicodeScalars)[...]), name == "check"
            else { continue }
            let options = value.prefix { !$0.isWhitespace }
            return CheckOptions(parsing: String(options)) ?? CheckOptions()
        }
        return CheckOptions()
    }
}
