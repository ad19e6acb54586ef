internal import Containers
internal import Envfile
internal import Images
internal import OCI
internal import Planning
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

extension ObservedState {
    /// Adds the seeds of services whose volumes are not there yet; looks at nothing where all volumes are there.
    ///
    /// - Parameter images: what the references of the project mean.
    mutating func addSeeds(
        of project: Project, _ options: UpOptions, _ images: ProjectImages, _ workspace: Workspace
    ) throws {
        guard options.oneOff == nil else { return }
        let candidates = project.environment.seedCandidates(scales: options.scales).filter { candidate in
            volumes.isDisjoint(with: candidate.volumes)
                // Steps that are left out, or run by name, make another content.
                && (candidate.service.tools.provisioners.isEmpty || options.provisioning == .due)
                && ([candidate.service] + candidate.service.lifecycle.preStart).allSatisfy {
                    dueBuilds[$0.image] == nil
                }
        }
        guard !candidates.isEmpty else { return }
        let catalog = SeedCatalog(workspace.host)
        for candidate in candidates {
            let service = candidate.service
            guard let digest = try seedDigest(of: service, images, workspace), try hasHealthCheck(service, images)
            else {
                continue
            }
            let isKept = try catalog.find(digest) != nil
            guard isKept || keepsSeeds(options, service, workspace) else { continue }
            seeds[service.name] = ObservedSeed(
                digest: digest, volumes: candidate.volumes, isKept: isKept, isRequested: service.tools.seed == .auto)
        }
    }

    /// The digest of all that decides what the service writes; `nil` where that is not known yet.
    private func seedDigest(
        of service: Service, _ images: ProjectImages, _ workspace: Workspace
    ) throws -> String? {
        let container: DesiredContainer
        do throws(PlanningError) {
            container = try DesiredContainer(service)
        } catch {
            // Planning says what is wrong with it.
            return nil
        }
        var found: [String: Image] = [:]
        for reference in Set(([container] + container.preStart).map(\.image)) {
            found[reference] = try images.lookup(reference)
        }
        if let baked = bakedImages[service.name] {
            found[service.image] = try workspace.host.images.image(id: baked.imageID)
        }
        let steps = ProvisionStep.all(of: service, contents: stepContents[service.name] ?? [:]).map(\.fingerprint)
        return try SeedInputs(container, images: found, provision: steps)?.digest()
    }

    private func hasHealthCheck(_ service: Service, _ images: ProjectImages) throws -> Bool {
        guard let image = try images.lookup(service.image) else { return false }
        return HealthResolution.settings(
            own: service.lifecycle.healthCheck, readiness: service.tools.readiness,
            image: image.configuration.config, addresses: []) != nil
    }

    /// Whether a seed can be kept: the service is waited for, and can be made to stand still.
    private func keepsSeeds(_ options: UpOptions, _ service: Service, _ workspace: Workspace) -> Bool {
        guard options.waits, !options.noStart, workspace.host.seedLimit > 0 else { return false }
        do {
            let runtime = try service.platform.runtime ?? workspace.host.chosenRuntime().path.string
            return try workspace.host.pauseProblem(named: runtime) == nil
        } catch {
            // The check before anything is changed says what is wrong with the runtime.
            return false
        }
    }
}
