internal import Execution

/// The list of environments as text.
struct EnvironmentListText {
    let style: Style

    func lines(of report: EnvironmentList) -> [String] {
        guard !report.environments.isEmpty else { return ["No environment is up."] }
        // Most users share nothing, and a column of dashes tells them nothing.
        let hasUses = report.environments.contains { !$0.uses.isEmpty }
        var table = Table(["ENVIRONMENT", "STATE", "PORTS", "AGE"] + (hasUses ? ["USES"] : []) + ["DIRECTORY"])
        for entry in report.environments {
            let directory = entry.directory.map { TerminalText($0).line } ?? "-"
            let uses = entry.uses.map { "\($0.service) of \($0.owner)" }.joined(separator: ", ")
            table.rows.append(
                [
                    TerminalText(entry.environment).line, state(of: entry),
                    entry.ports.isEmpty ? "-" : entry.ports.map { "\($0.hostPort)" }.joined(separator: ", "),
                    entry.ageSeconds.map { Format.age(seconds: $0) } ?? "-",
                ] + (hasUses ? [uses.isEmpty ? "-" : TerminalText(uses).line] : []) + [
                    entry.isDirectoryGone ? "\(directory) (gone)" : directory
                ])
        }
        return table.lines(style: style)
    }

    /// `running (2), exited (1)`, as Compose writes it.
    private func state(of entry: EnvironmentList.Entry) -> String {
        if entry.states.isEmpty { return "down" }
        return entry.states.sorted { $0.key > $1.key }.map { "\($0.key) (\($0.value))" }.joined(separator: ", ")
    }
}
