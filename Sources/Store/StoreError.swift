public import Diagnostics

/// Why records could not be read or written.
public struct StoreError: CausedError, Sendable, CustomStringConvertible {
    /// The kinds of failure, to be compared with `==`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case diskFull, readOnly, permissionDenied, corrupt, busy, exists, inUse, missing, newerVersion, invalid
            case failed
        }

        private var kind: Kind
        public var description: String { kind.rawValue }

        /// No space is left on the device.
        public static var diskFull: Code { Code(kind: .diskFull) }
        /// The file system or the file cannot be written to.
        public static var readOnly: Code { Code(kind: .readOnly) }
        public static var permissionDenied: Code { Code(kind: .permissionDenied) }
        /// The file is damaged or no database.
        public static var corrupt: Code { Code(kind: .corrupt) }
        /// Another process held the database for more than ten seconds.
        public static var busy: Code { Code(kind: .busy) }
        /// A record of this identity is there already.
        public static var exists: Code { Code(kind: .exists) }
        /// Other records refer to the record.
        public static var inUse: Code { Code(kind: .inUse) }
        /// What the operation builds on is not there: a directory, or a record that another one refers to.
        public static var missing: Code { Code(kind: .missing) }
        /// A later version of Trice has written the database.
        public static var newerVersion: Code { Code(kind: .newerVersion) }
        /// An argument is no value of its kind.
        public static var invalid: Code { Code(kind: .invalid) }
        /// Anything else; `cause` tells.
        public static var failed: Code { Code(kind: .failed) }
    }

    public var code: Code
    public var message: String
    public var cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { message }
}
