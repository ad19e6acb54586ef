internal import ArgumentParser

/// Asks before something is lost.
enum Confirmation {
    /// Returns when the user agrees, or when there is no terminal to ask at, as Compose does.
    ///
    /// - Throws: `ExitCode` 1 when the user does not agree.
    static func ask(_ question: String) throws {
        guard ProcessEnvironment.isTerminal(0) else { return }
        let answer = Terminal.ask("\(question) [y/N] ")?.lowercased() ?? ""
        guard answer == "y" || answer == "yes" else { throw ExitCode(1) }
    }
}
