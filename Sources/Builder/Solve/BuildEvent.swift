package import Dockerfile
package import OCI

/// A step that makes a layer, as progress and reports name it.
package struct StepReference: Sendable, Hashable {
    /// The name of the request.
    package var build: String
    /// The stage's name or number.
    package var stage: String
    /// From 1, among the steps of the stage that make layers.
    package var number: Int
    /// How many of them the stage has.
    package var count: Int
    /// The instruction on one line.
    package var text: String
    package var location: Location

    package init(build: String, stage: String, number: Int, count: Int, text: String, location: Location) {
        self.build = build
        self.stage = stage
        self.number = number
        self.count = count
        self.text = text
        self.location = location
    }
}

extension StepReference: CustomStringConvertible {
    /// Such as `web [build 2/5] RUN make`.
    package var description: String { "\(title) \(text)" }

    /// The same without the instruction.
    package var title: String {
        let name = stage.allSatisfy(\.isNumber) ? "stage-\(stage)" : stage
        return "\(build) [\(name) \(number)/\(count)]"
    }
}

/// What happens during a build, in the order in which it happens to each step.
package enum BuildEvent: Sendable {
    /// What will be done, before anything is.
    case planned(BuildGraph)
    /// The builder gets an image that stages use.
    case baseStarted(String)
    case baseFinished(String, Duration)
    /// Another build runs the same step.
    case waiting(StepReference)
    case cached(StepReference)
    case started(StepReference, because: CacheMiss)
    case output(StepReference, OutputLine)
    case finished(StepReference, Duration)
    case failed(StepReference, message: String)
    /// About the Dockerfile, or about the inputs of a step.
    case warning(build: String, BuildWarning)
    /// The image of a request is complete.
    case built(build: String, id: Digest)
}

/// A probable mistake.
package enum BuildWarning: Sendable, Hashable, CustomStringConvertible {
    case dockerfile(DockerfileDiagnostic)
    case text(String)

    package var description: String {
        switch self {
        case .dockerfile(let diagnostic): diagnostic.text(namesSeverity: false)
        case .text(let text): text
        }
    }
}

/// What became of a step.
package struct StepReport: Sendable, Hashable {
    /// How a step ended.
    package enum Outcome: Sendable, Hashable {
        case cached
        case executed(because: CacheMiss, Duration)
    }

    package var step: StepReference
    package var outcome: Outcome

    package var isCached: Bool { outcome == .cached }
}
