internal import Builder
internal import Envfile
package import Planning
internal import Vocabulary
package import Workspaces

/// What is known of builds before they are done: the way on which `plan` and `up` learn it.
extension ImageBuilds {
    /// What is to be built, as far as it is known without building.
    package struct RebuildCheck {
        /// The builds that have to be done or looked at; by the reference of the image.
        package var due: [String: DueBuild] = [:]
        /// The references of the images that the builds would start from, as far as they were looked at.
        package var bases: [String] = []
    }

    /// Looks which of the images that `up` looks after would not come out of the cache.
    ///
    /// - Throws: `EngineError.image` for one that is not there and that `options` forbid to build.
    package func dueBuilds(
        _ project: Project, _ options: UpOptions, _ images: ProjectImages
    ) async throws -> RebuildCheck {
        let names = try project.servicesToBuild(options, images)
        guard !names.isEmpty else { return RebuildCheck() }
        try project.checkBuilds()
        if options.builds == false {
            let services = names.sorted()
            throw EngineError(
                .image,
                "The image of \(services.joined(separator: ", ")) has not been built, and --no-build forbids it. Build "
                    + "it with: trice build \(services.joined(separator: " "))")
        }
        var check = RebuildCheck()
        var local: [Service] = []
        for service in project.environment.services.sorted(by: { $0.name < $1.name }) where names.contains(service.name)
        {
            if try images.lookup(service.image) == nil {
                check.due[service.image] = DueBuild(service: service.name, cause: "not in the store")
            } else if try buildRequests(project, services: [service.name]).contains(where: \.hasRemoteContext) {
                check.due[service.image] = DueBuild(
                    service: service.name, cause: "its build's source may have changed", isCertain: false)
            } else {
                local.append(service)
            }
        }
        guard !local.isEmpty else { return check }
        var bases = BuildBases(host: images.host, images: images, sink: NoSink())
        bases.dryRun = true
        bases.isFrozen = options.isFrozen
        try await withIdleBuilder(bases) { try await look(project, local, &check, $0) }
        check.bases = bases.used.all
        return check
    }

    /// Looks at the builds that the cache can tell about.
    private func look(
        _ project: Project, _ services: [Service], _ check: inout RebuildCheck, _ builder: Builder
    ) async throws {
        // Mostly there is nothing to do, and one look at all shares what they have in common.
        if services.count > 1, try await reason(project, services, builder) == nil { return }
        for service in services {
            guard let reason = try await reason(project, [service], builder) else { continue }
            check.due[service.image] = DueBuild(service: service.name, cause: reason)
        }
    }

    /// Why the builds of these services have something to do; `nil` when they have not.
    private func reason(_ project: Project, _ services: [Service], _ builder: Builder) async throws -> String? {
        do {
            _ = try await builder.build(
                try buildRequests(project, services: Set(services.map(\.name))), options: BuildOptions(dryRun: true))
            return nil
        } catch let found as RebuildReason {
            return found.reason
        } catch {
            throw located(error)
        }
    }
}

extension BuildRequest {
    fileprivate var hasRemoteContext: Bool {
        ([context] + additionalContexts.values).contains { source in
            switch source {
            case .directory, .image, .build: false
            default: true
            }
        }
    }
}
