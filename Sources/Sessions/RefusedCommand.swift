internal import Containers
internal import Diagnostics

/// A command that could not be run in a container.
package struct RefusedCommand: ReportableError, Sendable, CustomStringConvertible {
    package let message: String
    /// What a shell reports: 127 for a program that is not there, 126 for one that cannot be run.
    package let exitCode: Int32

    init(_ program: String, in service: String, _ refusal: Launcher.Refusal) {
        exitCode = refusal.exitCode
        message =
            refusal.isMissing
            ? "There is no program `\(program)` in `\(service)`: \(refusal.words)."
            : "Could not run `\(program)` in `\(service)`: \(refusal.words)."
    }

    package var causes: [any Error] { [] }
    package var description: String { message }
}
