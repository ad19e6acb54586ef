/// The variables of one stage during its instructions: the values so far, and the instructions that see them.
///
/// A stage that starts from another one begins with a copy of its scope. The scope is a value: call `expand`, then
/// `apply`, for each instruction in turn.
package struct StageScope: Sendable {
    /// The environment of the image, in its order.
    package private(set) var environment: [Variable]
    /// The arguments declared so far, in their order.
    package private(set) var arguments: [ArgumentValue] = []
    /// What instructions see: both of them, whichever was set last.
    private(set) var variables: [Variable]
    private let global: GlobalScope

    /// - Parameter environment: Of the base image.
    package init(environment: [Variable], global: GlobalScope) {
        self.environment = environment
        self.global = global
        variables = environment
    }

    /// The variables that `RUN` gets: environment and arguments, without the proxies.
    package var processEnvironment: [Variable] { variables }

    /// Continues with another stage, which starts from this one: values stay, and none is declared in it yet.
    package mutating func beginStage() {
        arguments = []
    }

    /// Applies the values that a step sets. Steps of other kinds change nothing.
    package mutating func apply(_ step: Step) {
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

    /// Replaces the variables of an instruction, with Docker's error messages.
    ///
    /// - Throws: `DockerfileError` with code `expansion` for a required variable that is not set, and for an invalid
    ///   port, mode or mount option that only the values show. Warnings too, when the `check` directive makes them
    ///   errors.
    package func expand(_ instruction: Instruction) throws(DockerfileError) -> Step {
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

    /// The value of an `ARG` without a default.
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
