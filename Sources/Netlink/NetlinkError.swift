internal import Diagnostics
package import LinuxSystem
package import SystemPackage

/// Why a netlink operation or a value of this module failed.
package struct NetlinkError: ReportableError, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    package enum Code: Sendable {
        /// EEXIST: the object is already there.
        case exists
        /// ENODEV, ENOENT, ESRCH or EADDRNOTAVAIL: the object is not there.
        case notFound
        /// EPERM or EACCES.
        case notPermitted
        /// The kernel refused the request for another reason; `errno` tells which.
        case refused
        /// Bytes that are no netlink message.
        case malformed
        /// Text or numbers that make no value, such as an address with five octets.
        case invalidValue
        /// A dump was disturbed by changes every time it was tried.
        case inconsistentDump
        /// The socket itself failed; `cause` tells how.
        case system
    }

    package var code: Code
    package var message: String
    package var cause: SystemError?
    /// The errno of the kernel's answer, or of the failed call.
    package var errno: Errno?

    package init(_ code: Code, _ message: String, cause: SystemError? = nil, errno: Errno? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
        self.errno = errno ?? cause?.errno
    }

    package var causes: [any Error] { [cause].compactMap { $0 } }
    package var description: String { message }
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
