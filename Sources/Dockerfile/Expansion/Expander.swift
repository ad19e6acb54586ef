/// Replaces the variables of one instruction.
///
/// Source: Dockerfile reference, "Environment replacement", for which instructions know variables at all.
struct Expander {
    private let scope: StageScope
    private let instruction: Instruction
    private(set) var warnings: [DockerfileDiagnostic] = []

    init(scope: StageScope, instruction: Instruction) {
        self.scope = scope
        self.instruction = instruction
    }

    mutating func action() throws(Failure) -> Step.Action {
        switch instruction.kind {
        case .add(let add): return .add(try self.add(add))
        case .arg(let declarations): return .arg(try arguments(declarations))
        case .cmd(let command): return .cmd(command)
        case .copy(let copy):
            let transfer = try transfer(copy.transfer, isAdd: false)
            return .copy(CopyStep(transfer: transfer, from: copy.from, keepsParents: copy.keepsParents))
        case .entrypoint(let command): return .entrypoint(command)
        case .env(let assignments): return .env(try variables(assignments))
        case .expose(let words): return .expose(try ports(words))
        case .healthcheck(let check): return .healthcheck(check)
        case .label(let assignments): return .label(try variables(assignments))
        case .maintainer(let name): return .maintainer(name)
        case .onbuild(let trigger): return .onbuild(trigger)
        case .run(let run): return .run(try self.run(run))
        case .shell(let words): return .shell(words)
        case .stopSignal(let word):
            let signal = try text(word)
            try StopSignal.check(signal, at: word.location)
            return .stopSignal(signal)
        case .user(let word): return .user(try text(word))
        case .volume(let words):
            var paths: [String] = []
            for word in words { paths.append(try nonEmpty(word, "the path")) }
            return .volume(paths)
        case .workdir(let word): return .workdir(try text(word))
        }
    }

    // MARK: Words

    private mutating func expand(_ word: Word, _ lexer: ShellLexer? = nil) throws(Failure) -> ShellLexer.Result {
        let variables = scope.variables
        var lexer = lexer ?? ShellLexer(escape: scope.escape) { variables.value(of: $0) }
        lexer.escape = lexer.ignoresQuotes ? "\\" : scope.escape
        let result = try lexer.expand(word)
        for name in result.unset where !scope.isDeclared(name) { warn(name, at: word.location) }
        return result
    }

    private mutating func warn(_ name: String, at location: Location) {
        guard !instruction.checks.skips(.undefinedVar) else { return }
        let nearest = Suggestion.nearest(to: name, in: scope.variables.map(\.name))
        let warning = DockerfileDiagnostic.warning(
            .undefinedVar, "variable `\(name)` is not set here", at: location,
            hint: nearest.map { "did you mean `$\($0)`?" })
        if !warnings.contains(warning) { warnings.append(warning) }
    }

    private mutating func text(_ word: Word) throws(Failure) -> String { try expand(word).text }

    private mutating func text(_ word: Word?) throws(Failure) -> String? {
        guard let word else { return nil }
        return try text(word)
    }

    private mutating func nonEmpty(_ word: Word, _ what: String) throws(Failure) -> String {
        let text = try text(word)
        guard !text.isEmpty else {
            throw Failure("\(what) is empty once the variables are replaced", at: word.location)
        }
        return text
    }

    // MARK: Instructions

    /// All pairs see the variables as they were before the instruction.
    private mutating func variables(_ assignments: [Assignment]) throws(Failure) -> [Variable] {
        var result: [Variable] = []
        for assignment in assignments {
            let name = try nonEmpty(assignment.name, "the name")
            result.append(Variable(name: name, value: try text(assignment.value)))
        }
        return result
    }

    /// Each default sees the arguments before it. What the user gave counts before the default, and that before what
    /// is above the first `FROM`.
    private func arguments(_ declarations: [ArgumentDeclaration]) throws(Failure) -> [ArgumentValue] {
        var values: [ArgumentValue] = []
        var scope = self.scope
        for declaration in declarations {
            let name = declaration.name.text
            var value = scope.given(name)
            if value == nil, let word = declaration.defaultValue {
                var expander = Expander(scope: scope, instruction: instruction)
                value = try expander.text(word)
            }
            if value == nil { value = scope.globalValue(of: name) }
            let argument = ArgumentValue(name: name, value: value)
            values.append(argument)
            scope = scope.declaring(argument)
        }
        return values
    }

    private mutating func ports(_ words: [Word]) throws(Failure) -> [ExposedPort] {
        var ports: [ExposedPort] = []
        for word in words {
            for text in try expand(word).words { ports += try ExposedPort.ports(text, at: word.location) }
        }
        return ports
    }

