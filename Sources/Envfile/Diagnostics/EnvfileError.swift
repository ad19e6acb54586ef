internal import Diagnostics

/// Why an Envfile could not be found, read or understood.
package struct EnvfileError: CausedError, Sendable, CustomStringConvertible {
    /// What kind of error it is, for callers that treat some of them apart.
    package enum Code: Sendable {
        /// There is no such file, or no Envfile in a directory and those above it.
        case notFound
        /// The path names a directory.
        case isDirectory
        /// The file is there and cannot be opened or read.
        case unreadable
        /// The file is larger than any Envfile.
        case tooLarge
        /// The file was read and says something wrong; `diagnostics` tells what.
        case invalid
        /// The call asks for something that is not there yet.
        case unsupported
    }

    package var code: Code
    /// One sentence; for `invalid` a summary of the diagnostics.
    package var message: String
    package var cause: (any Error)?
    /// Errors and warnings by place in the file; empty unless `code` is `invalid`.
    package var diagnostics: [Diagnostic]

    package init(code: Code, message: String, cause: (any Error)? = nil, diagnostics: [Diagnostic] = []) {
        self.code = code
        self.message = message
        self.cause = cause
        self.diagnostics = diagnostics
    }

    /// The message, and below it every diagnostic.
    package var description: String {
        ([message] + diagnostics.map { $0.text() }).joined(separator: "\n")
    }

    init(_ file: String, report: DiagnosticCollector) {
        let diagnostics = report.diagnostics
        let errors = diagnostics.filter { $0.severity == .error }
        let message = errors.count == 1 ? "\(file) has an error." : "\(file) has \(errors.count) errors."
        self.init(code: .invalid, message: message, diagnostics: diagnostics)
    }
}
