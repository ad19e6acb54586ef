internal import Engine
internal import Execution
internal import Workspaces

/// What a command that was stopped has left running, for the user who stopped it.
enum Remains {
    /// - Returns: `nil` where that cannot be found out.
    static func text(_ engine: Engine, _ target: EnvironmentTarget) -> String? {
        // It only completes a message.
        guard let rows = try? engine.containers(target) else { return nil }
        return text(of: rows)
    }

    static func text(of rows: [StatusReport.Service]) -> String {
        let running = rows.filter { $0.state == "running" || $0.state == "restarting" }
        guard !running.isEmpty else { return "Nothing runs; `trice up` goes on from here." }
        let names = running.map { row in
            switch row.health {
            case "starting", "unhealthy": "\(row.container) (not healthy)"
            default: row.state == "running" ? row.container : "\(row.container) (\(row.state))"
            }
        }
        return
            "Left running: \(names.joined(separator: ", ")). `trice up` goes on from here, `trice down` takes it away."
    }
}
