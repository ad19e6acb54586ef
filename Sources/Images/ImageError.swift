internal import LinuxSystem
internal import SystemPackage

/// Why an image could not be read, made, unpacked or stored.
public struct ImageError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Hashable, Sendable {
        private enum Kind {
            case sourceMissing, notPulled, invalidImage, invalidArchive, forbiddenEntry, limitExceeded, digestMismatch
            case noMatchingPlatform, ambiguous, programMissing, programFailed, diskFull, systemCall, remote, offline
            case inUse, noSuchImage
        }
        private let kind: Kind

        /// The path of a local source does not exist, or a tag in it does not.
        public static let sourceMissing = Code(kind: .sourceMissing)
        /// The image is in a registry and not in the store, and asking the registry is not allowed.
        public static let notPulled = Code(kind: .notPulled)
        /// A registry refused or did not answer; `cause` is the `RemoteFailure`.
        public static let remote = Code(kind: .remote)
        /// The operation needs a registry and is forbidden to ask one.
        public static let offline = Code(kind: .offline)
        /// An image cannot be removed because something is made from it.
        public static let inUse = Code(kind: .inUse)
        /// No image in the store has this name or id.
        public static let noSuchImage = Code(kind: .noSuchImage)
        /// A manifest, an index or a configuration breaks the specification.
        public static let invalidImage = Code(kind: .invalidImage)
        /// An archive or its compression is broken.
        public static let invalidArchive = Code(kind: .invalidArchive)
        /// An archive's entry reaches for something outside of its root.
        public static let forbiddenEntry = Code(kind: .forbiddenEntry)
        /// An archive exceeds an `ExtractionLimits`.
        public static let limitExceeded = Code(kind: .limitExceeded)
        /// Content does not have its digest or size.
        public static let digestMismatch = Code(kind: .digestMismatch)
        /// The image is not for this machine's processor.
        public static let noMatchingPlatform = Code(kind: .noMatchingPlatform)
        /// A source contains several images and the reference does not choose one.
        public static let ambiguous = Code(kind: .ambiguous)
        /// A program that a source needs is not installed.
        public static let programMissing = Code(kind: .programMissing)
        public static let programFailed = Code(kind: .programFailed)
        public static let diskFull = Code(kind: .diskFull)
        /// The kernel refused; `cause` has the call.
        public static let systemCall = Code(kind: .systemCall)
    }

    public var code: Code
    public var message: String
    public var cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// From a failed system call: `what` completes "Could not …".
    init(_ what: String, _ error: SystemError) {
        switch error.errno {
        case .noSpace, .diskQuotaExceeded:
            self.init(
                .diskFull,
                "Could not \(what): the file system of \(error.subject) is full. Free space there or remove images that are not used.",
                cause: error)
        default:
            self.init(.systemCall, "Could not \(what): \(error.errno).", cause: error)
        }
    }

    public var description: String { message }
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
