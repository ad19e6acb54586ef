internal import Diagnostics
package import Envfile
import Vocabulary

/// One line of a plan as it is shown: all that happens to one resource.
package struct PlanRow: Hashable, Sendable, Codable {
    /// What an operation does to its resource, as `plan` marks it.
    package enum Action: String, Hashable, Sendable, Codable, CaseIterable {
        case create, recreate, start, restart, run, stop, remove, pause, resume, signal
        /// What it is now is asked; only the answer tells whether anything changes.
        case check
        /// Brought back to what it should be.
        case mend

        /// The mark at the start of a line.
        var mark: String {
            switch self {
            case .create: "+"
            case .recreate: "~"
            case .start, .restart, .run, .resume: ">"
            case .stop, .pause, .signal: "<"
            case .remove: "-"
            case .check: "?"
            case .mend: "~"
            }
        }
    }

    /// What another container must have come to before this one starts.
    package struct Prerequisite: Hashable, Sendable, Codable, CustomStringConvertible {
        package var container: String
        package var condition: Dependency.Condition

        package init(container: String, condition: Dependency.Condition) {
            self.container = container
            self.condition = condition
        }

        package var description: String {
            switch condition {
            case .started: "\(container) has started"
            case .healthy: "\(container) is healthy"
            case .completedSuccessfully: "\(container) has completed"
            }
        }
    }

    package var action: Action
    /// The resource as it prints, such as `container web-1`.
    package var resource: String
    package var cause: String
    package var after: [Prerequisite]

    package init(action: Action, resource: String, cause: String, after: [Prerequisite] = []) {
        self.action = action
        self.resource = resource
        self.cause = cause
        self.after = after
    }
}

extension Plan {
    /// The plan with one row per resource: first what is made and started, in the order in which it starts, then
    /// what is only stopped or removed, in the order in which it stops. Waits are not rows, they show in `after`; nor is
    /// what only completes the work of others.
    package var rows: [PlanRow] {
        var groups: [Resource: [PlannedOperation]] = [:]
        var firsts: [Resource: Int] = [:]
        var lasts: [Resource: Int] = [:]
        for planned in operations {
            if case .waitForContainer = planned.operation { continue }
            if planned.isImplied { continue }
            groups[planned.resource, default: []].append(planned)
            if firsts[planned.resource] == nil { firsts[planned.resource] = planned.id.number }
            lasts[planned.resource] = planned.id.number
        }
        let sorted = groups.compactMap { resource, group in
            row(of: group).map { row in
                let takesAway = row.action.isTakingAway
                let position = (takesAway ? firsts : lasts)[resource] ?? 0
                return (key: (takesAway ? 1 : 0, displayRank(resource, row.action), position), row)
            }
        }
        return sorted.sorted { $0.key < $1.key }.map(\.1)
    }

    private func row(of group: [PlannedOperation]) -> PlanRow? {
        guard let first = group.first else { return nil }
        if first.onlyAsks {
            return PlanRow(action: .check, resource: "\(first.resource)", cause: first.cause)
        }
        var creates = false, starts = false, stops = false, removes = false
        var after: [PlanRow.Prerequisite] = []
        for planned in group {
            switch planned.operation {
            case .ensureImage, .pullImage, .buildImage, .bringBaked, .createNetwork, .createVolume, .createContainer,
                .publishPorts:
                creates = true
            case .applyFirewall, .applyNames:
                return PlanRow(action: .mend, resource: "\(first.resource)", cause: first.cause)
            case .removeNetwork, .removeVolume, .removeContainer, .unpublishPorts: removes = true
            case .stopContainer: stops = true
            case .runStep, .provision, .signalContainer, .pauseContainer, .resumeContainer:
                guard let action = PlanRow.Action(rawValue: planned.operation.verb), group.count == 1 else { continue }
                return PlanRow(action: action, resource: "\(first.resource)", cause: first.cause)
            case .waitForContainer, .placeSeed, .keepSeed: break
            case .startSupervisor: starts = true
            case .scheduleJobs(let jobs): if jobs.isEmpty { stops = true } else { creates = true }
            case .startContainer:
                starts = true
                after = prerequisites(of: planned)
            }
        }
        let action: PlanRow.Action
        switch (creates, removes, starts, stops) {
        case (true, true, _, _): action = .recreate
        case (true, false, _, _): action = .create
        case (false, true, _, _): action = .remove
        case (false, false, true, true): action = .restart
        case (false, false, true, false): action = .start
        case (false, false, false, true): action = .stop
        case (false, false, false, false): return nil
        }
        return PlanRow(action: action, resource: "\(first.resource)", cause: first.cause, after: after)
    }

    private func prerequisites(of start: PlannedOperation) -> [PlanRow.Prerequisite] {
        let before = Set(start.dependsOn + start.follows)
        let found = operations.filter { before.contains($0.id) }.compactMap {
            planned -> (ContainerID, Dependency.Condition)? in
            switch planned.operation {
            case .startContainer(let container): (container.id, .started)
            case .waitForContainer(let id, let condition): (id, condition)
            case .runStep(let step, _, _): (step.id, .completedSuccessfully)
            case .provision(let id, _): (id, .started)
            default: nil
            }
        }
        return found.sorted { $0.0 < $1.0 }.map { PlanRow.Prerequisite(container: "\($0.0)", condition: $0.1) }
    }

    /// What is made is shown in the order image, network, volume, container, ports; what is taken away so that
    /// containers and ports come first.
    private func displayRank(_ resource: Resource, _ action: PlanRow.Action) -> Int {
        let rank =
            switch resource {
            case .image: 0
            case .network, .firewall: 1
            case .volume: 2
            case .supervisor, .container, .step, .names: 3
            case .ports, .jobs: 4
            }
        guard action.isTakingAway else { return rank }
        return rank >= 3 ? rank - 3 : rank + 2
    }
}

extension PlanRow.Action {
    fileprivate var isTakingAway: Bool { self == .stop || self == .remove }
}

extension Plan: CustomStringConvertible {
    /// The rows as aligned text, then the notes, each after `#`; `nothing to do` when there are no rows.
    package var description: String {
        let rows = rows
        let heads = rows.map { row in
            switch row.action {
            case .create, .recreate, .remove, .check, .mend: "\(row.action.mark) \(row.resource.visibleInLine)"
            case .start, .restart, .run, .stop, .pause, .resume, .signal:
                "\(row.action.mark) \(row.action.rawValue) \(row.resource.visibleInLine)"
            }
        }
        let causes = rows.map { $0.cause.visibleInLine }
        let headWidth = heads.map(\.count).max() ?? 0
        let causeWidth = zip(rows, causes).filter { !$0.0.after.isEmpty }.map(\.1.count).max() ?? 0
        var lines = zip(rows, zip(heads, causes)).map { row, texts in
            let line = padded(texts.0, headWidth) + "  "
            guard !row.after.isEmpty else { return line + texts.1 }
            let after = row.after.map { "\($0)".visibleInLine }.joined(separator: ", ")
            return line + padded(texts.1, causeWidth) + "  after " + after
        }
        if rows.isEmpty { lines = ["nothing to do"] }
        lines += notes.map { "# \($0.visibleInLine)" }
        return lines.joined(separator: "\n")
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
