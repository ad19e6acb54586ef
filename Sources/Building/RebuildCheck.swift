internal import Builder
internal import Envfile
package import Workspaces

/// What `plan` tells of builds, without building.
extension ImageBuilds {
    /// What is known of builds before they are done.
    package struct RebuildCheck {
        /// Why images that are here would be built anew; by reference.
        package var reasons: [String: String] = [:]
        package var notes: [String] = []
    }

    /// Looks which of the images that `up` looks after would not come out of the cache.
    package func dueBuilds(_ project: Project, _ options: UpOptions, _ images: ProjectImages) async throws
        -> RebuildCheck
    {
        let names = try project.servicesToBuild(options, images)
        guard !names.isEmpty else { return RebuildCheck() }
        var bases = BuildBases(host: images.host, images: images, sink: NoSink())
        bases.dryRun = true
        return try await withIdleBuilder(bases) { try await dueBuilds(project, names, images, $0) }
    }

    private func dueBuilds(
        _ project: Project, _ names: Set<String>, _ images: ProjectImages, _ builder: Builder
    ) async throws -> RebuildCheck {
        var due = RebuildCheck()
        for service in project.environment.services.sorted(by: { $0.name < $1.name }) where names.contains(service.name)
        {
            guard try images.lookup(service.image) != nil else {
                due.notes.append("service \(service.name): `up` will build its image")
                continue
            }
            let requests = try buildRequests(project, services: [service.name])
            guard !requests.contains(where: \.hasRemoteContext) else {
                due.notes.append(
                    "service \(service.name): `up` will look whether its build's git repository has changed")
                continue
            }
            do {
                _ = try await builder.build(requests, options: BuildOptions(dryRun: true))
            } catch let found as RebuildReason {
                due.reasons[service.image] = found.reason
            } catch {
                throw located(error)
            }
        }
        return due
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
