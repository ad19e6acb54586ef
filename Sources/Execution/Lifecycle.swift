internal import Envfile
internal import LinuxSystem
package import Planning
internal import Store
internal import SupervisorProtocol
package import Vocabulary
package import Workspaces

/// What is asked of containers that are there.
package enum LifecycleChange: Sendable, Hashable {
    /// - Parameter timeout: instead of the containers' own grace periods.
    case stop(timeout: Duration?)
    case start
    /// - Parameter followsDependencies: whether the services that the named ones depend on are started too.
    case restart(timeout: Duration?, followsDependencies: Bool)
    /// Removes those that do not run; with `stopsFirst` all.
    case remove(stopsFirst: Bool, removesVolumes: Bool)
    case signal(Signal)
    case pause
    case resume
}

extension EnvironmentControl {
    /// Changes the containers of services, or of all when none is named. The caller holds the environment's lock.
    ///
    /// - Parameter project: what orders the services; required by `start` and `restart`.
    /// - Returns: the plan as it was carried out.
    /// - Throws: `EngineError.unknownService` for a service that has no container.
    package func change(
        _ change: LifecycleChange, of services: [String], _ identity: EnvironmentTarget, _ workspace: Workspace,
        _ sink: any EventSink
    ) async throws -> Plan {
        let plan = try self.plan(change, of: services, identity, workspace)
        try checkIsUnneeded(change, plan, workspace)
        for note in plan.notes { sink.note(note, isWarning: false) }
        guard !plan.isEmpty else { return plan }
        var images: ProjectImages?
        if let project = identity.project { images = try ProjectImages(project, host: workspace.host) }
        try await execute(plan, try executor(workspace, images, sink), sink)
        return plan
    }

    /// Refuses to stop or remove what other environments use. What is only restarted comes back.
    private func checkIsUnneeded(_ change: LifecycleChange, _ plan: Plan, _ workspace: Workspace) throws {
        switch change {
        case .stop, .remove:
            let stopped = plan.operations.compactMap { planned -> String? in
                switch planned.operation {
                case .stopContainer(let id, _), .removeContainer(let id, _): id.service.rawValue
                default: nil
                }
            }
            try workspace.checkServicesAreUnused(Set(stopped), "Nothing was stopped")
        default: return
        }
    }

    /// The plan of a change; observing starts no process.
    package func plan(
        _ change: LifecycleChange, of services: [String], _ identity: EnvironmentTarget, _ workspace: Workspace
    ) throws -> Plan {
        let environment = identity.project?.environment
        var observed = try Observer(workspace: workspace).observe()
        let names = try Self.services(services, of: observed, identity)
        var options = Reconciler.Options(services: names)
        switch change {
        case .stop(let timeout):
            observed.shorten(timeout)
            return try Reconciler(options: options).haltPlan(environment: environment, observed: observed)
        case .start, .restart:
            guard let environment else {
                throw EngineError(
                    .invalidProject, "Services start only with an Envfile that can be read. Mend it first.")
            }
            options.services = Self.startable(names, of: observed, environment)
            options.recreation = .never
            options.makes = false
            options.followsDependencies = true
            if case .restart(let timeout, let followsDependencies) = change {
                observed.shorten(timeout)
                options.restartsRunning = true
                if followsDependencies { options.services.formUnion(environment.restarted(with: names, in: observed)) }
                options.followsDependencies = followsDependencies
            }
            guard !options.services.isEmpty else { return Plan() }
            return try Reconciler(options: options).plan(desired: environment, observed: observed)
        case .remove(let stopsFirst, let removesVolumes):
            options.renewsVolumes = removesVolumes
            return try Reconciler(options: options).plan(
                .remove(stopsFirst: stopsFirst), environment: environment, observed: observed)
        case .signal(let signal):
            return try Reconciler(options: options).plan(.signal(signal), observed: observed)
        case .pause: return try Reconciler(options: options).plan(.pause, observed: observed)
        case .resume: return try Reconciler(options: options).plan(.resume, observed: observed)
        }
    }

    /// The services that are meant, as the records have them: a container's name means its service.
    private static func services(
        _ names: [String], of observed: ObservedState, _ identity: EnvironmentTarget
    ) throws -> Set<ServiceName> {
        let known = Set(observed.containers.map(\.id.service))
        var found: Set<ServiceName> = []
        for name in names {
            if let service = ServiceName(parsing: name), known.contains(service) {
                found.insert(service)
            } else if let container = observed.containers.first(where: { "\($0.id)" == name }) {
                found.insert(container.id.service)
            } else if identity.project?.serviceNames.contains(name) == true {
                throw EngineError(.notRunning, "`\(name)` has no container. Make one with `trice up \(name)`.")
            } else {
                throw EngineError.unknownService(
                    name, known: Set(known.map(\.rawValue)).union(identity.project?.serviceNames ?? []).sorted())
            }
        }
        return found
    }

    /// The named services that the Envfile has, or all that have a container.
    private static func startable(
        _ names: Set<ServiceName>, of observed: ObservedState, _ environment: Environment
    ) -> Set<ServiceName> {
        let described = Set(environment.services.map(\.name))
        let existing = Set(observed.containers.map(\.id.service))
        return (names.isEmpty ? existing : names).intersection(described)
    }
}

extension ObservedState {
    /// Gives every container this grace period.
    mutating func shorten(_ timeout: Duration?) {
        guard let timeout else { return }
        for index in containers.indices { containers[index].stopGracePeriod = timeout }
    }
}

extension Environment {
    /// The services that run and say `restart: true` of one of these, directly or not.
    fileprivate func restarted(with names: Set<ServiceName>, in observed: ObservedState) -> Set<ServiceName> {
        let running = Set(observed.containers.filter { $0.state == .running }.map(\.id.service))
        var found = names
        while true {
            let more = services.filter { service in
                !found.contains(service.name) && running.contains(service.name)
                    && service.dependencies.contains { $0.restarts && found.contains($0.service) }
            }
            if more.isEmpty { return found.subtracting(names) }
            found.formUnion(more.map(\.name))
        }
    }
}
