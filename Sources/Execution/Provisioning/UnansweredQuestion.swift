/// Tells by its last lines that a step failed because it asked its user: it has no terminal, and its input is empty.
enum UnansweredQuestion {
    private static let terminals = ["/dev/tty", "not a tty", "not a terminal", "Inappropriate ioctl for device"]
    private static let answers = ["[y/n]", "(y/n)", "[yes/no]", "(yes/no)", "[yes/no/"]

    /// In words that follow `failed with code 1`; `nil` where nothing tells of a question.
    static func words(of lines: [String]) -> String? {
        let asksTerminal = lines.contains { line in terminals.contains { line.contains($0) } }
        let asks = lines.contains { line in answers.contains { line.lowercased().contains($0) } }
        guard asksTerminal || asks else { return nil }
        return "it \(asksTerminal ? "wants a terminal" : "asks a question"), and a step has no terminal and an empty "
            + "input. Give the answers as arguments or variables, such as `apt-get install -y`"
    }
}
