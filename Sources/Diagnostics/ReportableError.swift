/// An error that can be shown to the user: every module's own error is one, so that what shows errors knows no module.
package protocol ReportableError: Error {
    /// One sentence for each failure, each on a line of its own: what could not be done to which object and why, and
    /// what mends it.
    var message: String { get }
    /// What led to it; shown when the user asks for more.
    var causes: [any Error] { get }
    /// The message as it is shown: for most errors the message itself, for one that has problems of a file these.
    var shownText: String { get }
    /// Whether every line of the shown text begins with its place in a file, as a compiler's does.
    var isPlaced: Bool { get }
}

extension ReportableError {
    package var shownText: String { message }
    package var isPlaced: Bool { false }
}

/// A reportable error with one cause at most.
package protocol CausedError: ReportableError {
    var cause: (any Error)? { get }
}

extension CausedError {
    package var causes: [any Error] { [cause].compactMap { $0 } }
}
