internal import Diagnostics

/// The dependencies between the stages of a Dockerfile, for given arguments.
///
/// A stage uses only earlier stages, so the order of the file is always a valid order.
package struct StageGraph: Sendable {
    package private(set) var vertices: [Vertex]
    /// References that are likely a stage's misspelt name.
    package private(set) var warnings: [DockerfileDiagnostic] = []
    private let file: String
    private let stages: [Stage]

    /// One stage with the stages that it needs.
    package struct Vertex: Sendable {
        package let stage: Stage
        package let base: Base
        /// The value of `--platform`; `nil` for the target's platform.
        package let platform: String?
        /// The stages that it needs, in the order of the file: base, `COPY --from`, `RUN --mount=from`.
        package internal(set) var dependencies: [Int] = []
        /// The triggers of its base stage: they run before its own instructions.
        package internal(set) var triggers: [Instruction] = []
    }

    /// The base of a stage.
    package enum Base: Hashable, Sendable {
        case scratch
        case stage(Int)
        case image(String)
    }

    /// The object that a `from` names.
    package enum Source: Hashable, Sendable {
        case stage(Int)
        /// An image, or a named context of that name.
        case image(String)
    }

    /// - Throws: `DockerfileError` with code `invalid` for references to stages that are not above, to the stage
    ///   itself and to numbers that there is no stage of; every one of them. Code `expansion` for a `FROM` without
    ///   an image.
    package init(_ file: ParsedDockerfile, scope: GlobalScope) throws(DockerfileError) {
        self.file = file.source.name
        stages = file.stages
        vertices = []
        var diagnostics = DiagnosticList()
        diagnostics.options = file.directives.checks
        for stage in file.stages {
            do throws(Failure) {
                vertices.append(try vertex(stage, scope))
            } catch {
                throw error.error(.expansion)
            }
            connect(vertices[stage.index].triggers + stage.instructions, of: stage, &diagnostics)
        }
        try diagnostics.check(file.source.name)
        warnings = diagnostics.sorted
    }

    private func vertex(_ stage: Stage, _ scope: GlobalScope) throws(Failure) -> Vertex {
        let name = try scope.expand(stage.base)
        guard !name.text.isEmpty else {
            let hint = name.unset.first.map { "give `\($0)` a value with `--build-arg` or a default with ARG" }
            throw Failure("`\(stage.base.text)` names no image", at: stage.base.location, hint: hint)
        }
        var platform: String?
        if let word = stage.platform {
            platform = try scope.expand(word).text
            if platform?.isEmpty == true {
                throw Failure("`--platform=\(word.text)` names no platform", at: word.location)
            }
        }
        if let index = nearestStage(named: name.text, above: stage.index) {
            let triggers = vertices[index].stage.instructions.compactMap { instruction -> Instruction? in
                if case .onbuild(let trigger) = instruction.kind { trigger.instruction } else { nil }
            }
            return Vertex(
                stage: stage, base: .stage(index), platform: platform, dependencies: [index], triggers: triggers)
        }
        return Vertex(stage: stage, base: name.text == "scratch" ? .scratch : .image(name.text), platform: platform)
    }

    /// The last one of that name before the index.
    private func nearestStage(named name: String, above index: Int) -> Int? {
        vertices.prefix(index).last { $0.stage.name == name.lowercased() }?.stage.index
    }

    private mutating func connect(
        _ instructions: [Instruction], of stage: Stage, _ diagnostics: inout DiagnosticList
    ) {
        for instruction in instructions {
            for reference in instruction.references {
                do throws(Failure) {
                    try check(reference, in: stage)
                } catch {
                    diagnostics.add(error)
                    continue
                }
                switch source(reference, of: stage.index) {
                case .stage(let index): need(index, stage.index)
                case .image(let name): checkImage(name, reference, instruction, stage, &diagnostics)
                }
            }
        }
    }

    private mutating func need(_ index: Int, _ stage: Int) {
        guard !vertices[stage].dependencies.contains(index) else { return }
        vertices[stage].dependencies.append(index)
        vertices[stage].dependencies.sort()
    }

    private func checkImage(
        _ name: String, _ reference: Word, _ instruction: Instruction, _ stage: Stage,
        _ diagnostics: inout DiagnosticList
    ) {
        guard !name.contains(where: { "/:@.".contains($0) }) else { return }
        let names = stages.prefix(stage.index).compactMap(\.name)
        guard let nearest = Suggestion.meant(by: name, in: names) else { return }
        diagnostics.warn(
            .unknownStage, "`\(name)` is no stage above, so it is taken for an image", at: reference.location,
            hint: "did you mean `\(nearest)`?", local: instruction.checks)
    }

    private func check(_ reference: Word, in stage: Stage) throws(Failure) {
        if let number = GoValue.unsigned(reference.text).map(Int.init), number >= stage.index {
            if number < stages.count { throw below(stages[number], reference, stage) }
            throw Failure(
                "there is no stage \(number)", at: reference.location,
                hint: stage.index == 0 ? "no stage is above this one" : "the stages above are 0 to \(stage.index - 1)")
        }
        guard nearestStage(named: reference.text, above: stage.index) == nil,
            let later = stages.dropFirst(stage.index).first(where: { $0.name == reference.text.lowercased() })
        else { return }
        throw below(later, reference, stage)
    }

    private func below(_ later: Stage, _ reference: Word, _ stage: Stage) -> Failure {
        guard later.index != stage.index else {
            return Failure("stage `\(stage.title)` cannot take anything from itself", at: reference.location)
        }
        if let back = later.references.first(where: {
            $0.text.lowercased() == stage.name || $0.text == String(stage.index)
        }) {
            return Failure(
                "stages `\(stage.title)` and `\(later.title)` need each other", at: reference.location,
                hint: "`\(later.title)` needs this one in line \(back.location.start.line)")
        }
        return Failure(
            "stage `\(later.title)` stands below, in line \(later.location.start.line)", at: reference.location,
            hint: "a stage can use only those above it")
    }
}

