internal import Builder
internal import Envfile
package import Workspaces

/// The builds that belong to bringing an environment up.
extension ImageBuilds {
    /// Builds what is missing, and with an Envfile's dialect what has changed.
    ///
    /// - Returns: the references of the images that the builds started from.
    package func build(
        _ project: Project, _ options: UpOptions, _ images: ProjectImages, _ sink: any EventSink
    ) async throws -> [String] {
        let services = try project.servicesToBuild(options, images)
        guard !services.isEmpty else { return [] }
        try project.checkBuilds()
        if options.builds == false {
            throw EngineError(
                .image,
                "The image of \(services.sorted().joined(separator: ", ")) has not been built, and --no-build "
                    + "forbids it. Build it with: trice build \(services.sorted().joined(separator: " "))")
        }
        var bases = BuildBases(host: images.host, images: images, sink: sink)
        bases.isFrozen = options.isFrozen
        var command = BuildCommand()
        command.showsCached = false
        let requests = try buildRequests(project, services: services)
        for report in try await build(requests, command, bases, sink) {
            for step in report.steps {
                guard let reason = step.reason else { continue }
                sink.note("built \(report.name) anew: \(step.step): \(reason)", isWarning: false)
                break
            }
        }
        return bases.used.all
    }
}

extension Project {
    /// The services whose images `up` has to build or to look after.
    func servicesToBuild(_ options: UpOptions, _ images: ProjectImages) throws -> Set<String> {
        var names: Set<String> = []
        for service in environment.services where service.build != nil {
            let isWanted = options.services.isEmpty || isNeeded(service.name, by: options.services)
            guard isWanted, try options.builds == true || mustBuild(service, options, images) else { continue }
            names.insert(service.name)
        }
        return names
    }

    private func mustBuild(_ service: Service, _ options: UpOptions, _ images: ProjectImages) throws -> Bool {
        if try images.lookup(service.image) == nil { return true }
        if options.builds == false { return false }
        return service.lifecycle.pullPolicy == .build || environment.dialect == .trice
    }

    /// Whether a service is among these or among what they depend on.
    private func isNeeded(_ name: String, by names: [String]) -> Bool {
        var open = names
        var seen = Set(names)
        while let next = open.popLast() {
            if next == name { return true }
            let dependencies = environment.services.first { $0.name == next }?.dependencies.map(\.service) ?? []
            open += dependencies.filter { seen.insert($0).inserted }
        }
        return false
    }
}
