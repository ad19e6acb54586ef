internal import Execution
internal import LinuxSystem
package import Setup
internal import SystemPackage
internal import Workspaces

/// `doctor`.
extension Engine {
    /// Asks the host for everything that `up` needs.
    package func doctor() throws -> [DoctorCheck] {
        try HostChecks(context).run()
    }

    /// The text for a bug report, without secrets. What cannot be found out is said there; nothing is changed.
    ///
    /// - Parameter json: writes a report of a command as JSON.
    package func bugReport(json: (any Encodable) throws -> String) -> String {
        var sections = [section("environments") { try json(environmentList(includesDown: true)) }]
        // Without an Envfile there is no environment to tell of; the report says so itself.
        if let target = try? identity(sink: NoSink()) {
            sections.append(section("state") { try json(status(target)) })
            let log = context.layout.environmentRun(target.id).appending("supervisor.log")
            sections.append(
                section("supervisor") {
                    let lines = (try Files.text(log) ?? "").split(separator: "\n").suffix(200)
                    return lines.joined(separator: "\n")
                })
        }
        return BugReport(context).text(sections)
    }

    private func section(_ title: String, _ text: () throws -> String) -> BugReport.Section {
        do { return BugReport.Section(title, try text()) } catch {
            return BugReport.Section(title, "could not be found out: \(error)")
        }
    }
}