    private mutating func run(_ run: RunInstruction) throws(Failure) -> RunStep {
        var mounts: [RunMount] = []
        for mount in run.mounts {
            var expander = self
            mounts.append(try RunMount(mount) { word throws(Failure) in try expander.text(word) })
            warnings = expander.warnings
        }
        return RunStep(
            command: run.expandedCommand, mounts: mounts, network: run.network, security: run.security,
            devices: run.devices)
    }

    private mutating func add(_ add: AddInstruction) throws(Failure) -> AddStep {
        let transfer = try transfer(add.transfer, isAdd: true)
        let checksum = try text(add.checksum)
        if let checksum, let word = add.checksum { try check(checksum, at: word.location, of: transfer) }
        return AddStep(
            transfer: transfer, checksum: checksum, keepsGitDirectory: add.keepsGitDirectory ?? false,
            unpacks: add.unpacks)
    }

    private func check(_ checksum: String, at location: Location, of transfer: TransferStep) throws(Failure) {
        guard transfer.sources.count == 1 else {
            throw Failure("`--checksum` goes with a single source", at: location)
        }
        switch transfer.sources[0] {
        case .url:
            let digits = checksum.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let lengths = ["sha256": 64, "sha384": 96, "sha512": 128]
            guard digits.count == 2, lengths[String(digits[0])] == digits[1].utf8.count,
                digits[1].utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
            else {
                throw Failure("`\(checksum)` is no digest", at: location, hint: "write it as `sha256:` and 64 digits")
            }
        case .git: break
        default: throw Failure("`--checksum` goes with a remote source", at: location)
        }
    }

    private mutating func transfer(_ transfer: FileTransfer, isAdd: Bool) throws(Failure) -> TransferStep {
        let owner = try text(transfer.owner)
        let modeText = try text(transfer.mode)
        var mode: FileMode?
        if let word = transfer.mode, let modeText, !modeText.isEmpty { mode = try FileMode(modeText, at: word.location) }
        var paths: [TransferSource] = []
        var inline: [TransferSource] = []
        for source in transfer.sources {
            switch source {
            case .path(let word): paths.append(try self.source(word, isAdd: isAdd))
            case .heredoc(let heredoc): inline.append(.inline(try file(heredoc)))
            }
        }
        return TransferStep(
            sources: paths + inline, destination: try nonEmpty(transfer.destination, "the destination"),
            owner: owner?.isEmpty == true ? nil : owner, mode: mode, modeText: mode == nil ? nil : modeText,
            isLinked: transfer.isLinked, excludes: transfer.excludes.map(\.text))
    }

    private mutating func source(_ word: Word, isAdd: Bool) throws(Failure) -> TransferSource {
        let text = try nonEmpty(word, "the source")
        guard let remote = TransferSource(remote: text) else { return .path(text) }
        guard isAdd else {
            throw Failure("COPY cannot take `\(text)` from the network", at: word.location, hint: "use ADD")
        }
        return remote
    }

    /// In a here-document quotes are text, and the escape character is always the backslash.
    private mutating func file(_ heredoc: Heredoc) throws(Failure) -> InlineFile {
        guard heredoc.expands else { return InlineFile(name: heredoc.name, content: heredoc.text) }
        let variables = scope.variables
        let lexer = ShellLexer(ignoresQuotes: true) { variables.value(of: $0) }
        let word = Word(text: heredoc.text, location: heredoc.location)
        return InlineFile(name: heredoc.name, content: try expand(word, lexer).text)
    }
}

extension TransferSource {
    /// - Returns: `nil` for a path.
    init?(remote text: String) {
        let isHTTP = text.hasPrefix("http://") || text.hasPrefix("https://")
        let path = text.prefix { $0 != "#" && $0 != "?" }
        let user = text.prefix { $0 != ":" && $0 != "/" }
        // `git@host:path`, as ssh(1) names a place.
        let isSecureShell = user.contains("@") && text[user.endIndex...].hasPrefix(":")
        if text.hasPrefix("git://") || text.hasPrefix("ssh://") || isSecureShell || (isHTTP && path.hasSuffix(".git")) {
            self = .git(text)
        } else if isHTTP {
            self = .url(text)
        } else {
            return nil
        }
    }
}

extension RunInstruction {
    /// The command with its here-documents: a single one is the command itself, others go to the shell.
    fileprivate var expandedCommand: RunStep.Command {
        switch command {
        case .exec(let words): return .exec(words)
        case .shell(let text):
            guard let first = heredocs.first else { return .shell(text) }
            guard HeredocMarker(text) != nil else {
                return .shell(text + heredocs.map { "\n\($0.content)\($0.name)" }.joined())
            }
            let content = first.text
            return content.hasPrefix("#!")
                ? .script(InlineFile(name: first.name, content: content)) : .shell(content)
        }
    }
}