extension StageGraph {
    /// Adds the triggers of a base image; they run before the stage's own instructions.
    /// - Throws: Like the initialiser.
    package mutating func add(_ triggers: [Instruction], to stage: Int) throws(DockerfileError) {
        var diagnostics = DiagnosticList()
        connect(triggers, of: vertices[stage].stage, &diagnostics)
        try diagnostics.check(file)
        vertices[stage].triggers += triggers
        warnings += diagnostics.sorted
    }

    /// Resolves a `from` of an instruction.
    /// - Parameter stage: The number of the instruction's stage.
    package func source(_ reference: Word, of stage: Int) -> Source {
        if let index = nearestStage(named: reference.text, above: stage) { return .stage(index) }
        if let number = GoValue.unsigned(reference.text).map(Int.init), number < stage { return .stage(number) }
        return .image(reference.text)
    }

    /// The stage that a target names, by name or number.
    /// - Parameter name: `nil` for the last one.
    /// - Throws: `DockerfileError` with code `unknownStage`.
    package func target(named name: String?) throws(DockerfileError) -> Int {
        guard let name else { return vertices.count - 1 }
        if let index = nearestStage(named: name, above: vertices.count) { return index }
        if let number = GoValue.unsigned(name).map(Int.init), vertices.indices.contains(number) { return number }
        let names = vertices.compactMap(\.stage.name)
        let hint =
            Suggestion.meant(by: name, in: names).map { "Did you mean `\($0)`?" }
            ?? (names.isEmpty
                ? "Its stages have no names, but the numbers 0 to \(vertices.count - 1)."
                : "Its stages are \(names.map { "`\($0)`" }.joined(separator: ", ")).")
        throw DockerfileError(code: .unknownStage, message: "\(file) has no stage `\(name)`. \(hint)")
    }

    /// The stages that a target needs, itself last; each one follows all stages that it needs.
    package func order(for target: Int) -> [Int] {
        var needed: Set = [target]
        for index in stride(from: target, through: 0, by: -1) where needed.contains(index) {
            needed.formUnion(vertices[index].dependencies)
        }
        return needed.sorted()
    }

    /// The same in groups: stages of one group depend only on earlier groups.
    package func levels(for target: Int) -> [[Int]] {
        var level: [Int: Int] = [:]
        var levels: [[Int]] = []
        for index in order(for: target) {
            let own = vertices[index].dependencies.compactMap { level[$0] }.max().map { $0 + 1 } ?? 0
            level[index] = own
            if own == levels.count { levels.append([]) }
            levels[own].append(index)
        }
        return levels
    }
}

extension Instruction {
    /// What its `from`s name.
    var references: [Word] {
        switch kind {
        case .copy(let copy): [copy.from].compactMap(\.self)
        case .run(let run): run.mounts.compactMap(\.from)
        default: []
        }
    }
}

extension Stage {
    /// The references of the stage: its base and the `from`s of its instructions.
    fileprivate var references: [Word] { [base] + instructions.flatMap(\.references) }
}
