package import Envfile
import Vocabulary

/// What there is of the image that a name stands for, as far as pulling goes.
package struct ObservedImage: Hashable, Sendable, Codable {
    package var isPresent: Bool
    /// Whether it comes from a registry; nothing else can be pulled.
    package var isRemote: Bool
    /// Whether the lock says which one it is, so that asking would change nothing.
    package var isPinned: Bool
    /// Since the registry was last asked what the name stands for; `nil` when that is not known.
    package var sinceCheck: Duration?

    package init(isPresent: Bool, isRemote: Bool = true, isPinned: Bool = false, sinceCheck: Duration? = nil) {
        self.isPresent = isPresent
        self.isRemote = isRemote
        self.isPinned = isPinned
        self.sinceCheck = sinceCheck
    }
}

/// Decides which images the registries are asked about before anything else is planned: `pull_policy`.
///
package struct ImagePulls: Hashable, Sendable {
    /// Instead of every service's own policy.
    package var policy: PullPolicy?
    /// The services asked for; empty for all that start by themselves.
    package var services: Set<String>
    /// Whether the services that these depend on count too.
    package var includesDependencies: Bool
    /// Whether what is missing is brought too; the plan of `up` does that by itself.
    package var bringsMissing: Bool
    /// Whether what the lock says is asked about all the same.
    package var ignoresLock: Bool

    package init(
        policy: PullPolicy? = nil, services: Set<String> = [], includesDependencies: Bool = true,
        bringsMissing: Bool = false, ignoresLock: Bool = false
    ) {
        self.policy = policy
        self.services = services
        self.includesDependencies = includesDependencies
        self.bringsMissing = bringsMissing
        self.ignoresLock = ignoresLock
    }

    /// The operations, one for each image to ask about.
    ///
    /// - Throws: `imageMissing` for an image that is not there and may not be pulled; as `Reconciler.plan` else.
    package func plan(
        _ environment: Environment, observed: [String: ObservedImage]
    ) throws(PlanningError) -> Plan {
        let wanted = try DesiredState(environment: environment, selection: services).services
            .filter { includesDependencies || services.isEmpty || services.contains($0.name) }
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

    /// The operations that bring images by name, those that are here already too.
    package static func plan(_ references: [String]) throws(PlanningError) -> Plan {
        var builder = PlanBuilder(.pull)
        for reference in Set(references) {
            _ = builder.add(.pullImage(reference: reference), cause: "asked for")
        }
        return try builder.build()
    }

    private func cause(_ service: Service, _ image: ObservedImage) throws(PlanningError) -> String? {
        let policy = policy ?? service.lifecycle.pullPolicy ?? .missing
        guard image.isPresent || ignoresLock else {
            if policy != .never { return nil }
            guard image.isRemote else { return nil }
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
