internal import Envfile
internal import LinuxSystem
internal import Planning
internal import Store
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// How the steps of `provision` stand in the containers of an environment: what of them `status` shows.
struct StepReports {
    let workspace: Workspace
    /// `nil` where only the records tell of the environment.
    let project: Project?

    /// The steps of each container that has some, in the order of the file.
    func all(_ containers: [ContainerID]) throws -> [String: [StatusReport.Step]] {
        let services = project?.environment.services.filter { !$0.tools.provisioners.isEmpty } ?? []
        guard project == nil || !services.isEmpty else { return [:] }
        let records = try workspace.host.durable.provisionedSteps(environmentID: workspace.id)
        let recorded = Dictionary(grouping: records) { ContainerID(service: $0.service, number: $0.number) }
        var reports: [String: [StatusReport.Step]] = [:]
        for (name, members) in Dictionary(grouping: containers, by: \.service) {
            let steps = services.first { $0.name == name }.map(steps)
            for id in members {
                let records = recorded[id] ?? []
                let report = steps.map { $0.compactMap { $0.report(records) } } ?? records.map(\.report)
                // A service of the file without steps has none to tell of, whatever it had.
                guard !report.isEmpty, project == nil || steps != nil else { continue }
                reports["\(id)"] = report
            }
        }
        return reports
    }

    /// Only what a step with `run: changed` reads tells how it stands.
    private func steps(of service: Service) -> [LookedAtStep] {
        let contents = StepContents(directory: FilePath(project?.environment.directory ?? "/"))
        return service.tools.provisioners.map { step in
            var found: [String: String] = [:]
            var problem: String?
            if step.policy == .changed {
                do throws(StepContents.Problem) {
                    found = try contents.read(step)
                } catch {
                    problem = error.words
                }
            }
            let fingerprint = StepFingerprint(of: step, contents: found)
            return LookedAtStep(step: ProvisionStep(step: step, fingerprint: fingerprint), problem: problem)
        }
    }
}

/// A step with what the host has of it now.
private struct LookedAtStep {
    var step: ProvisionStep
    /// Why what it reads cannot be read.
    var problem: String?

    /// - Returns: `nil` for a step that only runs by its name and has not.
    func report(_ records: [ProvisionedStepRecord]) -> StatusReport.Step? {
        let record = records.first { $0.name == step.step.name }
        if record == nil, step.step.policy == .never { return nil }
        let ran = record?.ranStep
        // What cannot be compared is as it was when it ran.
        let known =
            problem == nil ? step : ProvisionStep(step: step.step, fingerprint: ran?.fingerprint ?? step.fingerprint)
        var report = StatusReport.Step(step.step.name, known.state(ran), record)
        report.problem = problem
        return report
    }
}

extension ProvisionedStepRecord {
    fileprivate var report: StatusReport.Step {
        StatusReport.Step(name, isComplete ? .done : .failed(code: code), self)
    }
}

extension StatusReport.Step {
    fileprivate init(_ name: String, _ state: StepState, _ record: ProvisionedStepRecord?) {
        self.init(name: name, state: .done)
        switch state {
        case .done: break
        case .notRun: self.state = .notRun
        case .failed(let code):
            self.state = .failed
            exitCode = code
        case .changed(let changes):
            self.state = .changed
            self.changes = changes
        }
        sinceSeconds = record.map { (WallClock.nanoseconds - $0.ranAt) / 1_000_000_000 }
    }
}

extension StatusReport.Service {
    /// How the steps of a container stand, such as `done`, `failed at schema (code 3)` or
    /// `schema: input db/002.sql added`.
    package var stepsText: String? {
        guard let steps else { return nil }
        func parts(_ state: StatusReport.Step.State, _ text: (StatusReport.Step) -> String) -> [String] {
            steps.filter { $0.state == state }.map { text($0) + ($0.problem.map { ": \($0)" } ?? "") }
        }
        let failed = parts(.failed) { step in
            step.exitCode.map { "failed at \(step.name) (code \($0))" } ?? "interrupted at \(step.name)"
        }
        if !failed.isEmpty { return failed.joined(separator: "; ") }
        if steps.allSatisfy({ $0.state == .notRun && $0.problem == nil }) { return "never run" }
        let changed = parts(.changed) { "\($0.name): \(StepState.shown($0.changes ?? []))" }
        let due = parts(.notRun) { "\($0.name) has not run" }
        let lost = steps.filter { $0.state == .done }.compactMap { step in
            step.problem.map { "\(step.name): \($0)" }
        }
        let all = changed + due + lost
        return all.isEmpty ? "done" : all.joined(separator: "; ")
    }
}
