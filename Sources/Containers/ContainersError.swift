internal import Diagnostics

/// Why a container could not be prepared, started or reached.
package struct ContainersError: CausedError, Sendable, CustomStringConvertible {
    /// What kind of error it is, for callers that treat some of them apart.
    package enum Code: Sendable {
        /// A user name that the image's /etc/passwd does not have.
        case unknownUser
        /// A group name that the image's /etc/group does not have.
        case unknownGroup
        /// A text that is no `USER[:GROUP]`, or account files that cannot be read.
        case invalidUser
        /// A name that is no capability.
        case invalidCapability
        /// A configuration that no runtime could run.
        case invalidConfiguration
        /// The root file system could not be mounted or unmounted.
        case rootFilesystem
        /// The bundle could not be written.
        case bundle
        /// The seccomp profile could not be compiled.
        case seccomp
        /// There is no such runtime on this host.
        case runtimeMissing
        /// The runtime ran and refused, or answered what cannot be understood.
        case runtimeFailed
        /// A fact about the host could not be learnt.
        case host
    }

    package var code: Code
    /// One sentence; a second may give the remedy.
    package var message: String
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }
}
