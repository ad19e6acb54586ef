internal import Glibc
package import SystemPackage

/// A system call that failed: which, on what, and with which errno.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The call's name in the manual, such as `mount`.
    package var call: String
    /// The object of the call: a path, an interface, a process identifier.
    package var subject: String
    package var errno: Errno

    package init(_ call: String, _ subject: String, _ errno: Errno) {
        self.call = call
        self.subject = subject
        self.errno = errno
    }

    package var description: String {
        "\(call)(\(subject)): \(errno) (errno \(errno.rawValue))"
    }
}

/// Runs a system call that returns -1 and sets errno, again when a signal interrupted it; errno(3).
@discardableResult
package func systemCall<Result: FixedWidthInteger>(
    _ call: StaticString, _ subject: @autoclosure () -> String, _ body: () -> Result
) throws(SystemError) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        let code = Errno.last
        if code != .interrupted {
            throw SystemError("\(call)", subject(), code)
        }
    }
}

extension Errno {
    /// The errno(3) of the last failed call of this thread.
    package static var last: Errno { Errno(rawValue: Glibc.errno) }
}
