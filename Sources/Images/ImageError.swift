internal import Diagnostics
internal import LinuxSystem
internal import SystemPackage

/// Why an image could not be read, made, unpacked or stored.
package struct ImageError: CausedError, Sendable, CustomStringConvertible {
    /// The kind of failure.
    package enum Code: Sendable {
        /// The path of a local source does not exist, or a tag in it does not.
        case sourceMissing
        /// The image is in a registry and not in the store, and asking the registry is not allowed.
        case notPulled
        /// A registry refused or did not answer; `cause` is the `RemoteFailure`.
        case remote
        /// The operation needs a registry and is forbidden to ask one.
        case offline
        /// An image cannot be removed because something is made from it.
        case inUse
        /// No image in the store has this name or id.
        case noSuchImage
        /// A manifest, an index or a configuration breaks the specification.
        case invalidImage
        /// An archive or its compression is broken.
        case invalidArchive
        /// An archive's entry reaches for something outside of its root.
        case forbiddenEntry
        /// An archive exceeds an `ExtractionLimits`.
        case limitExceeded
        /// Content does not have its digest or size.
        case digestMismatch
        /// The image is not for this machine's processor.
        case noMatchingPlatform
        /// A source contains several images and the reference does not choose one.
        case ambiguous
        /// A program that a source needs is not installed.
        case programMissing
        case programFailed
        case diskFull
        /// The kernel refused; `cause` has the call.
        case systemCall
    }

    package var code: Code
    package var message: String
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// From a failed system call: `what` completes "Could not …".
    init(_ what: String, _ error: SystemError) {
        switch error.errno {
        case .noSpace, .diskQuotaExceeded:
            // Of a file that is open there is a number only.
            let place = Int(error.subject) == nil ? "the file system of \(error.subject)" : "its file system"
            self.init(
                .diskFull,
                "Could not \(what): \(place) is full. Free space there or remove images that are not used.",
                cause: error)
        default:
            self.init(.systemCall, "Could not \(what): \(error.errno).", cause: error)
        }
    }

    package var description: String { message }
}

/// Runs `body`; its system error becomes "Could not `what`: …".
@discardableResult
func attempting<Result: ~Copyable>(
    _ what: @autoclosure () -> String, _ body: () throws(SystemError) -> Result
) throws(ImageError) -> Result {
    do throws(SystemError) {
        return try body()
    } catch {
        throw ImageError(what(), error)
    }
}
