internal import Builder
internal import Envfile
internal import Execution
package import Planning
internal import Vocabulary
package import Workspaces

/// The builds that belong to bringing an environment up.
extension ImageBuilds {
    /// Does the builds of a plan.
    ///
    /// - Returns: the references of the images that the builds started from.
    package func build(
        _ project: Project, _ plan: Plan, _ options: UpOptions, _ images: ProjectImages, _ sink: any EventSink
    ) async throws -> [String] {
        let operations = BuildOperations(plan, sink)
        guard !operations.services.isEmpty else { return [] }
        var bases = BuildBases(host: images.host, images: images, sink: sink)
        bases.isFrozen = options.isFrozen
        var command = BuildCommand()
        command.showsCached = false
        // The Dockerfiles may be other people's; `trice build` tells what is doubtful in them.
        command.showsDoubts = false
        let requests = try buildRequests(project, services: operations.services)
        for report in try await operations.report({ try await build(requests, command, bases, sink) }) {
            for step in report.steps {
                guard let reason = step.reason else { continue }
                // A first build is no surprise.
                if reason == "\(CacheMiss.firstBuild)" { break }
                sink.note("built \(report.name) anew: \(step.step): \(reason)", isWarning: false)
                break
            }
        }
        return bases.used.all
    }
}

/// The builds of a plan: one operation for each image, and one piece of work for all, because images share stages.
private struct BuildOperations {
    private var reporters: [Reporter] = []
    private(set) var services: Set<ServiceName> = []

    init(_ plan: Plan, _ sink: any EventSink) {
        let total = plan.operations.count
        for planned in plan.operations {
            guard case .buildImage(_, let service, _) = planned.operation else { continue }
            services.insert(service)
            reporters.append(
                Reporter(planned: planned, sink: sink, completed: plan.imageOperations.count - 1, total: total))
        }
    }

    func report<Result>(_ body: () async throws -> Result) async throws -> Result {
        for reporter in reporters { reporter.send(.started) }
        let result = try await body()
        for reporter in reporters { reporter.send(.finished) }
        return result
    }
}

extension Project {
    /// The services whose images `up` has to build or to look after.
    func servicesToBuild(_ options: UpOptions, _ images: ProjectImages) throws -> Set<ServiceName> {
        var names: Set<ServiceName> = []
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
        if try images.isPackaged(service.image), service.build?.isHere == false { return false }
        return service.lifecycle.pullPolicy == .build || environment.dialect == .trice
    }

    /// Whether a service is among these or among what they depend on.
    private func isNeeded(_ name: ServiceName, by names: [ServiceName]) -> Bool {
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

extension Build {
    /// Whether the context of the build is a directory of this machine.
    fileprivate var isHere: Bool {
        guard case .directory(let path) = context else { return false }
        return FileContents.exists(path)
    }
}
