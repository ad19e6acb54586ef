import Foundation
import TestSupport

/// The behaviours of Compose that tests show: a test has a line `/// Compose: ` with a sentence in its doc comment.
enum ComposeBehaviours {
    /// The sentences with the names of their tests, such as `HealthTests.aCheckMayPrintALot`, in the order of the sentences.
    static let all: [(behaviour: String, test: String)] = {
        let directory = TestSupport.Fixture.checkout + "Tests/ScenarioTests"
        let files = FileManager.default.subpaths(atPath: directory) ?? []
        return files.filter { $0.hasSuffix(".swift") }.flatMap { marks(in: Corpus.text("\(directory)/\($0)") ?? "") }
            .sorted { ($0.behaviour, $0.test) < ($1.behaviour, $1.test) }
    }()

    private static func marks(in text: String) -> [(behaviour: String, test: String)] {
        var marks: [(behaviour: String, test: String)] = []
        var suite = ""
        var open: [String] = []
        for line in text.split(separator: "\n") {
            if let mark = line.firstMatch(of: /\/\/\/ Compose: (.*)/) {
                open.append(String(mark.1))
            } else if let declaration = line.firstMatch(of: /struct (\w+Tests)\b/) {
                suite = String(declaration.1)
            } else if let declaration = line.firstMatch(of: /func (\w+)\(/) {
                marks += open.map { ($0, "\(suite).\(declaration.1)") }
                open = []
            }
        }
        return marks
    }

    /// The section of `docs/compose.md`.
    static var section: String {
        let rows = all.map { "| \($0.behaviour) | `\($0.test)` |" }
        return """
            ## Behaviours

            What Docker Compose's own end-to-end scenarios for dependencies, hooks, jobs, logs, exit codes and the like show,
            as far as it applies here, with the test that shows the same of Trice. It differs on purpose in five things: a
            `pre_stop` hook that fails is a warning and keeps nothing from being stopped; `down` takes the containers of
            `run` along; `ls` lists what is stopped, too; `up` ends with code 1 when a service failed, even one that the
            others do not require; and `start_interval` without `start_period` has no effect instead of being an error.

            | behaviour | shown by |
            |---|---|
            \(rows.joined(separator: "\n"))
            """
    }
}
