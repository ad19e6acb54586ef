internal import Diagnostics

/// Why a command could not do what it was asked.
package struct EngineError: ReportableError, Sendable, CustomStringConvertible {
    package struct Code: Hashable, Sendable {
        private enum Kind {
            case invalidProject, noEnvironment, unknownService, notRunning, planFailed, portTaken, unsupportedHost
            case supervisor, settings, dependencyFailed, template, frozen, image
        }

        private var kind: Kind

        /// No Envfile, or one that cannot be used.
        package static var invalidProject: Code { Code(kind: .invalidProject) }
        package static var noEnvironment: Code { Code(kind: .noEnvironment) }
        package static var unknownService: Code { Code(kind: .unknownService) }
        package static var notRunning: Code { Code(kind: .notRunning) }
        /// Operations of a plan failed; each is a cause.
        package static var planFailed: Code { Code(kind: .planFailed) }
        package static var portTaken: Code { Code(kind: .portTaken) }
        /// The host lacks a privilege, a program or a kernel feature.
        package static var unsupportedHost: Code { Code(kind: .unsupportedHost) }
        package static var supervisor: Code { Code(kind: .supervisor) }
        package static var settings: Code { Code(kind: .settings) }
        /// A container that others wait for did not come to what they wait for.
        package static var dependencyFailed: Code { Code(kind: .dependencyFailed) }
        package static var template: Code { Code(kind: .template) }
        /// The lock would change where it must not.
        package static var frozen: Code { Code(kind: .frozen) }
        /// An image cannot be used as asked.
        package static var image: Code { Code(kind: .image) }
    }

    package var code: Code
    package var message: String
    package var causes: [any Error]

    package init(_ code: Code, _ message: String, causes: [any Error] = []) {
        self.code = code
        self.message = message
        self.causes = causes
    }

    package var description: String { message }
}
