import Envfile
internal import Vocabulary

/// Images: asked about, built or brought before anything that uses them is touched.
extension Reconciliation {
    /// - Throws: `imageMissing` for an image that is not there and may not be pulled.
    mutating func bringImages() throws(PlanningError) {
        let pulls = ImagePulls(policy: options.pullPolicy)
        for service in desired.workloads where images[service.image] == nil {
            if let due = observed.dueBuilds[service.image] {
                images[service.image] = builder.add(
                    .buildImage(reference: service.image, service: due.service, isDue: due.isCertain),
                    cause: due.cause)
                if !due.isCertain { noteWhatMayChange(service.image) }
                noteBuild(due.service, service.image)
            } else if service.build == nil, let image = observed.imageSources[service.image],
                let cause = try pulls.cause(service, image)
            {
                images[service.image] = builder.add(.pullImage(reference: service.image), cause: cause)
                noteWhatMayChange(service.image)
            }
        }
        for service in desired.services where observed.images[service.image] == nil && images[service.image] == nil {
            let isUsed = desired.containers(of: service).contains { containerDecisions[$0.id]?.creates == true }
            guard isUsed else { continue }
            let operation =
                service.build == nil
                ? Operation.ensureImage(reference: service.image)
                : .buildImage(reference: service.image, service: service.name, isDue: true)
            images[service.image] = builder.add(operation, cause: "not in the store")
            if service.build != nil { noteBuild(service.name, service.image) }
        }
        for image in Set(dueSteps.values.joined().map(\.image)).sorted()
        where observed.images[image] == nil && images[image] == nil {
            let operation =
                desired.services.first { $0.build != nil && $0.image == image }.map {
                    Operation.buildImage(reference: image, service: $0.name, isDue: true)
                } ?? .ensureImage(reference: image)
            images[image] = builder.add(operation, cause: "not in the store")
        }
        for service in desired.services { bringBaked(service) }
    }

    /// The baked image that containers of the service begin with, where only a registry has it.
    private mutating func bringBaked(_ service: Service) {
        guard let source = observed.bakedOffers[service.name], let baked = observed.bakedImages[service.name] else {
            return
        }
        let begin = desired.containers(of: service).filter { container in
            containerDecisions[container.id]?.creates == true && bakedImage(for: container, of: service) != nil
        }
        guard !begin.isEmpty else { return }
        bakedPulls[service.name] = builder.add(
            .bringBaked(baked, from: source), cause: "has what the steps of \(service.name) do")
    }

    /// What is built for the first time has no reason that the cache could tell.
    private mutating func noteBuild(_ service: ServiceName, _ image: String) {
        guard observed.images[image] == nil else { return }
        builder.notes.append("service \(service): `up` will build its image")
    }

    /// What is decided only when it is known whether the image has changed.
    private mutating func noteWhatMayChange(_ image: String) {
        guard options.recreation != .never else { return }
        for service in desired.services where service.image == image {
            for container in desired.containers(of: service) where containers[container.id] != nil {
                guard containerDecisions[container.id]?.creates == false else { continue }
                builder.notes.append("container \(container.id) is recreated if image \(image) has changed")
            }
        }
    }
}
