/// One stage of a Dockerfile: a `FROM` and the instructions up to the next one.
public struct Stage: Hashable, Sendable {
    /// Counted from 0.
    public var index: Int
    /// In lower case; `nil` for a stage without one.
    public var name: String?
    /// An image, an earlier stage or `scratch`, with its variables.
    public var base: Word
    /// `--platform`, with its variables.
    public var platform: Word?
    /// Of its `FROM`.
    public var location: Location
    /// The `FROM` on one line.
    public var text: String
    public var instructions: [Instruction]
    /// The `check` options in the comments above its `FROM`.
    public var checks = CheckOptions()

    /// The name, or the number of a stage without one.
    public var title: String { name ?? String(index) }
}

/// A Dockerfile, understood as far as it can be while its variables are not known.
public struct ParsedDockerfile: Sendable {
    public var source: DockerfileSource
    public var directives: ParserDirectives
    /// The arguments above the first `FROM`, in their order.
    public var globalArguments: [ArgumentDeclaration]
    /// At least one.
    public var stages: [Stage]
    /// By place in the file.
    public var warnings: [DockerfileDiagnostic]

    /// The names that any `ARG` declares, triggers of `ONBUILD` included.
    var declaredArguments: [String] {
        globalArguments.map(\.name.text) + stages.flatMap(\.instructions).flatMap(\.declaredArguments)
    }
}

extension Instruction {
    var declaredArguments: [String] {
        switch kind {
        case .arg(let declarations): declarations.map(\.name.text)
        case .onbuild(let trigger): trigger.instruction.declaredArguments
        default: []
        }
    }
}
