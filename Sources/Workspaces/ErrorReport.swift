internal import Diagnostics
package import Envfile
internal import LinuxSystem
internal import SystemPackage

/// An error in the form in which it is shown.
package struct ErrorReport: Sendable {
    /// One sentence for each failure, each on a line of its own.
    package var message: String
    /// From the outermost to the innermost, as text.
    package var causes: [String]
    /// Whether every problem in the message begins with its place in a file, as a compiler's do.
    package var isPlaced: Bool
    /// The problems of an Envfile; then `message` is only a summary.
    package var diagnostics: [Diagnostic]

    /// - Parameter layout: where Trice keeps its own. The message then says what fills a full file system there.
    package init(of error: any Error, layout: Layout? = nil) {
        message = Self.message(of: error)
        causes = []
        isPlaced = (error as? any ReportableError)?.isPlaced ?? false
        diagnostics = (error as? EnvfileError)?.diagnostics ?? []
        collectCauses(of: error)
        if let layout, diagnostics.isEmpty {
            let disks = FullDisk.all(layout)
            // What the error has said is not said again.
            let isSaid = message.contains(" is full")
            message =
                isSaid
                ? ([message] + disks.map(\.candidates)).joined(separator: " ")
                : ([message] + disks.map(\.advice)).joined(separator: "\n")
        }
    }

    private static func message(of error: any Error) -> String {
        switch error {
        case let error as any ReportableError: error.shownText
        case let error as SystemError: sentence(for: error)
        default: "\(error)"
        }
    }

    private mutating func collectCauses(of error: any Error) {
        for cause in (error as? any ReportableError)?.causes ?? [] {
            causes.append("\(cause)")
            collectCauses(of: cause)
        }
    }

    /// A bare system error that no module has put into words, with the usual remedy.
    private static func sentence(for error: SystemError) -> String {
        let remedy =
            switch error.errno {
            case .noSpace: " Free some space on that file system."
            case .permissionDenied, .notPermitted: " \(OutsideHost.remedy)"
            case .readOnlyFileSystem: " The file system is mounted read-only."
            default: ""
            }
        return "Could not \(error.call) \(error.subject): \(error.errno).\(remedy)"
    }
}
