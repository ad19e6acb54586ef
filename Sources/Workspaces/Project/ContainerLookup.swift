internal import Envfile
internal import LinuxSystem
package import Store
internal import SystemPackage
package import Vocabulary

extension RuntimeRecords {
    /// The container that the user means by a service, a container's name, or by nothing where there is only one.
    ///
    /// - Parameter index: which of the service's containers; `nil` for the first.
    /// - Throws: `EngineError` that says what there is.
    package func container(
        named service: String?, index: Int? = nil, of identity: EnvironmentTarget
    ) throws -> ContainerRecord {
        let names = Set(containers.map(\.service.rawValue)).sorted()
        guard let service else {
            if let only = containers.first, names.count == 1 {
                return try container(named: only.service.rawValue, index: index, of: identity)
            }
            let primary = identity.project?.environment.services.filter(\.tools.isPrimary).map(\.name.rawValue) ?? []
            if primary.count == 1 { return try container(named: primary[0], index: index, of: identity) }
            throw EngineError(
                .unknownService,
                names.isEmpty
                    ? "Nothing is up. Start it with: trice up" : "Say which service: \(names.joined(separator: ", ")).")
        }
        if let index, let first = containers.first(where: { $0.service.rawValue == service }) {
            if let found = containers.first(where: { $0.service == first.service && $0.number == index }) {
                return found
            }
            let numbers = containers.filter { $0.service == first.service }.map { "\($0.number)" }
            throw EngineError(
                .unknownService,
                "`\(service)` has no container \(index). It has: \(numbers.joined(separator: ", ")).")
        }
        if let found = containers.first(where: { $0.service.rawValue == service || "\(ContainerID($0))" == service }) {
            return found
        }
        // As in Compose: the last container that `run` has made of it stands in for a service that is not up.
        if index == nil, let found = oneOffs(of: service).last { return found }
        if identity.project?.environment.services.contains(where: { $0.name.rawValue == service }) == true {
            throw EngineError(.notRunning, "\(service) is not up. Start it with: trice up \(service)")
        }
        if identity.project?.environment.jobs.contains(where: { $0.name.rawValue == service }) == true {
            throw EngineError(
                .notRunning, "The job `\(service)` has no container. It gets one when it runs: trice run \(service)")
        }
        let known = identity.project?.serviceNames ?? names
        if known.isEmpty { throw EngineError(.unknownService, "Nothing is up. Start it with: trice up") }
        throw EngineError.unknownService(service, known: known)
    }
}

extension RuntimeRecords {
    /// The containers that `run` has made of a service or job, in the order in which they were made.
    package func oneOffs(of service: String) -> [ContainerRecord] {
        let prefix = Service.runPrefix(of: ServiceName(unchecked: service))
        return containers.filter { $0.service.rawValue.hasPrefix(prefix) }
            .sorted { ($0.createdAt, $0.number) < ($1.createdAt, $1.number) }
    }
}

extension Layout {
    /// By the record of the process alone: asking the supervisor would cost more than it tells.
    package func isRunning(_ id: ContainerID, _ environment: EnvironmentID) -> Bool {
        runningProcess(of: id, environment) != nil
    }

    /// The first process of a container that runs.
    package func runningProcess(of id: ContainerID, _ environment: EnvironmentID) -> Int32? {
        let directory = containerRun("\(id)", of: environment)
        // No readable record means that nothing was started.
        guard let text = (try? Files.text(directory.appending("pid"))) ?? nil,
            let pid = Int32(text.prefix { $0.isNumber })
        else { return nil }
        return !Files.exists(directory.appending("ended")) && ProcessFacts.startTime(of: pid) != nil ? pid : nil
    }
}
