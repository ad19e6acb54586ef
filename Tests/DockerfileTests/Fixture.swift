@testable import Dockerfile

/// Short ways to the results that tests look at.
enum Fixture {
    static let platform = BuildPlatform(architecture: "amd64")

    static func parse(_ text: String) throws -> ParsedDockerfile {
        try ParsedDockerfile(parsing: DockerfileSource(text: text))
    }

    /// All that is said of a file, as text.
    static func messages(_ text: String) -> [String] {
        do throws(DockerfileError) {
            return try ParsedDockerfile(parsing: DockerfileSource(text: text)).warnings.map { $0.text() }
        } catch {
            return error.diagnostics.map { $0.text() }
        }
    }

    /// The first line of each, without the place.
    static func summaries(_ text: String) -> [String] {
        messages(text).map { message in
            let line = message.split(separator: "\n")[0]
            return line.split(separator: " ", maxSplits: 1).dropFirst().joined()
        }
    }

    /// The steps of a file of one stage, and the scope and the configuration after them.
    static func run(
        _ text: String, arguments: [String: String] = [:], environment: [Variable] = [],
        base: ImageConfiguration = ImageConfiguration()
    ) throws -> (steps: [Step], scope: StageScope, configuration: StageConfiguration) {
        let file = try parse(text)
        let given = BuildArguments(values: arguments, buildPlatform: platform)
        let global = try GlobalScope(file, arguments: given)
        var scope = StageScope(environment: environment, global: global)
        var configuration = StageConfiguration(base: base)
        var steps: [Step] = []
        for instruction in file.stages[file.stages.count - 1].instructions {
            let step = try scope.expand(instruction)
            configuration.apply(step, scope: scope)
            scope.apply(step)
            steps.append(step)
        }
        return (steps, scope, configuration)
    }

    /// The one step behind `FROM`, its instruction alone given.
    static func step(_ text: String, environment: [Variable] = []) throws -> Step.Action {
        let steps = try run("FROM a\n\(text)\n", environment: environment).steps
        return steps[steps.count - 1].action
    }

    static func graph(_ text: String, arguments: [String: String] = [:]) throws -> StageGraph {
        let file = try parse(text)
        let given = BuildArguments(values: arguments, buildPlatform: platform)
        return try StageGraph(file, scope: try GlobalScope(file, arguments: given))
    }
}

extension Instruction.Kind {
    var run: RunInstruction? { if case .run(let run) = self { run } else { nil } }
    var copy: CopyInstruction? { if case .copy(let copy) = self { copy } else { nil } }
    var add: AddInstruction? { if case .add(let add) = self { add } else { nil } }
}

extension Step.Action {
    var run: RunStep? { if case .run(let run) = self { run } else { nil } }
    var copy: CopyStep? { if case .copy(let copy) = self { copy } else { nil } }
    var add: AddStep? { if case .add(let add) = self { add } else { nil } }
}
