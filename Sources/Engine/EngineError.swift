internal import Planning

/// Why a command could not do what it was asked.
public struct EngineError: Error, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable {
        private enum Kind {
            case invalidProject, noEnvironment, unknownService, notRunning, planFailed, portTaken, unsupportedHost
            case supervisor, settings, dependencyFailed, template, frozen, image
        }

        private var kind: Kind

        /// No Envfile, or one that cannot be used.
        public static var invalidProject: Code { Code(kind: .invalidProject) }
        public static var noEnvironment: Code { Code(kind: .noEnvironment) }
        public static var unknownService: Code { Code(kind: .unknownService) }
        public static var notRunning: Code { Code(kind: .notRunning) }
        /// Operations of a plan failed; each is a cause.
        public static var planFailed: Code { Code(kind: .planFailed) }
        public static var portTaken: Code { Code(kind: .portTaken) }
        /// The host lacks a privilege, a program or a kernel feature.
        public static var unsupportedHost: Code { Code(kind: .unsupportedHost) }
        public static var supervisor: Code { Code(kind: .supervisor) }
        public static var settings: Code { Code(kind: .settings) }
        /// A container that others wait for did not come to what they wait for.
        public static var dependencyFailed: Code { Code(kind: .dependencyFailed) }
        public static var template: Code { Code(kind: .template) }
        /// The lock would change where it must not.
        public static var frozen: Code { Code(kind: .frozen) }
        /// An image cannot be used as asked.
        public static var image: Code { Code(kind: .image) }
    }

    public var code: Code
    public var message: String
    public var causes: [any Error]

    public init(_ code: Code, _ message: String, causes: [any Error] = []) {
        self.code = code
        self.message = message
        self.causes = causes
    }

    public var description: String { message }

    /// Several failures of one plan in one error, in the order of the plan.
    static func planFailed(_ failures: [PlanExecutor.Failure]) -> EngineError {
        let sorted = failures.sorted { $0.operation.id < $1.operation.id }
        let lines = sorted.map { failure in
            let explanation = ErrorReport(of: failure.error)
            return "\(failure.operation.resource): \(explanation.message)"
        }
        return EngineError(.planFailed, lines.joined(separator: "\n"), causes: sorted.map(\.error))
    }
}
