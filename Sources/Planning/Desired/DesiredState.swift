import Envfile
import Vocabulary

/// What of an environment is wanted this time: the selected services with all that they depend on.
struct DesiredState {
    /// `nil` when nothing is wanted.
    let environment: Environment?
    /// The wanted services, dependencies first.
    let services: [Service]
    /// The containers that each wanted service should have, by its name.
    private let containers: [String: [DesiredContainer]]
    /// The services that were named in the request; empty when all are wanted.
    let selection: Set<String>
    /// The services that another one expects to run to their end.
    let jobs: Set<String>

    /// Nothing is wanted.
    init() {
        environment = nil
        services = []
        containers = [:]
        selection = []
        jobs = []
    }

    /// - Throws: `duplicateService`, `unknownService`, `dependencyCycle`, `unknownNetwork`, `unknownVolume`,
    ///   `invalidValue`.
    init(environment: Environment, selection: Set<String>) throws(PlanningError) {
        var byName: [String: Service] = [:]
        for service in environment.services {
            guard byName.updateValue(service, forKey: service.name) == nil else {
                throw PlanningError(.duplicateService, "The environment has two services named \(service.name).")
            }
        }
        if let unknown = selection.subtracting(byName.keys).min() {
            throw PlanningError(
                .unknownService,
                "Service \(unknown) cannot be brought up because the Envfile has no active service of this name.")
        }
        let automatic = byName.values.filter(\.tools.startsAutomatically).map(\.name)
        let wanted = try Self.closure(of: selection.isEmpty ? Set(automatic) : selection, in: byName)
        let sorted = DependencyOrder(nodes: wanted) { byName[$0]?.dependencies.map(\.service) ?? [] }
        if let first = sorted.cycle.first {
            let circle = (sorted.cycle + [first]).joined(separator: " → ")
            throw PlanningError(
                .dependencyCycle, "The services cannot be started because they depend on each other: \(circle).")
        }
        self.environment = environment
        self.selection = selection
        services = sorted.order.compactMap { byName[$0] }
        jobs = Set(
            environment.services.flatMap(\.dependencies).filter { $0.condition == .completedSuccessfully }
                .map(\.service))
        var containers: [String: [DesiredContainer]] = [:]
        for service in services {
            try Self.check(service, in: environment)
            containers[service.name] = [try DesiredContainer(service)]
        }
        self.containers = containers
    }

    /// The containers that a wanted service should have.
    func containers(of service: Service) -> [DesiredContainer] { containers[service.name] ?? [] }

    private static func closure(
        of names: Set<String>, in services: [String: Service]
    ) throws(PlanningError) -> Set<String> {
        var found = names
        var open = names.sorted()
        while let name = open.popLast() {
            for dependency in services[name]?.dependencies ?? [] {
                guard services[dependency.service] != nil else {
                    guard dependency.isRequired else { continue }
                    throw PlanningError(
                        .unknownService,
                        "Service \(name) cannot be started because it depends on \(dependency.service), which the "
                            + "Envfile does not have among its active services.")
                }
                if found.insert(dependency.service).inserted { open.append(dependency.service) }
            }
        }
        return found
    }

    private static func check(_ service: Service, in environment: Environment) throws(PlanningError) {
        for attachment in service.networks
        where !environment.networks.contains(where: { $0.name == attachment.network }) {
            throw PlanningError(
                .unknownNetwork,
                "Service \(service.name) cannot join network \(attachment.network) because the Envfile has none of "
                    + "this name.")
        }
        for name in service.volumeNames where !environment.volumes.contains(where: { $0.name == name }) {
            throw PlanningError(
                .unknownVolume,
                "Service \(service.name) cannot mount volume \(name) because the Envfile has none of this name.")
        }
    }
}

extension Service {
    /// The named volumes that the service mounts.
    var volumeNames: [String] {
        mounts.compactMap { mount in
            if case .volume(let name) = mount.source { name } else { nil }
        }
    }
}
