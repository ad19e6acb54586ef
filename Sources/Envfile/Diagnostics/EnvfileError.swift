public import Diagnostics

/// Why an Envfile could not be found, read or understood.
public struct EnvfileError: CausedError, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case notFound, isDirectory, unreadable, tooLarge, invalid, unsupported
        }

        private let value: Value

        /// There is no such file, or no Envfile in a directory and those above it.
        public static let notFound = Code(value: .notFound)
        /// The path names a directory.
        public static let isDirectory = Code(value: .isDirectory)
        /// The file is there and cannot be opened or read.
        public static let unreadable = Code(value: .unreadable)
        /// The file is larger than any Envfile.
        public static let tooLarge = Code(value: .tooLarge)
        /// The file was read and says something wrong; `diagnostics` tells what.
        public static let invalid = Code(value: .invalid)
        /// The call asks for something that is not there yet.
        public static let unsupported = Code(value: .unsupported)

        public var description: String { value.rawValue }
    }

    public var code: Code
    /// One sentence; for `invalid` a summary of the diagnostics.
    public var message: String
    public var cause: (any Error)?
    /// Errors and warnings by place in the file; empty unless `code` is `invalid`.
    public var diagnostics: [Diagnostic]

    public init(code: Code, message: String, cause: (any Error)? = nil, diagnostics: [Diagnostic] = []) {
        self.code = code
        self.message = message
        self.cause = cause
        self.diagnostics = diagnostics
    }

    /// The message, and below it every diagnostic.
    public var description: String {
        ([message] + diagnostics.map { $0.text() }).joined(separator: "\n")
    }

    init(_ file: String, report: DiagnosticCollector) {
        let diagnostics = report.diagnostics
        let errors = diagnostics.filter { $0.severity == .error }
        let message = errors.count == 1 ? "\(file) has an error." : "\(file) has \(errors.count) errors."
        self.init(code: .invalid, message: message, diagnostics: diagnostics)
    }
}
