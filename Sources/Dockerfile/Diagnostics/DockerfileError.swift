internal import Diagnostics

/// Why a Dockerfile or an ignore file could not be understood.
package struct DockerfileError: CausedError, Sendable, CustomStringConvertible {
    /// What kind of error it is, for callers that treat some of them apart.
    package enum Code: Sendable {
        /// The text says something wrong; `diagnostics` tells what.
        case invalid
        /// A variable is missing, or a word is wrong once its variables are replaced.
        case expansion
        /// The target is no stage of the file.
        case unknownStage
        /// The file is larger than any Dockerfile.
        case tooLarge
    }

    package var code: Code
    /// One sentence that sums up.
    package var message: String
    package var cause: (any Error)?
    /// Errors and warnings by place in the file.
    package var diagnostics: [DockerfileDiagnostic]

    package init(code: Code, message: String, cause: (any Error)? = nil, diagnostics: [DockerfileDiagnostic] = []) {
        self.code = code
        self.message = message
        self.cause = cause
        self.diagnostics = diagnostics
    }

    /// The message, and below it every diagnostic.
    package var description: String {
        ([message] + diagnostics.map { $0.text() }).joined(separator: "\n")
    }

    package var shownText: String { diagnostics.map { $0.text() }.joined(separator: "\n") }
    package var isPlaced: Bool { true }
}

/// What is wrong with one instruction; it becomes a diagnostic where the instruction is parsed or expanded.
struct Failure: Error {
    var message: String
    var location: Location
    var hint: String?

    init(_ message: String, at location: Location, hint: String? = nil) {
        self.message = message
        self.location = location
        self.hint = hint
    }

    var diagnostic: DockerfileDiagnostic {
        DockerfileDiagnostic(severity: .error, location: location, message: message, hint: hint)
    }

    /// The failure as an error of its own.
    func error(_ code: DockerfileError.Code) -> DockerfileError {
        DockerfileError(code: code, message: "\(location.file) has an error.", diagnostics: [diagnostic])
    }
}

/// Gathers the diagnostics of one file.
struct DiagnosticList {
    /// Past this many the rest adds nothing for a reader.
    private static let limit = 500

    private var all: [DockerfileDiagnostic] = []
    /// The file's own, and those of the comments above an instruction.
    var options = CheckOptions()
    private(set) var hasErrors = false

    mutating func add(_ failure: Failure) {
        hasErrors = true
        if all.count < Self.limit { all.append(failure.diagnostic) }
    }

    mutating func warn(
        _ check: Check, _ message: String, at location: Location, hint: String? = nil, local: CheckOptions? = nil
    ) {
        guard !options.skips(check), local?.skips(check) != true, all.count < Self.limit else { return }
        var diagnostic = DockerfileDiagnostic.warning(check, message, at: location, hint: hint)
        if options.warningsAreErrors || local?.warningsAreErrors == true {
            diagnostic.severity = .error
            hasErrors = true
        }
        all.append(diagnostic)
    }

    var sorted: [DockerfileDiagnostic] { all.sorted(by: DockerfileDiagnostic.isOrderedBefore) }

    /// - Throws: All of them, when one is an error.
    func check(_ file: String) throws(DockerfileError) {
        guard hasErrors else { return }
        let errors = all.filter { $0.severity == .error }.count
        let message = errors == 1 ? "\(file) has an error." : "\(file) has \(errors) errors."
        throw DockerfileError(code: .invalid, message: message, diagnostics: sorted)
    }
}
