package import Envfile
internal import LinuxSystem
internal import Planning
package import Store
internal import Supervisor
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary
package import Workspaces

/// A service of another environment that a project names by `external`, as it is at this moment.
package struct FoundService: Sendable {
    /// The service of the project.
    package var service: Service
    /// What it says of the other environment.
    package var external: ExternalService
    /// The other environment.
    package var environment: EnvironmentRecord
    /// Where the project says so, such as `Envfile:4: services.db.external`.
    package var place: String
    /// The other environment, for what is asked of it.
    let workspace: Workspace

    /// The containers of the service; those that `run` has made are not among them.
    private func containers(_ records: RuntimeRecords) -> [ContainerRecord] {
        records.containers.filter { $0.service == external.service }
    }

    /// Whether all containers that it has run, and it has some.
    package func isRunning() throws -> Bool {
        let all = containers(try workspace.records())
        return !all.isEmpty && all.allSatisfy { workspace.layout.isRunning(ContainerID($0), workspace.id) }
    }

    /// Waits until it runs, healthy where it has a check.
    ///
    /// - Throws: `EngineError.dependencyFailed` with the reason and the last lines of its output.
    package func awaitReady(_ condition: Dependency.Condition, within timeout: Duration?) throws {
        for record in containers(try workspace.records()) {
            let id = ContainerID(record)
            let expectation = condition == .healthy ? Expectation.healthy : .ready
            let result = try workspace.supervisor().expect("\(id)", expectation, within: timeout)
            if result.outcome == .met { continue }
            let reason = try ServiceFailure(workspace: workspace, id: id).message(result, condition)
            throw EngineError(.dependencyFailed, "\(place): in the environment `\(environment.id)`: \(reason)")
        }
    }

    /// The network by which other environments reach it: its `default`, else the first with a bridge.
    ///
    /// - Returns: `nil` while it has no container.
    /// - Throws: `EngineError.invalidProject` for a service without a network of its own.
    func network() throws -> NetworkRecord? {
        let records = try workspace.records()
        guard !containers(records).isEmpty else { return nil }
        let names = Set(records.addresses.filter { $0.service == external.service }.map(\.network))
        let all = records.networks.filter { network in
            names.contains(network.name) && network.decodedConfiguration?.parent == nil
                && network.decodedConfiguration?.externalServices == nil
        }
        let own = all.filter { $0.ownerID == nil }
        let standard: NetworkName = "default"
        if let found = own.first(where: { $0.name == standard }) ?? own.first ?? all.first { return found }
        throw EngineError(
            .invalidProject,
            "\(place): the service `\(external.service)` of `\(environment.id)` is in no network that others can join. "
                + "Give it one there, instead of `network_mode` or a network on a link of the host.")
    }
}

extension NetworkRecord {
    /// The name that the network of no other environment has.
    var exactName: String { "\(ownerID ?? environmentID)_\(ownerNetwork ?? name)" }
}

extension EnvironmentControl {
    /// The environment that a service of a project is of.
    ///
    /// - Throws: `EngineError` for a name that no environment has, or several have, and for that of the project itself.
    package func find(_ service: Service, of project: Project) throws -> FoundService? {
        guard let external = service.tools.external else { return nil }
        let host = try context.host()
        let place = project.place(ofExternal: service.name.rawValue)
        let record = try environment(named: external.environment, place, host)
        guard record.id != project.id else {
            throw EngineError(
                .invalidProject,
                "\(place): `\(external.environment)` is this environment. Describe `\(external.service)` as a service of "
                    + "it, without `external`.")
        }
        return FoundService(
            service: service, external: external, environment: record, place: place,
            workspace: Workspace(id: record.id, host: host))
    }

    /// By its ID, else by its project's name: where several have it, the one that is up.
    private func environment(named name: String, _ place: String, _ host: Host) throws -> EnvironmentRecord {
        let all = try host.durable.environments()
        if let found = all.first(where: { $0.id.text == name }) { return found }
        let named = all.filter { $0.name == name }
        let up = Set(try host.runtime.environmentIDs())
        let running = named.filter { up.contains($0.id) }
        let found = running.isEmpty ? named : running
        if let only = found.first, found.count == 1 { return only }
        guard found.isEmpty else {
            throw EngineError(
                .noEnvironment,
                "\(place): `\(name)` may be any of "
                    + found.map { "`\($0.id)` (\($0.directory))" }.joined(separator: ", ")
                    + ". Say which one by its ID: `environment: \(found[0].id)`.")
        }
        let names = Set(all.map(\.name)).sorted().map { "`\($0)`" }
        throw EngineError(
            .noEnvironment,
            "\(place): there is no environment `\(name)` on this machine. "
                + (names.isEmpty ? "" : "There are: \(names.joined(separator: ", ")). ")
                + "Bring it up once with `trice up` in its directory.")
    }

    /// Refuses what would make environments wait for each other: neither could be taken down first.
    ///
    /// - Parameter users: the environments for which the project is brought up, the first one first.
    package func checkNoCircle(_ found: FoundService, of project: Project, users: [String]) throws {
        let own = project.id.text
        if let start = users.firstIndex(of: found.environment.id.text) {
            throw circle(found, users[start...] + [own])
        }
        let uses = try context.host().serviceUses()
        var open = [[found.environment.id.text]]
        var seen: Set<String> = []
        while let trail = open.popLast(), let last = trail.last {
            if last == own { throw circle(found, [own] + trail.dropLast()) }
            guard seen.insert(last).inserted else { continue }
            open += Set(uses.filter { $0.user == last }.map(\.owner)).sorted().map { trail + [$0] }
        }
    }

    private func circle(_ found: FoundService, _ trail: [String]) -> EngineError {
        EngineError.circle(of: trail, "\(found.place): environments use")
    }
}

extension EngineError {
    /// - Parameter trail: the IDs of the environments, each before the one that it uses.
    static func circle(of trail: [String], _ words: String = "Environments use") -> EngineError {
        let names = (trail + trail.prefix(1)).map { "`\($0)`" }.joined(separator: " -> ")
        return EngineError(
            .invalidProject,
            "\(words) services of each other in a circle: \(names). Remove one of them, or move the "
                + "service to an environment of its own that both use.")
    }
}

extension Project {
    /// Where a service names another environment, such as `Envfile:4: services.db.external`.
    func place(ofExternal service: String) -> String {
        let path = "services.\(service).external"
        guard let place = places.place(of: [.key("services"), .key(service), .key("external")]) else { return path }
        return "\(FilePath(place.file).lastComponent?.string ?? place.file):\(place.line): \(path)"
    }
}
