/// One stage of a Dockerfile: a `FROM` and the instructions up to the next one.
package struct Stage: Hashable, Sendable {
    /// Counted from 0.
    package var index: Int
    /// In lower case; `nil` for a stage without one.
    package var name: String?
    /// An image, an earlier stage or `scratch`, with its variables.
    package var base: Word
    /// `--platform`, with its variables.
    package var platform: Word?
    /// Of its `FROM`.
    package var location: Location
    /// The `FROM` on one line.
    package var text: String
    package var instructions: [Instruction]
    /// The `check` options in the comments above its `FROM`.
    package var checks = CheckOptions()

    /// The name, or the number of a stage without one.
    package var title: String { name ?? String(index) }
}

/// A Dockerfile, understood as far as it can be while its variables are not known.
package struct ParsedDockerfile: Sendable {
    package var source: DockerfileSource
    package var directives: ParserDirectives
    /// The arguments above the first `FROM`, in their order.
    package var globalArguments: [ArgumentDeclaration]
    /// At least one.
    package var stages: [Stage]
    /// By place in the file.
    package var warnings: [DockerfileDiagnostic]

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
