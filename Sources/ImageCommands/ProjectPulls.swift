package import Envfile
package import Execution
internal import Images
internal import LinuxSystem
internal import OCI
package import Planning
package import Vocabulary
package import Workspaces

/// What `pull` and `upgrade` were asked.
package struct PullOptions: Sendable {
    package var services: [ServiceName]
    /// `missing` brings what is not here and asks about nothing else.
    package var policy: PullPolicy
    package var includesDependencies: Bool
    package var isFrozen: Bool

    package init(
        services: [ServiceName] = [], policy: PullPolicy = .always, includesDependencies: Bool = false,
        isFrozen: Bool = false
    ) {
        self.services = services
        self.policy = policy
        self.includesDependencies = includesDependencies
        self.isFrozen = isFrozen
    }
}

/// An image of the lock and what the registry has under its name.
package struct OutdatedReport: Sendable, Encodable {
    /// One image of the report.
    package struct Row: Sendable, Encodable {
        package var image: String
        package var services: [String]
        /// What the lock says, or else what is in the store.
        package var current: String?
        package var latest: String?
        /// Why the registry did not tell.
        package var error: String?

        package var isOutdated: Bool { latest != nil && latest != current }
    }

    package var images: [Row]
}

/// A lock entry that was moved.
package struct UpgradeReport: Sendable, Encodable {
    /// One image of the report.
    package struct Row: Sendable, Encodable {
        package var image: String
        package var old: String?
        package var new: String
    }

    package var images: [Row]
}

/// `pull`, `outdated` and `upgrade`: the images of a project and its lock.
extension ImageAdministration {
    /// Brings the images of services and jobs into the store and locks what is not locked yet.
    package func pull(_ project: Project, _ options: PullOptions, sink: any EventSink) async throws {
        let images = try ProjectImages(project, host: try host())
        let lock = ProjectLock(project: project, images: images)
        let protection = try images.host.images.store.protect()
        if options.isFrozen { try lock.checkFrozen(project.environment.workloads) }
        let plan = try ImagePulls(
            policy: options.policy, services: Set(options.services),
            includesDependencies: options.includesDependencies, bringsMissing: true, includesJobs: true
        ).plan(project.environment, observed: images.observe(project.environment.workloads))
        if plan.isEmpty { sink.note("every image is here, as the lock says", isWarning: false) }
        try await pull(plan, images, sink)
        try lock.update(project.environment.workloads.map(\.image), sink: sink)
        _ = consume protection
    }

    /// Brings what the registries have now and moves the lock to it.
    package func upgrade(
        _ project: Project, services: [ServiceName], sink: any EventSink
    ) async throws -> UpgradeReport {
        let images = try ProjectImages(project, host: try host())
        let protection = try images.host.images.store.protect()
        let plan = try ImagePulls(
            policy: .always, services: Set(services), includesDependencies: false, bringsMissing: true,
            includesJobs: true, ignoresLock: true
        ).plan(project.environment, observed: images.observe(project.environment.workloads))
        try await pull(plan, images, sink)
        var texts = plan.operations.compactMap { planned in
            if case .pullImage(let text) = planned.operation { text } else { nil }
        }
        let lock = ProjectLock(project: project, images: images)
        let made = try project.environment.workloads.filter { service in
            service.build == nil && (services.isEmpty || services.contains(service.name))
        }.compactMap { try ProjectLock.bootstrap($0.image) }
        try await pull(ImagePulls.plan(made), images, sink)
        texts += made
        if services.isEmpty {
            let bases = try lock.bases().map(\.description)
            try await pull(ImagePulls.plan(bases), images, sink)
            texts += bases
        }
        let moved = try lock.update(texts, moving: true, sink: sink)
        _ = consume protection
        return UpgradeReport(images: moved.map { UpgradeReport.Row(image: $0.name, old: $0.old, new: $0.new) })
    }

