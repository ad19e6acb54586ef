internal import Diagnostics

/// Replaces the variables of one instruction.
///
/// Source: Dockerfile reference, "Environment replacement", for which instructions know variables at all.
struct Expander {
    let scope: StageScope
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

    mutating func expand(_ word: Word, _ lexer: ShellLexer? = nil) throws(Failure) -> ShellLexer.Result {
        let variables = scope.variables
        var lexer = lexer ?? ShellLexer(escape: scope.escape) { variables.value(of: $0) }
        lexer.escape = lexer.ignoresQuotes ? "\\" : scope.escape
        let result = try lexer.expand(word)
        for name in result.unset where !scope.isDeclared(name) { warn(name, at: word.location) }
        return result
    }

    private mutating func warn(_ name: String, at location: Location) {
        guard !instruction.checks.skips(.undefinedVar), !scope.skips(.undefinedVar) else { return }
        let nearest = Suggestion.meant(by: name, in: scope.variables.map(\.name))
        let warning = DockerfileDiagnostic.warning(
            .undefinedVar, "variable `\(name)` is not set here", at: location,
            hint: nearest.map { "did you mean `$\($0)`?" })
        if !warnings.contains(warning) { warnings.append(warning) }
    }

    mutating func text(_ word: Word) throws(Failure) -> String { try expand(word).text }

    mutating func text(_ word: Word?) throws(Failure) -> String? {
        guard let word else { return nil }
        return try text(word)
    }

    mutating func nonEmpty(_ word: Word, _ what: String) throws(Failure) -> String {
        let text = try text(word)
        guard !text.isEmpty else {
            throw Failure("\(what) is empty once the variables are replaced", at: word.location)
        }
        return text
    }

    // MARK: Instructions

    /// All pairs use the variables as they were before the instruction.
    private mutating func variables(_ assignments: [Assignment]) throws(Failure) -> [Variable] {
        var result: [Variable] = []
        for assignment in assignments {
            let name = try nonEmpty(assignment.name, "the name")
            result.append(Variable(name: name, value: try text(assignment.value)))
        }
        return result
    }

    /// Each default can use the arguments before it. A value of the user takes precedence over the default, and the
    /// default over a value from above the first `FROM`.
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
}

extension RunInstruction {
    /// The command with its here-documents: a single one is the command itself, others are input of the shell.
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
