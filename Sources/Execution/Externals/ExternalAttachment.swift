internal import Envfile
internal import OCI
internal import Planning
internal import Store
internal import Vocabulary
package import Workspaces

extension EnvironmentControl {
    /// The project with the networks through which it reaches services of other environments: each service that has a network
    /// in common with one of them, or depends on it, is attached to the other one's network.
    ///
    /// - Parameter found: those that are there; one without a container is left out.
    package func attaching(_ project: Project, to found: [FoundService]) throws -> Project {
        var project = project
        for service in found {
            guard let record = try service.network() else { continue }
            project.environment.join(record.exactName, of: service)
        }
        return project
    }
}

extension Environment {
    fileprivate mutating func join(_ exactName: String, of found: FoundService) {
        let key = Self.key(exactName)
        let id = found.environment.id.text
        var network =
            networks.first { $0.name == key }
            ?? Network(name: key, identity: ResourceIdentity(customName: exactName, isExternal: true))
        var services = network.externalServices ?? ExternalServiceNames(environment: id, names: [:])
        services.names[found.external.service] =
            Set((services.names[found.external.service] ?? []) + found.service.externalNames).sorted()
        network.externalServices = services
        networks.removeAll { $0.name == key }
        networks = (networks + [network]).sorted { $0.name < $1.name }
        func attached(_ service: Service, like owner: Service) -> Service {
            guard reaches(owner, found.service), !service.networks.isEmpty,
                !service.networks.contains(where: { $0.network == key })
            else { return service }
            var service = service
            // It is no way out, and no link that a program takes for its first one.
            let last = Int(Int32.min)
            service.networks.append(NetworkAttachment(network: key, priority: last, gatewayPriority: last))
            service.networks.sort { $0.network < $1.network }
            return service
        }
        self.services = self.services.map { owner in
            var service = attached(owner, like: owner)
            service.lifecycle.preStart = owner.lifecycle.preStart.map { attached($0, like: owner) }
            return service
        }
        jobs = jobs.map { attached($0, like: $0) }
    }

    /// The name of the network in this environment: the one of the other, shortened where that is too long for a name.
    private static func key(_ exactName: String) -> NetworkName {
        guard exactName.utf8.count > 128 else { return NetworkName(unchecked: exactName) }
        let digest = Digest.hexadecimal(Digester.hash(of: exactName.utf8).prefix(4))
        return NetworkName(unchecked: "\(exactName.prefix(119))-\(digest)")
    }
}