    /// Sends the images that the project builds to the registries that their names say.
    ///
    /// - Throws: `EngineError.invalidProject` where the project has no such image, or one has a name of the project alone.
    package func push(_ project: Project, services: [ServiceName], sink: any EventSink) async throws -> [String] {
        let built = project.environment.services.filter { service in
            service.build != nil && (services.isEmpty || services.contains(service.name))
        }
        guard !built.isEmpty else {
            throw EngineError(
                .invalidProject,
                "No service \(services.isEmpty ? "" : "of these ")has a `build:`, so there is nothing of this project to "
                    + "push. `trice image push NAME` pushes any image.")
        }
        if let nameless = built.first(where: { !$0.isImageGiven }) {
            throw EngineError(
                .invalidProject,
                "The image of \(nameless.name) has no name that a registry knows: add `image: REGISTRY/NAME` beside its "
                    + "`build:`.")
        }
        let names = built.flatMap { [$0.image] + ($0.build?.tags ?? []) }
        try await pushImages(names, sink: sink)
        return names
    }

    /// Sends baked images to one repository of a registry, each with its own tag, and names them in the lock.
    ///
    /// - Returns: their references.
    /// - Throws: `EngineError.invalidProject` for what is no repository.
    package func push(
        _ baked: [StoredBakedImage], of project: Project, to repository: String, sink: any EventSink
    ) async throws -> [String] {
        let last = repository.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        guard repository.contains("/"), !last.contains(":"), !repository.contains("@") else {
            throw EngineError(
                .invalidProject,
                "`\(repository)` is no repository of a registry: it has the form `REGISTRY/PATH`, such as "
                    + "`registry.example/team/shop`, without a tag.")
        }
        let host = try host()
        var names: [String] = []
        for image in baked {
            let reference = try Reference("\(repository):\(image.tag)")
            try host.images.tag(try host.images.find(image.name, relativeTo: "/"), as: reference)
            names.append(reference.description)
        }
        try await pushImages(names, sink: sink)
        var entries: [BakedTag: (reference: String, digest: String)] = [:]
        for (image, name) in zip(baked, names) {
            let manifest = try host.images.packed(try host.images.find(name, relativeTo: "/"))
            entries[image.tag] = (name, "\(manifest.digest)")
        }
        try ProjectLock(project: project, images: try ProjectImages(project, host: host)).setBaked(entries)
        return names
    }

    /// The repository to which baked images were sent before: that of the lock.
    package func bakedRepository(_ project: Project) throws -> String? {
        let lock = try ProjectImages(project, host: try host()).lock
        return lock.baked.keys.min().flatMap { name in name.lastIndex(of: ":").map { String(name[..<$0]) } }
    }

    /// What each image of the project is and what it would be after `upgrade`.
    package func outdated(_ project: Project) throws -> OutdatedReport {
        let images = try ProjectImages(project, host: try host())
        var users: [Reference: [String]] = [:]
        for service in project.environment.workloads where service.build == nil {
            guard case .registry(let reference) = try ImageReference(service.image, relativeTo: images.directory),
                reference.digest == nil
            else { continue }
            if users[reference]?.contains(service.name.rawValue) != true {
                users[reference, default: []].append(service.name.rawValue)
            }
        }
        for base in try ProjectLock(project: project, images: images).bases() where users[base] == nil {
            users[base] = []
        }
        let answers = try images.host.images.store.resolve(users.keys.sorted { $0.description < $1.description })
        let rows = try users.map { reference, services in
            let stored = try images.host.images.lookup(.registry(reference))?.repositoryDigest?.description
            var row = OutdatedReport.Row(
                image: reference.familiar, services: services.sorted(),
                current: images.lock.images[reference.description] ?? stored)
            switch answers[reference] {
            case .success(let descriptor): row.latest = descriptor.digest.description
            case .failure(let failure): row.error = failure.message
            case nil: row.error = "the registry was not asked"
            }
            return row
        }
        return OutdatedReport(images: rows.sorted { $0.image < $1.image })
    }

    /// Carries out a plan of pulls.
    package func pull(_ plan: Plan, _ images: ProjectImages, _ sink: any EventSink) async throws {
        guard !plan.isEmpty else { return }
        try await PlanExecutor(plan: plan, sink: sink).run { planned, reporter in
            switch planned.operation {
            case .pullImage(let reference): _ = try images.pull(reference) { reporter.send($0) }
            case .ensureImage(let reference): _ = try images.ensure(reference) { reporter.send($0) }
            default: throw EngineError(.planFailed, "A plan of pulls holds \(planned.operation.verb).")
            }
        }
    }
}
