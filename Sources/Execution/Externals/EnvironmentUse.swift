internal import Envfile
internal import Names
internal import Planning
internal import Store
internal import Vocabulary
package import Workspaces

/// That one environment uses a service of another one.
package struct ServiceUse: Hashable, Sendable, Codable, Comparable {
    /// The ID of the environment that uses it.
    package var user: String
    /// The ID of the environment that has the service.
    package var owner: String
    /// The service there.
    package var service: String
    /// What it is called in the environment that uses it.
    package var names: [String]

    package static func < (one: ServiceUse, other: ServiceUse) -> Bool {
        (one.owner, one.service, one.user) < (other.owner, other.service, other.user)
    }
}

extension Host {
    /// The services that environments of this host use of each other, sorted; by the records of the networks that were joined
    /// for them.
    package func serviceUses() throws -> [ServiceUse] {
        try runtime.networks().flatMap { network -> [ServiceUse] in
            guard let services = network.decodedConfiguration?.externalServices else { return [] }
            return services.names.map {
                ServiceUse(
                    user: network.environmentID.text, owner: services.environment, service: $0.key.rawValue,
                    names: $0.value)
            }
        }.sorted()
    }
}

extension Host {
    /// The environments that use services of each other in a circle with this one, which is the first; `nil` for none.
    func circle(through id: EnvironmentID) throws -> [String]? {
        let uses = try serviceUses()
        var open = [[id.text]]
        var seen: Set<String> = []
        while let trail = open.popLast(), let last = trail.last {
            guard seen.insert(last).inserted else { continue }
            for owner in Set(uses.filter { $0.user == last }.map(\.owner)).sorted() {
                if owner == id.text { return trail }
                open.append(trail + [owner])
            }
        }
        return nil
    }
}

extension Workspace {
    /// The other environments that use networks of this one, by network.
    func networkUsers(_ records: RuntimeRecords) throws -> [NetworkName: [EnvironmentID]] {
        var users: [NetworkName: [EnvironmentID]] = [:]
        for network in records.networks where network.ownerID == nil {
            let found = try host.runtime.users(ofNetwork: network.name, environmentID: id)
            if !found.isEmpty { users[network.name] = found }
        }
        return users
    }

    /// Refuses to take an environment down while others use its services or its networks.
    func checkIsUnused() throws {
        try checkServicesAreUnused(nil, "The environment stays up")
        let users = try networkUsers(try records())
        guard let (network, environments) = users.min(by: { $0.key < $1.key }) else { return }
        let others = Set(users.values.flatMap(\.self).map(\.text)).sorted()
        throw EngineError(
            .planFailed,
            "The environment stays up, because its network `\(network)` is used by "
                + "\(environments.map { "`\($0)`" }.joined(separator: ", ")). \(Self.remedy(others))")
    }

    /// Refuses to stop services that other environments use.
    ///
    /// - Parameters:
    ///   - services: those that would stop; `nil` for all.
    ///   - outcome: what is so because of it, such as `The environment stays up`.
    func checkServicesAreUnused(_ services: Set<String>?, _ outcome: String) throws {
        let uses = try host.serviceUses().filter { use in
            use.owner == id.text && use.user != id.text && services?.contains(use.service) != false
        }
        guard let first = uses.first else { return }
        let users = Set(uses.filter { $0.service == first.service }.map(\.user)).sorted()
        throw EngineError(
            .planFailed,
            "\(outcome), because its service `\(first.service)` is used by "
                + "\(users.map { "`\($0)`" }.joined(separator: ", ")). \(Self.remedy(Set(uses.map(\.user)).sorted()))")
    }

    private static func remedy(_ users: [String]) -> String {
        "Take that down first: " + users.map { "`trice -p \($0) down`" }.joined(separator: ", ") + "."
    }
}

extension RuntimeRecords {
    /// The services of other environments that networks were joined for, by network.
    var externalServices: [String: ExternalServiceNames] {
        Dictionary(
            networks.compactMap { network in
                network.decodedConfiguration?.externalServices.map { (network.name.rawValue, $0) }
            }
        ) { first, _ in first }
    }
}

extension Zone.Host {
    /// The container without its names in networks that were joined for services of others: what is in such a network finds
    /// nothing of this environment by them, and this environment has networks of its own.
    func leavingNames(in networks: Set<String>) -> Zone.Host {
        var host = self
        for index in host.memberships.indices where networks.contains(host.memberships[index].network) {
            // The first one is for reverse look-ups, and no other environment has it.
            host.memberships[index].names = Array(host.memberships[index].names.prefix(1))
        }
        return host
    }
}
