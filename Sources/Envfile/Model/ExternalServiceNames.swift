package import Vocabulary

/// The services of one other environment that an environment uses, and what they are called there.
package struct ExternalServiceNames: Hashable, Sendable, Codable {
    /// The ID of the other environment.
    package var environment: String
    /// By the service of the other environment: its names here, sorted.
    package var names: [ServiceName: [String]]

    package init(environment: String, names: [ServiceName: [String]]) {
        self.environment = environment
        self.names = names
    }
}

extension Environment {
    /// Moves what other environments provide out of the services, and what depends on it out of the dependencies.
    mutating func separateExternalServices() {
        externalServices = services.filter { $0.tools.external != nil }
        guard !externalServices.isEmpty else { return }
        services.removeAll { $0.tools.external != nil }
        let names = externalNames
        for index in services.indices { services[index].separate(names) }
        for index in jobs.indices { jobs[index].separate(names) }
    }

    /// The services of other environments that the named services need, in any depth; all without names.
    package func externalServices(neededBy names: [ServiceName]) -> [Service] {
        if names.isEmpty { return externalServices }
        var open = names
        var seen: Set<ServiceName> = []
        while let name = open.popLast() {
            guard seen.insert(name).inserted, let service = described.first(where: { $0.name == name }) else {
                continue
            }
            open += service.dependencies.map(\.service) + externalServices.filter { reaches(service, $0) }.map(\.name)
        }
        return externalServices.filter { seen.contains($0.name) }
    }

    /// Whether a service finds one of another environment by its name: it depends on it, or both are in one network of
    /// the file.
    package func reaches(_ service: Service, _ external: Service) -> Bool {
        guard !service.networks.isEmpty else { return false }
        return service.tools.externalDependencies.contains { $0.service == external.name }
            || !Set(service.networks.map(\.network)).isDisjoint(with: external.networks.map(\.network))
    }
}

extension Service {
    fileprivate mutating func separate(_ externals: Set<ServiceName>) {
        tools.externalDependencies = dependencies.filter { externals.contains($0.service) }
        dependencies.removeAll { externals.contains($0.service) }
    }

    /// What this service is called by those that reach it: its own name and its aliases.
    package var externalNames: [String] {
        Set([name.rawValue] + networks.flatMap(\.aliases)).sorted()
    }
}
