internal import Diagnostics
internal import ImageCommands

/// What differs, for people: configuration and packages first, then the paths.
struct DifferenceReportText {
    let style: Style

    func lines(of report: DifferenceReport) -> [String] {
        var blocks: [[String]] = []
        if !report.configuration.isEmpty { blocks.append(entries("Configuration", report.configuration)) }
        if !report.packages.isEmpty { blocks.append(entries("Packages", report.packages)) }
        let paths = report.statistics(width: ProcessEnvironment.terminalWidth)
        if !paths.isEmpty { blocks.append(paths.map { $0.visible }) }
        if blocks.isEmpty { return ["There is no difference."] }
        return Array(blocks.joined(separator: [""]))
    }

    private func entries(_ title: String, _ entries: [DifferenceReport.Entry]) -> [String] {
        let width = min(32, entries.map(\.name.count).max() ?? 0)
        return [style.bold(title)]
            + entries.map { entry in
                let name = entry.name.visible.padding(to: width)
                let (old, new) = (
                    entry.old.map { $0.visible }, entry.new.map { $0.visible }
                )
                switch (old, new) {
                case (nil, let new?): return style.green(" + \(name)  \(new)")
                case (let old?, nil): return style.red(" - \(name)  \(old)")
                default: return " ~ \(name)  \(old ?? "") → \(new ?? "")"
                }
            }
    }

    /// Prints the report: as JSON, as patches below the paths, or as paths.
    static func print(_ report: DifferenceReport, withPatch: Bool, asJSON: Bool) throws {
        if asJSON { return try Output.json(report) }
        let text = DifferenceReportText(style: Style(descriptor: 1))
        Output.print(text.lines(of: report).joined(separator: "\n"))
        if withPatch {
            let patch = try report.patch()
            // In a pipe the patch is the bytes that `patch` needs.
            let shown = ProcessEnvironment.isTerminal(1) ? patch.visible : patch
            if !patch.isEmpty { Output.write("\n" + shown, to: 1) }
        }
    }
}
