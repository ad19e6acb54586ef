/// The variables of one stage while its instructions are gone through: what is set so far, and which instruction sees it.
///
/// A stage that starts from another one begins with a copy of that one's scope. The scope is a value: going through the
/// instructions is `expand`, then `apply`, for each in turn.
public struct StageScope: Sendable {
    /// The environment of the image, in its order.
    public private(set) var environment: [Variable]
    /// The arguments declared so far, in their order.
    public private(set) var arguments: [ArgumentValue] = []
    /// What instructions see: both of them, whichever was set last.
    private(set) var variables: [Variable]
    private let global: GlobalScope

    /// - Parameter environment: Of the base image.
    public init(environment: [Variable], global: GlobalScope) {
        self.environment = environment
        self.global = global
        variables = environment
    }

    /// The variables that `RUN` gets: environment and arguments, without the proxies.
    public var processEnvironment: [Variable] { variables }

    /// Goes on in another stage, which starts from this one: values stay as they are, and none is declared in it yet.
    public mutating func beginStage() {
        arguments = []
    }

    /// Takes over what a step sets. A step of another kind changes nothing.
    public mutating func apply(_ step: Step) {
        switch step.action {
        case .env(let pairs):
            for pair in pairs {
                environment.set(pair.name, pair.value)
                variables.set(pair.name, pair.value)
            }
        case .arg(let values):
            for value in values { declare(value) }
        default: break
        }
    }

    private mutating func declare(_ argument: ArgumentValue) {
        if let known = arguments.firstIndex(where: { $0.name == argument.name }) {
            arguments[known] = argument
        } else {
            arguments.append(argument)
        }
        if let value = argument.value { variables.set(argument.name, value) }
    }

    /// Replaces the variables of an instruction, in the words in which Docker does.
    ///
    /// - Throws: `DockerfileError` with code `expansion` for a variable that must be set, and for what is wrong only
    ///   now that the values are known: a port, a mode, a mount's option. Warnings too, where the `check` directive
    ///   makes errors of them.
    public func expand(_ instruction: Instruction) throws(DockerfileError) -> Step {
        var expander = Expander(scope: self, instruction: instruction)
        let step: Step
        do {
            let action = try expander.action()
            step = Step(instruction: instruction, action: action, warnings: expander.warnings)
        } catch {
            throw error.error(.expansion)
        }
        guard global.checks.warningsAreErrors || instruction.checks.warningsAreErrors,
            let first = step.warnings.first
        else { return step }
        var diagnostics = step.warnings
        for index in diagnostics.indices { diagnostics[index].severity = .error }
        throw DockerfileError(
            code: .expansion, message: "\(first.location.file) has an error.", diagnostics: diagnostics)
    }

    var escape: Unicode.Scalar { global.escape }

    func skips(_ check: Check) -> Bool { global.checks.skips(check) }

    /// What an `ARG` without a default is.
    func given(_ name: String) -> String? { global.arguments.values[name] }

    func globalValue(of name: String) -> String? { global.value(of: name) }

    func isDeclared(_ name: String) -> Bool { arguments.contains { $0.name == name } }

    /// The scope with one more argument.
    func declaring(_ argument: ArgumentValue) -> StageScope {
        var scope = self
        scope.declare(argument)
        return scope
    }
}
