internal import Envfile
internal import Images
internal import LinuxSystem
internal import OCI
internal import Planning
internal import SystemPackage
package import Vocabulary
package import Workspaces

/// Where the baked images of a project are, as its services are now.
struct BakedPlaces {
    let images: ProjectImages

    struct Place {
        var tag: BakedTag
        /// Its name in the store.
        var name: String
        /// Where the lock says that a registry has it, with its digest.
        var remote: String?
        /// The steps whose effect is in it.
        var steps: [String: StepFingerprint]
    }

    /// - Parameter contents: the digests of what the steps read on the host, by step and part.
    /// - Returns: `nil` for a service without steps that leave something, and for one whose image is not in the store.
    func place(of service: Service, contents: [String: [String: String]]) throws -> Place? {
        let steps = ProvisionStep.all(of: service, contents: contents)
        guard steps.contains(where: \.isBaked), let image = try images.lookup(service.image),
            let key = BakedImage.key(base: try BakedLabel.identity(of: image), steps: steps)
        else { return nil }
        let tag = BakedTag(service: service.name.rawValue, key: key)
        let remote = images.lock.baked.sorted { $0.key < $1.key }.first { BakedTag(ofReference: $0.key) == tag }
        let kept = steps.filter(\.isBaked).map { ($0.step.name, $0.fingerprint) }
        return Place(
            tag: tag, name: BakedLabel.reference(of: service.name.rawValue, key: key),
            remote: remote.map { "\($0.key)@\($0.value)" }, steps: Dictionary(uniqueKeysWithValues: kept))
    }

    /// Brings a baked image from a registry and gives it its name in the store. Where that fails the user is told, and steps run.
    ///
    /// - Throws: ECANCELED when the work was cancelled.
    func bring(_ baked: BakedImage, from source: String, _ reporter: Reporter, _ sink: any EventSink) throws {
        let name = source.prefix { $0 != "@" }
        do {
            _ = try images.ensure(source) { reporter.send($0) }
            let entry = try images.host.images.find(source, relativeTo: "/")
            guard BakedLabel(of: entry.image)?.steps == baked.steps else {
                throw EngineError(.image, "It was not baked with these steps.")
            }
            try images.host.images.tag(entry, as: try Reference(baked.reference))
        } catch {
            try Cancellation.check(source)
            sink.note(
                "the baked image \(name), which Envfile.lock names, could not be brought, so the steps run instead: "
                    + ErrorReport(of: error).message, isWarning: true)
        }
    }
}

/// A baked image that `push` sends.
package struct StoredBakedImage: Sendable, Hashable {
    /// The service's key in the Envfile.
    package var service: ServiceName
    /// Its service and key, as a registry names it.
    package var tag: BakedTag
    /// Its name in the store.
    package var name: String
}

/// `push --baked`.
extension EnvironmentControl {
    /// The baked images of services as these are now; of all services when none is named.
    ///
    /// - Parameter isStrict: whether it is an error that one is missing; else it is left out.
    /// - Throws: `EngineError.invalidProject` for a service without steps that leave something to bake.
    package func bakedImages(
        _ project: Project, _ services: [ServiceName], isStrict: Bool
    ) throws -> [StoredBakedImage] {
        let all = project.environment.services
        for name in services where !all.contains(where: { $0.name == name }) {
            throw EngineError.unknownService(name.rawValue, known: all.map(\.name.rawValue))
        }
        let chosen = all.filter { service in
            (services.isEmpty || services.contains(service.name))
                && service.tools.provisioners.contains { $0.policy == .once || $0.policy == .changed }
        }
        guard !chosen.isEmpty || !isStrict else {
            throw EngineError(.invalidProject, "No service has steps under `provision` that leave something to bake.")
        }
        let host = try context.host()
        let places = BakedPlaces(images: try ProjectImages(project, host: host))
        let contents = try StepContents(directory: FilePath(project.environment.directory)).read(chosen)
        return try chosen.compactMap { service in
            if let place = try places.place(of: service, contents: contents.digests[service.name] ?? [:]),
                try host.images.baked(place.name) != nil
            {
                return StoredBakedImage(service: service.name, tag: place.tag, name: place.name)
            }
            guard isStrict else { return nil }
            throw EngineError(
                .image,
                "There is no baked image of `\(service.name)` as it is now. Make it with `trice bake \(service.name)`.")
        }
    }
}
