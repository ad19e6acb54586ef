internal import Execution

/// The status report as text.
struct StatusText {
    let style: Style

    func lines(of report: StatusReport) -> [String] {
        guard !report.services.isEmpty else {
            return ["\(report.environment): nothing is up. Start it with: trice up"]
        }
        var table = Table(["SERVICE", "STATE", "ADDRESS", "PORTS", "SINCE"])
        for service in report.services {
            table.rows.append([
                service.container, state(of: service), service.address ?? "-",
                service.ports.isEmpty ? "-" : service.ports.map(\.text).joined(separator: ", "),
                service.sinceSeconds.map(Format.age) ?? "-",
            ])
        }
        return table.lines(style: style)
    }

    /// What a user wants to know after `up`: where the services answer.
    func addresses(of report: StatusReport) -> [String] {
        report.services.flatMap { service in
            service.ports.filter { $0.transportProtocol == "tcp" }.map { port in
                "\(style.bold(service.service.padding(to: 12))) \(port.url)"
            }
        }
    }

    private func state(of service: StatusReport.Service) -> String {
        switch service.state {
        case "exited": service.exitCode.map { "exited (\($0))" } ?? "exited (unknown)"
        default: service.state
        }
    }
}
