internal import Diagnostics
internal import Envfile
internal import Workspaces

/// How an error reaches the user: one message, and its causes where asked for.
struct FailureReport {
    let error: any Error
    let isVerbose: Bool
    let asJSON: Bool

    init(_ error: any Error, isVerbose: Bool, asJSON: Bool) {
        self.error = error
        self.isVerbose = isVerbose
        self.asJSON = asJSON
    }

    private struct Row: Encodable {
        var error: String
        var causes: [String]
        var diagnostics: [Diagnostic]
    }

    func print() {
        let layout = Layout(environment: ProcessEnvironment.current, userID: ProcessEnvironment.userID)
        let explanation = ErrorReport(of: error, layout: layout)
        if asJSON {
            let row = Row(
                error: explanation.message, causes: explanation.causes, diagnostics: explanation.diagnostics)
            return Output.error(Output.jsonLine(row))
        }
        let style = Style(descriptor: 2)
        if explanation.isPlaced { return Output.error(explanation.message.visible) }
        if !explanation.diagnostics.isEmpty {
            return Output.error(explanation.diagnostics.map { render($0, style) }.joined(separator: "\n"))
        }
        for message in explanation.message.split(separator: "\n", omittingEmptySubsequences: false) {
            // What is indented goes on with the sentence above it, such as the output of a command.
            let line = TerminalText(String(message)).line
            Output.error(line.first?.isWhitespace ?? true ? line : "\(style.red("trice:")) \(line)")
        }
        if isVerbose {
            for cause in explanation.causes { Output.error(style.faint("  caused by: \(cause.visible)")) }
        }
    }

    /// A diagnostic with its severity coloured; the text is the reader's own.
    private func render(_ diagnostic: Diagnostic, _ style: Style) -> String {
        let text = diagnostic.text(relativeTo: ProcessEnvironment.workingDirectory).visible
        guard style.isOn, let range = text.firstRange(of: ": \(diagnostic.severity.rawValue): ") else { return text }
        let mark = diagnostic.severity == .error ? style.red("error") : style.yellow("warning")
        return text.replacingCharacters(range, with: ": \(mark): ")
    }
}

extension String {
    fileprivate func replacingCharacters(_ range: Range<String.Index>, with text: String) -> String {
        self[..<range.lowerBound] + text + self[range.upperBound...]
    }
}
