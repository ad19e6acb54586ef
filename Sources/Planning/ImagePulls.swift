package import Envfile
package import Vocabulary

/// What there is of the image that a name stands for, as far as pulling goes.
package struct ObservedImage: Hashable, Sendable, Codable {
    package var isPresent: Bool
    /// Whether it comes from a registry; nothing else can be pulled.
    package var isRemote: Bool
    /// Whether the lock says which one it is, so that asking would change nothing.
    package var isPinned: Bool
    /// Since the registry was last asked what the name stands for; `nil` when that is not known.
    package var sinceCheck: Duration?
    /// Whether the store has another image of the name than the lock wants.
    package var differsFromLock: Bool

    package init(
        isPresent: Bool, isRemote: Bool = true, isPinned: Bool = false, sinceCheck: Duration? = nil,
        differsFromLock: Bool = false
    ) {
        self.isPresent = isPresent
        self.isRemote = isRemote
        self.isPinned = isPinned
        self.sinceCheck = sinceCheck
        self.differsFromLock = differsFromLock
    }
}

/// Decides which images the registries are asked about: `pull_policy`.
package struct ImagePulls: Hashable, Sendable {
    /// Instead of every service's own policy.
    package var policy: PullPolicy?
    /// The services asked for; empty for all that start by themselves.
    package var services: Set<ServiceName>
    /// Whether the services that these depend on count too.
    package var includesDependencies: Bool
    /// Whether what is missing is brought too; the plan of `up` does that by itself.
    package var bringsMissing: Bool
    /// Whether jobs count too that are only started by hand, which `up` leaves alone.
    package var includesJobs: Bool
    /// Whether what the lock says is asked about all the same.
    package var ignoresLock: Bool

    package init(
        policy: PullPolicy? = nil, services: Set<ServiceName> = [], includesDependencies: Bool = true,
        bringsMissing: Bool = false, includesJobs: Bool = false, ignoresLock: Bool = false
    ) {
        self.policy = policy
        self.services = services
        self.includesDependencies = includesDependencies
        self.bringsMissing = bringsMissing
        self.includesJobs = includesJobs
        self.ignoresLock = ignoresLock
    }

    /// The operations, one for each image to ask about.
    ///
    /// - Throws: `imageMissing` for an image that is not there and may not be pulled; as `Reconciler.plan` else.
    package func plan(
        _ environment: Environment, observed: [String: ObservedImage]
    ) throws(PlanningError) -> Plan {
        let wanted = try wanted(of: environment)
        var builder = PlanBuilder(.pull)
        var planned: Set<String> = []
        for service in wanted {
            guard service.build == nil, let image = observed[service.image], !planned.contains(service.image) else {
                continue
            }
            if !image.isPresent, bringsMissing, !(ignoresLock && image.isRemote) {
                planned.insert(service.image)
                _ = builder.add(.ensureImage(reference: service.image), cause: "not in the store")
            } else if let cause = try cause(service, image) {
                planned.insert(service.image)
                _ = builder.add(.pullImage(reference: service.image), cause: cause)
            }
        }
        return try builder.build()
    }

    /// The services, steps and jobs whose images count.
    private func wanted(of environment: Environment) throws(PlanningError) -> [Service] {
        let all = includesJobs ? environment.jobs : []
        let jobs = services.isEmpty ? all : all.filter { services.contains($0.name) }
        var roots = services.subtracting(jobs.map(\.name))
        if includesDependencies { roots.formUnion(jobs.flatMap(\.dependencies).map(\.service)) }
        // Only jobs were asked for, and they need no service.
        if roots.isEmpty, !services.isEmpty { return jobs }
        let selection = services.isEmpty ? [] : roots
        return try DesiredState(environment: environment, options: Reconciler.Options(services: selection)).workloads
            .filter { includesDependencies || services.isEmpty || services.contains($0.name) } + jobs
    }

    /// The operations that bring images by name, those that are here already too.
    package static func plan(_ references: [String]) throws(PlanningError) -> Plan {
        var builder = PlanBuilder(.pull)
        for reference in Set(references) {
            _ = builder.add(.pullImage(reference: reference), cause: "asked for")
        }
        return try builder.build()
    }

    /// Why a registry is asked about the image of a service; `nil` when it is not.
    ///
    /// - Throws: `imageMissing` for an image that is not there and may not be pulled.
    func cause(_ service: Service, _ image: ObservedImage) throws(PlanningError) -> String? {
        let policy = policy ?? service.lifecycle.pullPolicy ?? .missing
        guard image.isPresent || ignoresLock else {
            if policy != .never { return nil }
            guard image.isRemote else { return nil }
            if image.differsFromLock {
                throw PlanningError(
                    .imageMissing,
                    "Service \(service.name) needs the image \(service.image) that `Envfile.lock` names; the store has another "
                        + "one of this name, and the service's pull policy is never. Move the lock to the newest image with "
                        + "`trice upgrade \(service.name)`, or pull the locked one with `trice pull \(service.name)`.")
            }
            throw PlanningError(
                .imageMissing,
                "Service \(service.name) needs the image \(service.image), which is not in the store, and its pull "
                    + "policy is never. Pull it with `trice image pull \(service.image)`.")
        }
        guard image.isRemote, !image.isPinned || ignoresLock else { return nil }
        if policy == .always { return "pull policy is always" }
        guard let interval = policy.interval(refreshAfter: service.lifecycle.pullRefreshAfter) else { return nil }
        guard let age = image.sinceCheck else { return "not known when it was pulled" }
        return age >= interval ? "pull policy is \(policy.text)" : nil
    }
}
