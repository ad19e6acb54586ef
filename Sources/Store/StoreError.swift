internal import Diagnostics

/// Why records could not be read or written.
package struct StoreError: CausedError, Sendable, CustomStringConvertible {
    /// The kinds of failure, to be compared with `==`.
    package enum Code: Sendable {
        /// No space is left on the device.
        case diskFull
        /// The file system or the file cannot be written to.
        case readOnly
        case permissionDenied
        /// The file is damaged or no database.
        case corrupt
        /// Another process held the database for more than ten seconds.
        case busy
        /// A record of this identity is there already.
        case exists
        /// Other records refer to the record.
        case inUse
        /// What the operation builds on is not there: a directory, or a record that another one refers to.
        case missing
        /// A later version of Trice has written the database.
        case newerVersion
        /// An argument is no value of its kind.
        case invalid
        /// Anything else; `cause` tells.
        case failed
    }

    package var code: Code
    package var message: String
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }
}
