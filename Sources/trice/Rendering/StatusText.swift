internal import Execution

/// The status report as text.
struct StatusText {
    let style: Style
    /// The services that were asked for; empty for all.
    var asked: [String] = []
    /// The name that was given by `-p`.
    var projectName: String?

    /// How the environment is brought up.
    private var up: String { "trice \(projectName.map { "-p \($0) " } ?? "")up" }

    func lines(of report: StatusReport) -> [String] {
        guard !report.services.isEmpty else {
            let what = asked.isEmpty ? "nothing" : "none of \(asked.joined(separator: ", "))"
            let command = ([up] + asked).joined(separator: " ")
            return ["\(report.environment): \(what) is up. Start it with: \(command)"] + report.notes
        }
        let problems = report.problems.map { "\(style.yellow("warning:")) \($0) `\(up)` mends it." }
        return table(of: report.services) + uses(report) + problems
    }

    /// Which services of other environments are used here, and which services here others use.
    private func uses(_ report: StatusReport) -> [String] {
        report.externals.map { external in
            let state = ([external.state] + [external.health].compactMap(\.self)).joined(separator: ", ")
            return "\(external.name): `\(external.service)` of \(external.environment), \(state)"
        } + report.usedBy.map { "\($0.service) is used by \($0.user)" }
    }

    /// One row for each container.
    func table(of services: [StatusReport.Service]) -> [String] {
        let hasSteps = services.contains { $0.steps != nil }
        var table = Table(["SERVICE", "STATE", "ADDRESS", "PORTS", "SINCE"] + (hasSteps ? ["STEPS"] : []))
        for service in services {
            let row = [
                service.container, state(of: service), service.address ?? "-",
                service.ports.isEmpty ? "-" : service.ports.map(\.text).joined(separator: ", "),
                service.sinceSeconds.map(Format.age) ?? "-",
            ]
            table.rows.append(hasSteps ? row + [service.stepsText ?? "-"] : row)
        }
        return table.lines(style: style)
    }

    /// Such as `3 services are up, 1 of them healthy, 1 has completed; 2.1 s`.
    func summary(of report: StatusReport, in time: Duration) -> String {
        let services = Dictionary(grouping: report.services, by: \.service).values
        let up = services.filter { $0.contains { $0.state == "running" } }
        let healthy = up.count { $0.allSatisfy { $0.health == "healthy" } }
        let done = services.count { $0.allSatisfy { $0.state == "exited" && $0.exitCode == 0 } }
        var text = "\(Format.count(up.count, "service")) \(up.count == 1 ? "is" : "are") up"
        if healthy > 0 { text += ", \(healthy == up.count ? "" : "\(healthy) of them ")healthy" }
        let restarting = services.count { $0.contains { $0.state == "restarting" } }
        if restarting > 0 { text += ", \(restarting) \(restarting == 1 ? "is" : "are") being started again" }
        if done > 0 { text += ", \(done) \(done == 1 ? "has" : "have") completed" }
        return "\(text); \(Format.elapsed(time))"
    }

    /// What a user wants to know after `up`: where the services answer.
    func addresses(of report: StatusReport) -> [String] {
        report.services.flatMap { service in
            service.urls.map { "\(style.bold(service.service.padding(to: 12))) \($0)" }
        }
    }

    /// Such as `running (healthy after 1.2 s), 3 restarts, last exit 1`.
    private func state(of service: StatusReport.Service) -> String {
        var text = service.state
        switch (service.state, service.health) {
        case ("exited", _), ("restarting", _): text += " (\(service.exitCode.map { "\($0)" } ?? "unknown"))"
        case (_, "healthy"?):
            text +=
                " (healthy" + (service.healthyAfter.map { " after \(Format.elapsed(.milliseconds($0)))" } ?? "") + ")"
        case (_, let health?): text += " (\(health))"
        case (_, nil): break
        }
        if let restarts = service.restarts, restarts > 0 {
            text += ", \(Format.count(restarts, "restart"))"
            if service.state == "running", let code = service.lastExit?.code { text += ", last exit \(code)" }
        }
        return text
    }
}
