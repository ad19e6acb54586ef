public import Diagnostics
public import LinuxSystem
public import SystemPackage

/// Why a netlink operation or a value of this module failed.
public struct NetlinkError: ReportableError, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case exists, notFound, notPermitted, refused, malformed, invalidValue, inconsistentDump, system
        }

        private let value: Value

        private init(_ value: Value) {
            self.value = value
        }

        /// EEXIST: the object is already there.
        public static let exists = Code(.exists)
        /// ENODEV, ENOENT, ESRCH or EADDRNOTAVAIL: the object is not there.
        public static let notFound = Code(.notFound)
        /// EPERM or EACCES.
        public static let notPermitted = Code(.notPermitted)
        /// The kernel refused the request for another reason; `errno` tells which.
        public static let refused = Code(.refused)
        /// Bytes that are no netlink message.
        public static let malformed = Code(.malformed)
        /// Text or numbers that make no value, such as an address with five octets.
        public static let invalidValue = Code(.invalidValue)
        /// A dump was disturbed by changes every time it was tried.
        public static let inconsistentDump = Code(.inconsistentDump)
        /// The socket itself failed; `cause` tells how.
        public static let system = Code(.system)

        public var description: String { value.rawValue }
    }

    public var code: Code
    public var message: String
    public var cause: SystemError?
    /// The errno of the kernel's answer, or of the failed call.
    public var errno: Errno?

    public init(_ code: Code, _ message: String, cause: SystemError? = nil, errno: Errno? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
        self.errno = errno ?? cause?.errno
    }

    public var causes: [any Error] { [cause].compactMap { $0 } }
    public var description: String { message }
}

extension NetlinkError {
    init(socket error: SystemError) {
        let code: Code = error.errno == .notPermitted || error.errno == .permissionDenied ? .notPermitted : .system
        self.init(code, "cannot talk to the kernel over netlink: \(error.errno)", cause: error)
    }

    /// The kernel's negative answer to a request.
    init(action: String, errno: Errno, explanation: String?) {
        let code: Code =
            switch errno {
            case .fileExists: .exists
            case .noSuchFileOrDirectory, .noSuchProcess, .addressNotAvailable, .noDevice: .notFound
            case .notPermitted, .permissionDenied: .notPermitted
            default: .refused
            }
        let reason = explanation.map { "\($0) (\(errno))" } ?? "\(errno)"
        self.init(code, "cannot \(action): \(reason)", errno: errno)
    }

    static func malformed(_ what: String) -> NetlinkError {
        NetlinkError(.malformed, "the kernel's netlink answer cannot be read: \(what)")
    }
}

extension Errno {
    /// ENODEV has another name in swift-system.
    static var noDevice: Errno { .operationNotSupportedByDevice }
}
