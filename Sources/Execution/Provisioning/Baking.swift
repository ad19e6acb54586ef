internal import Envfile
internal import Images
internal import OCI
internal import Planning
package import Vocabulary
package import Workspaces

/// What `bake` makes of a service.
package struct BakeOrder: Sendable, Hashable {
    /// Its key in the Envfile.
    package var service: ServiceName
    /// The name of the new image.
    package var image: String
    /// By which a later `up` recognises the image.
    package var labels: [String: String]
    /// Whether there is an image of this name already.
    package var isThere: Bool
    /// What a user should know, one sentence each.
    package var remarks: [String]
}

/// `bake`.
extension EnvironmentControl {
    /// The services that can be baked, or those that are named: their steps have all run as they are now.
    ///
    /// - Throws: `EngineError.invalidProject` for a service without such steps; `EngineError.provisionFailed` for one with
    ///   steps that are due.
    package func bakeOrders(
        _ project: Project, _ services: [ServiceName], _ workspace: Workspace
    ) throws -> [BakeOrder] {
        let known = project.environment.services
        for name in services where !known.contains(where: { $0.name == name }) {
            throw EngineError.unknownService(name.rawValue, known: known.map(\.name.rawValue))
        }
        let wanted = known.filter { service in
            services.isEmpty
                ? service.tools.provisioners.contains { $0.policy == .once || $0.policy == .changed }
                : services.contains(service.name)
        }
        guard !wanted.isEmpty else {
            throw EngineError(.invalidProject, "No service has steps under `provision` that leave something to bake.")
        }
        var observed = try Observer(workspace: workspace).observe()
        try observed.addProvisioning(of: project, UpOptions(services: wanted.map(\.name)), workspace)
        return try wanted.map { try order($0, observed, workspace) }
    }

    private func order(_ service: Service, _ observed: ObservedState, _ workspace: Workspace) throws -> BakeOrder {
        let id = ContainerID(service: service.name, number: 1)
        guard let container = observed.containers.first(where: { $0.id == id }) else {
            throw EngineError(.notRunning, "`\(service.name)` is not up. Start it with: trice up \(service.name)")
        }
        let steps = ProvisionStep.all(of: service, contents: observed.stepContents[service.name] ?? [:])
        let kept = steps.filter(\.isBaked)
        let ran = observed.provisioned[id]?.steps ?? [:]
        if let due = ProvisionPolicy(.due).due(kept, ran: ran).first {
            throw EngineError(
                .provisionFailed,
                "`\(service.name)` cannot be baked: its step `\(due.step.step.name)` is due (\(due.cause)). Run it with "
                    + "`trice provision \(service.name)`.")
        }
        guard let image = try workspace.host.images.image(id: container.baseImageID ?? container.imageID) else {
            throw EngineError(
                .image,
                "The image that \(id) was made from has no name any more; bring it back with `trice image pull`.")
        }
        let base = try BakedLabel.identity(of: image)
        // What was recorded is what is in the image, also for a step that runs once and reads otherwise by now: such an
        // image would be found by nothing.
        if let changed = kept.first(where: { ran[$0.step.name]?.fingerprint != $0.fingerprint }) {
            throw EngineError(
                .provisionFailed,
                "`\(service.name)` cannot be baked: its step `\(changed.step.name)` ran as it was before. Run it once more with "
                    + "`trice provision \(service.name) --step \(changed.step.name)`.")
        }
        guard let key = BakedImage.key(base: base, steps: steps) else {
            throw EngineError(
                .invalidProject,
                "`\(service.name)` has no steps under `provision` that leave something to bake: a step with `run: once` or `run: "
                    + "changed`.")
        }
        let name = BakedLabel.reference(of: service.name.rawValue, key: key)
        let label = BakedLabel(
            base: base, steps: Dictionary(uniqueKeysWithValues: kept.map { ($0.step.name, $0.fingerprint) }))
        let volumes = service.mounts.filter { mount in
            switch mount.source {
            case .volume, .anonymousVolume: true
            default: false
            }
        }.map(\.target)
        return BakeOrder(
            service: service.name, image: name, labels: [BakedLabel.name: try JSONCoding.text(label)],
            isThere: try workspace.host.images.baked(name) != nil,
            remarks: volumes.isEmpty
                ? []
                : [
                    "\(service.name): what steps wrote to volumes (\(volumes.joined(separator: ", "))) is not in the image. "
                        + "Let such steps have `run: always`."
                ])
    }
}

extension ImageLibrary {
    /// The baked image of that name; `nil` where no image has the name, or one that `bake` did not make.
    func baked(_ name: String) throws -> BakedImage? {
        guard let image = try lookup(try ImageReference(name, relativeTo: "/")), let label = BakedLabel(of: image)
        else {
            return nil
        }
        return BakedImage(reference: name, imageID: "\(image.id)", steps: label.steps)
    }
}
