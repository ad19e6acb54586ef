internal import Diagnostics
internal import Vocabulary

/// Checks `depends_on` across services: that the other services take part, and that there is no cycle.
struct DependencyCheck {
    let selection: ServiceSelection
    let report: DiagnosticCollector
    /// Whether an impossible dependency is an error; otherwise dependencies are used unchanged.
    var isStrict = true

    /// The dependencies of every active service that can be met, by service name.
    func resolved() -> [ServiceName: [Dependency]] {
        let names = Set(selection.active.map(\.name))
        var result: [ServiceName: [Dependency]] = [:]
        for service in selection.active {
            result[service.name] = service.dependencies.filter { check($0, of: service, among: names) }.map(\.value)
                .sorted { $0.service < $1.service }
        }
        if isStrict { reportCycles(result) }
        return result
    }

    /// The dependencies of jobs that can be met, by the job's name; no service depends on a job.
    func resolved(of jobs: [ServiceDraft]) -> [ServiceName: [Dependency]] {
        let names = Set(selection.active.map(\.name))
        let pairs = jobs.map { job in
            (
                job.name,
                job.dependencies.filter { check($0, of: job, among: names) }.map(\.value)
                    .sorted { $0.service < $1.service }
            )
        }
        return Dictionary(pairs) { first, _ in first }
    }

    private func check(_ dependency: Located<Dependency>, of service: ServiceDraft, among names: Set<ServiceName>)
        -> Bool
    {
        let other = dependency.value.service
        if !isStrict { return true }
        if names.contains(other) {
            checkHealth(dependency, of: service)
            return true
        }
        let problem: String
        let hint: String?
        if let inactive = selection.inactive(other) {
            let profiles = inactive.profiles.map { "`\($0)`" }.joined(separator: ", ")
            problem = "\(service.path) depends on `\(other)`, whose profiles (\(profiles)) are not active"
            hint = inactive.profiles.first.map { "activate one: `--profile \($0)`" }
        } else {
            problem = "\(service.path) depends on `\(other)`, which is not defined"
            hint = Suggestion.hint(for: other, in: names)
        }
        if dependency.value.isRequired {
            report.error(problem, at: dependency.mark, path: dependency.path, hint: hint)
        } else {
            report.warning("\(problem); it is not required", at: dependency.mark, path: dependency.path, hint: hint)
        }
        return false
    }

    /// The check of an image is not known here: `up` looks at it.
    private func checkHealth(_ dependency: Located<Dependency>, of service: ServiceDraft) {
        guard dependency.value.condition == .healthy,
            let other = selection.active.first(where: { $0.name == dependency.value.service }),
            other.service.tools.readiness == nil, let check = other.service.lifecycle.healthCheck,
            check.isDisabled || check.test == .off
        else { return }
        report.error(
            "\(service.path) waits until `\(other.name)` is healthy, whose health check is switched off",
            at: dependency.mark, path: dependency.path,
            hint: "give `\(other.name)` a `healthcheck` or a `wait`, or wait for `service_started`")
    }

    /// Reports each cycle once, as `a -> b -> a`, at the entry that closes it.
    private func reportCycles(_ dependencies: [ServiceName: [Dependency]]) {
        var finished: Set<ServiceName> = []
        for service in selection.active.sorted(by: { $0.name < $1.name }) where !finished.contains(service.name) {
            var stack = [(name: service.name, next: 0)]
            var trail = [service.name: 0]
            while let top = stack.last {
                let others = dependencies[top.name] ?? []
                guard top.next < others.count else {
                    finished.insert(top.name)
                    trail[top.name] = nil
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].next += 1
                let other = others[top.next].service
                if let start = trail[other] {
                    report(cycle: stack[start...].map(\.name) + [other], closedBy: top.name)
                } else if !finished.contains(other) {
                    trail[other] = stack.count
                    stack.append((other, 0))
                }
            }
        }
    }

    private func report(cycle: [ServiceName], closedBy name: ServiceName) {
        guard let service = selection.active.first(where: { $0.name == name }),
            let entry = service.dependencies.first(where: { $0.value.service == cycle.last })
        else { return }
        report.error(
            "services depend on each other in a circle: \(cycle.joined(separator: " -> "))", at: entry.mark,
            path: entry.path, hint: "remove one of these dependencies")
    }
}
