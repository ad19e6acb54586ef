internal import Envfile
internal import LinuxSystem
internal import Planning
internal import Store
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

extension ObservedState {
    /// Adds what planning has to know of `provision`; reads nothing where no service has steps or none is asked for.
    ///
    /// - Parameter offersBaked: whether baked images that only a registry has count, too.
    /// - Throws: `EngineError.invalidProject` for what would make a step fail; `EngineError.unknownService` for a name that
    ///   no step has.
    mutating func addProvisioning(
        of project: Project, _ options: UpOptions, _ workspace: Workspace, offersBaked: Bool = false
    ) throws {
        guard options.provisioning != .none, !options.noStart else { return }
        let environment = project.environment
        let selected = Set(project.withDependencies(options.services))
        let services = environment.services.filter {
            !$0.tools.provisioners.isEmpty && (options.services.isEmpty || selected.contains($0.name))
        }
        try Self.checkNames(options.provisioning, services)
        guard !services.isEmpty else { return }
        let contents = try StepContents(directory: FilePath(environment.directory)).read(services)
        stepContents = contents.digests
        provisionRemarks = contents.remarks
        provisioned = try Self.provisioned(workspace)
        let places = BakedPlaces(images: try ProjectImages(project, host: workspace.host))
        for service in services {
            guard let place = try places.place(of: service, contents: stepContents[service.name] ?? [:]) else {
                continue
            }
            if let baked = try workspace.host.images.baked(place.name) {
                bakedImages[service.name] = baked
            } else if offersBaked, options.pullPolicy != .never, let remote = place.remote {
                // Its id is known when it is here.
                bakedImages[service.name] = BakedImage(reference: place.name, imageID: "", steps: place.steps)
                bakedOffers[service.name] = remote
            }
        }
    }

    private static func checkNames(_ request: ProvisionRequest, _ services: [Service]) throws {
        guard case .named(let names) = request else { return }
        let steps = services.flatMap(\.tools.provisioners)
        guard let unknown = names.sorted().first(where: { name in !steps.contains { $0.isCalled(name) } }) else {
            return
        }
        let known = Set(steps.map(\.name)).sorted().map { "`\($0)`" }
        throw EngineError(
            .unknownService,
            "There is no step `\(unknown)`. "
                + (known.isEmpty
                    ? "The services have no steps under `provision`." : "There are: \(known.joined(separator: ", "))."))
    }

    /// What has run, by container.
    private static func provisioned(_ workspace: Workspace) throws -> [ContainerID: ProvisionedContainer] {
        let records = try workspace.host.durable.provisionedSteps(environmentID: workspace.id)
        let grouped = Dictionary(grouping: records) { ContainerID(service: $0.service, number: $0.number) }
        return try Dictionary(
            uniqueKeysWithValues: grouped.map { id, records in
                let state = workspace.stateDirectory(of: id)
                let origin = Files.exists(state.appending("upper")) ? try ContainerOrigin.read(in: state) : nil
                let steps = records.compactMap { record in record.ranStep.map { (record.name, $0) } }
                return (
                    id, ProvisionedContainer(imageID: origin?.imageID, steps: Dictionary(uniqueKeysWithValues: steps))
                )
            })
    }
}

extension ProvisionedStepRecord {
    /// What planning knows of the step; `nil` for a record that cannot be read, which counts as none: the step runs again.
    var ranStep: RanStep? {
        guard let fingerprint = try? JSONCoding.decode(StepFingerprint.self, from: fingerprint) else { return nil }
        return RanStep(fingerprint: fingerprint, isComplete: isComplete, code: code)
    }
}
