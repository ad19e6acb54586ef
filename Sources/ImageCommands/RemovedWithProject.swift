internal import Envfile
internal import Images
internal import OCI
internal import Store
package import Workspaces

/// `down --rmi`.
extension ImageAdministration {
    /// Takes the names of a project's images away; an image that another environment still needs keeps its name, and a
    /// warning says so.
    package func removeImages(
        of project: Project, _ removal: DownOptions.ImageRemoval, _ host: Host, _ sink: any EventSink
    ) throws {
        let containers = try host.runtime.containers()
        for name in try project.imagesToRemove(removal) {
            let reference = try ImageReference(name, relativeTo: project.environment.directory)
            // One that was never built or pulled is gone already.
            guard let image = try host.images.lookup(reference) else { continue }
            let users = containers.filter { $0.imageID == "\(image.id)" }
                .map { "\($0.environmentID)/\($0.service)-\($0.number)" }
            // By another of its names they have it all the same.
            let hasOtherName = try host.images.list().contains {
                $0.image.id == image.id && $0.reference != reference.description
            }
            guard users.isEmpty || hasOtherName else {
                sink.note("image \(name) is kept: \(users.joined(separator: ", ")) uses it", isWarning: true)
                continue
            }
            if try host.images.remove(named: reference.description) {
                sink.note("image \(name): removed", isWarning: false)
            }
        }
    }
}

extension Project {
    /// Sorted, each once.
    fileprivate func imagesToRemove(_ removal: DownOptions.ImageRemoval) throws -> [String] {
        var names: Set<String> = []
        for service in environment.services.withSteps {
            switch removal {
            case .local: if service.build != nil, !service.isImageGiven { names.insert(service.image) }
            case .all: names.formUnion([service.image] + (service.build?.tags ?? []))
            }
        }
        return names.sorted()
    }
}
