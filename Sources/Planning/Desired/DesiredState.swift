import Envfile
import Vocabulary

/// What of an environment is wanted this time: the selected services with all that they depend on.
struct DesiredState {
    /// `nil` when nothing is wanted.
    let environment: Environment?
    /// The wanted services, dependencies first.
    let services: [Service]
    /// The containers that each wanted service should have, by its name.
    private let containers: [ServiceName: [DesiredContainer]]
    /// The services that were named in the request; empty when all are wanted.
    let selection: Set<ServiceName>
    /// The services that another one expects to run to their end.
    let jobs: Set<ServiceName>
    /// The addresses that services name, by network.
    private let fixedAddresses: [NetworkName: Set<IPv4Address>]

    /// Nothing is wanted.
    init() {
        environment = nil
        services = []
        containers = [:]
        selection = []
        jobs = []
        fixedAddresses = [:]
    }

    /// - Throws: `duplicateService`, `unknownService`, `dependencyCycle`, `unknownNetwork`, `unknownVolume`,
    ///   `invalidValue`.
    init(environment: Environment, options: Reconciler.Options) throws(PlanningError) {
        let selection = options.services
        let followsDependencies = options.followsDependencies
        var byName: [ServiceName: Service] = [:]
        for service in environment.services {
            guard byName.updateValue(service, forKey: service.name) == nil else {
                throw PlanningError(.duplicateService, "The environment has two services named \(service.name).")
            }
        }
        if let unknown = selection.subtracting(byName.keys).min() {
            if environment.jobs.contains(where: { $0.name == unknown }) {
                throw PlanningError(
                    .unknownService,
                    "\(unknown) is a job, which `up` does not start. Run it with `trice run \(unknown)`.")
            }
            throw PlanningError(
                .unknownService,
                "Service \(unknown) cannot be brought up because the Envfile has no active service of this name.")
        }
        let automatic = byName.values.filter(\.tools.startsAutomatically).map(\.name)
        let roots = selection.isEmpty ? Set(automatic) : selection
        let wanted = followsDependencies ? try Self.closure(of: roots, in: byName) : roots
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
        var containers: [ServiceName: [DesiredContainer]] = [:]
        for service in services {
            for workload in [service] + service.lifecycle.preStart { try Self.check(workload, in: environment) }
            containers[service.name] = try Self.containers(of: service, options)
        }
        fixedAddresses = try Self.fixedAddresses(of: environment)
        self.containers = Self.reserving(fixedAddresses, in: containers)
    }

    /// The containers that a wanted service should have.
    func containers(of service: Service) -> [DesiredContainer] { containers[service.name] ?? [] }

    /// The containers of `pre_start` of a container.
    func steps(of container: DesiredContainer) -> [DesiredContainer] {
        container.preStart.map { Self.reserving(fixedAddresses, for: $0) }
    }

    /// The wanted services and the steps of their `pre_start`.
    var workloads: [Service] { services.withSteps }

    /// The addresses that services name, by network: also those of services that are not wanted now.
    private static func fixedAddresses(of environment: Environment) throws(PlanningError) -> [NetworkName: Set<
        IPv4Address
    >] {
        var fixed: [NetworkName: Set<IPv4Address>] = [:]
        for attachment in environment.services.flatMap(\.networks) {
            guard let address = attachment.ipv4Address.flatMap({ IPv4Address(parsing: $0) }) else { continue }
            fixed[attachment.network, default: []].insert(address)
        }
        return fixed
    }

    private static func reserving(
        _ fixed: [NetworkName: Set<IPv4Address>], in containers: [ServiceName: [DesiredContainer]]
    ) -> [ServiceName: [DesiredContainer]] {
        if fixed.isEmpty { return containers }
        return containers.mapValues { list in list.map { reserving(fixed, for: $0) } }
    }

    private static func reserving(
        _ fixed: [NetworkName: Set<IPv4Address>], for container: DesiredContainer
    ) -> DesiredContainer {
        if fixed.isEmpty { return container }
        var container = container
        let networks = Set(container.attachments.map(\.network))
        container.reservedAddresses = fixed.filter { networks.contains($0.key) }.mapValues { $0.sorted() }
        return container
    }

    private static func containers(
        of service: Service, _ options: Reconciler.Options
    ) throws(PlanningError) -> [DesiredContainer] {
        if let oneOff = options.oneOff, oneOff.service == service.name {
            var container = try DesiredContainer(service)
            container.oneOff = oneOff.kind
            // Its end is the end of the command.
            container.restart = nil
            container.restartsWhenUnhealthy = false
            return [container]
        }
        let count = options.scales[service.name] ?? service.lifecycle.containerCount
        if let problem = service.problem(withContainers: count) {
            throw PlanningError(.invalidValue, "Service \(service.name) cannot have \(count) containers: \(problem).")
        }
        var containers: [DesiredContainer] = []
        for number in 0..<count { containers.append(try DesiredContainer(service, number: number + 1)) }
        return containers
    }

    private static func closure(
        of names: Set<ServiceName>, in services: [ServiceName: Service]
    ) throws(PlanningError) -> Set<ServiceName> {
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
    var volumeNames: [VolumeName] {
        mounts.compactMap { mount in
            if case .volume(let name) = mount.source { name } else { nil }
        }
    }
}
