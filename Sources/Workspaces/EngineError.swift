internal import Diagnostics

/// Why a command could not do what it was asked.
package struct EngineError: ReportableError, Sendable, CustomStringConvertible {
    /// What kind of error it is, for callers that treat some of them apart.
    package enum Code: Sendable {
        /// No Envfile, or one that cannot be used.
        case invalidProject
        case noEnvironment
        case unknownService
        case notRunning
        /// Operations of a plan failed; each is a cause.
        case planFailed
        case portTaken
        /// The host lacks a privilege, a program or a kernel feature.
        case unsupportedHost
        case supervisor
        case settings
        /// A container that others wait for did not come to what they wait for.
        case dependencyFailed
        /// A container's program could not be started.
        case startFailed
        /// A command of `post_start`, `pre_stop` or `pre_snapshot` failed.
        case hookFailed
        /// A step of `provision` failed.
        case provisionFailed
        /// A trigger failed on the host.
        case triggerFailed
        /// The user has not agreed to the triggers of an Envfile.
        case untrusted
        /// A service that was started has ended with a failure before the command did.
        case serviceEnded
        /// An environment of this name belongs to another directory.
        case otherDirectory
        case template
        /// The lock would change where it must not.
        case frozen
        /// An image cannot be used as asked.
        case image
        /// A snapshot is not there, cannot be taken, or cannot be returned to.
        case snapshot
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

    /// The error for a service that the project does not have.
    ///
    /// - Parameter known: the services that it has, in the order in which they are told.
    package static func unknownService(_ name: String, known: [String]) -> EngineError {
        EngineError(
            .unknownService,
            known.isEmpty
                ? "There is no service `\(name)`, and nothing is up."
                : "There is no service `\(name)`. There are: \(known.joined(separator: ", ")).")
    }
}
