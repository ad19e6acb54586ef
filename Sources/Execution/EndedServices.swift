internal import Diagnostics
internal import Envfile
internal import Planning
internal import Supervisor
internal import SupervisorProtocol
internal import Workspaces

internal import struct Vocabulary.ContainerID

/// The last look of `up`: which of the services that it started have ended already.
struct EndedServices {
    let workspace: Workspace

    /// Tells of every container that the plan started and nothing waited for, and that runs no more.
    ///
    /// - Parameter statuses: what the supervisor says of the containers, by name.
    /// - Throws: `EngineError.serviceEnded` with the last lines of each that has failed.
    func check(_ plan: Plan, _ statuses: [String: ContainerStatus], _ sink: any EventSink) throws {
        var started: [ContainerID] = []
        var jobs: Set<ContainerID> = []
        for planned in plan.operations {
            switch planned.operation {
            case .startContainer(let container): started.append(container.id)
            case .waitForContainer(let id, .completedSuccessfully): jobs.insert(id)
            default: continue
            }
        }
        guard !started.isEmpty, try workspace.runningSupervisor() != nil else { return }
        var failures: [String] = []
        for id in started where !jobs.contains(id) {
            guard let status = statuses["\(id)"], status.state == .exited, !status.isRestarting else {
                continue
            }
            if status.code == 0 {
                sink.note("\(id.service) has ended with code 0", isWarning: false)
            } else {
                failures.append(try ServiceFailure(workspace: workspace, id: id).message(ofEnd: status))
            }
        }
        guard failures.isEmpty else { throw EngineError(.serviceEnded, failures.joined(separator: "\n")) }
    }
}

/// Why a service is not what it should be, in words for its user, with the last lines of its output.
struct ServiceFailure {
    let workspace: Workspace
    let id: ContainerID

    /// How many of the last lines are told.
    private static let shownLines = 5

    /// - Parameter condition: what was waited for.
    func message(_ result: ExpectationResult, _ condition: Dependency.Condition) throws -> String {
        let status = result.status
        if result.outcome == .late { return try late(status, condition) }
        if let restarts = status.restarts, restarts.isPending {
            return
                "Service \(id.service) ends again and again: it was started again \(restarts.count) times, and ended "
                + "with \(code(status)) the last time.\(try output())"
        }
        switch status.state {
        case .exited where condition == .healthy:
            return "Service \(id.service) has ended with \(code(status)) before it was healthy.\(try output())"
        case .exited: return try message(ofEnd: status)
        case .starting, .running:
            return "Service \(id.service) is unhealthy: \(check(status)).\(try output())"
        }
    }

    func message(ofEnd status: ContainerStatus) throws -> String {
        // What it wrote is in the log once its end has been waited for.
        _ = try workspace.supervisor().wait(for: "\(id)")
        return "Service \(id.service) has ended with \(code(status)) already.\(try output())"
    }

    private func late(_ status: ContainerStatus, _ condition: Dependency.Condition) throws -> String {
        let wish = condition == .completedSuccessfully ? "has not ended" : "is not ready"
        let last = status.health?.last.map { _ in " Its last check: \(check(status))." } ?? ""
        return "Service \(id.service) \(wish) within the time of `--wait-timeout`.\(last)\(try output())"
    }

    /// What the checks said.
    private func check(_ status: ContainerStatus) -> String {
        guard let health = status.health, let last = health.last else { return "it was never checked" }
        let said = last.output.split(whereSeparator: \.isNewline).suffix(3)
            .map { String($0).visibleInLine }.joined(separator: "; ")
        let times = health.failures > 1 ? "its check failed \(health.failures) times in a row" : "its check failed"
        let how = last.code.map { " with code \($0)" } ?? ""
        return times + how + (said.isEmpty ? "" : ": \(said)")
    }

    private func code(_ status: ContainerStatus) -> String {
        status.code.map { "code \($0)" } ?? "an unknown code"
    }

    /// What the container wrote last, and how to see the rest.
    func output() throws -> String {
        let lines = try LastLines(workspace: workspace, id: id, count: Self.shownLines).lines
        let said = lines.isEmpty ? " It wrote nothing." : lines.toldAtLast + "\n "
        return "\(said) See: trice logs \(id.service)"
    }
}

extension [String] {
    /// The last lines of an output at the end of a message. A tab is four spaces there.
    var toldAtLast: String {
        " It wrote at last:\n" + map { "  \($0.replacing("\t", with: "    ").visibleInLine)" }.joined(separator: "\n")
    }
}
