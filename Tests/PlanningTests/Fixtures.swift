import Envfile
import Testing

@testable import Planning

/// An environment of these services with the networks and volumes that they use.
func environment(
    _ services: Service..., networks: [Network] = [], volumes: [Volume] = []
) -> Environment {
    let given = Set(networks.map(\.name))
    let used = Set(services.flatMap(\.networks).map(\.network)).subtracting(given).sorted().map { Network(name: $0) }
    let mounted = Set(services.flatMap(\.volumeNames)).subtracting(volumes.map(\.name)).sorted()
    return Environment(
        name: "demo", directory: "/srv/demo", services: services.sorted { $0.name < $1.name },
        networks: (networks + used).sorted { $0.name < $1.name },
        volumes: (volumes + mounted.map { Volume(name: $0) }).sorted { $0.name < $1.name }, dialect: .trice)
}

/// A service on the default network.
func service(
    _ name: String, image: String = "busybox", command: String? = nil, environment: [String: String] = [:],
    mounts: [Mount] = [], ports: [UInt16] = [], networks: [String] = ["default"], after: [Dependency] = []
) -> Service {
    Service(
        name: name, image: image, command: command.map { .replaced([$0]) } ?? .image, environment: environment,
        mounts: mounts,
        ports: ports.map { PortMapping(hostAddress: .loopback, published: $0...$0, target: $0, autoCorrects: true) },
        networks: networks.map { NetworkAttachment(network: $0) }, dependencies: after)
}

func volumeMount(_ name: String) -> Mount { Mount(source: .volume(name: name), target: "/\(name)") }

func started(_ name: String, restarts: Bool = false) -> Dependency { Dependency(service: name, restarts: restarts) }
func healthy(_ name: String) -> Dependency { Dependency(service: name, condition: .healthy) }
func completed(_ name: String) -> Dependency { Dependency(service: name, condition: .completedSuccessfully) }

/// The container as `up` would have made it.
func container(
    _ service: Service, number: Int = 1, _ state: ObservedContainer.State = .running, imageID: String? = nil
) -> ObservedContainer {
    ObservedContainer(
        id: ContainerID(service: service.name, number: number), fingerprint: ServiceFingerprint(of: service),
        imageID: imageID ?? "sha256:\(service.image)", state: state, networks: Set(service.networks.map(\.network)),
        dependencies: service.dependencies.map(\.service), stopGracePeriod: service.stopGracePeriod)
}

/// Everything as after a successful `up` of the environment: jobs are done, all else runs.
func upped(_ environment: Environment) -> ObservedState {
    let jobs = environment.services.flatMap(\.dependencies).filter { $0.condition == .completedSuccessfully }
        .map(\.service)
    return ObservedState(
        images: Dictionary(environment.services.map { ($0.image, "sha256:\($0.image)") }) { first, _ in first },
        networks: Dictionary(
            uniqueKeysWithValues: environment.networks.map {
                ($0.name, ObservedNetwork(configuration: NetworkConfiguration(of: $0)))
            }),
        volumes: Set(environment.volumes.map(\.name)),
        containers: environment.services.map { container($0, jobs.contains($0.name) ? .exited(code: 0) : .running) },
        publishedPorts: Set(
            environment.services.filter { !$0.ports.isEmpty }.map { ContainerID(service: $0.name, number: 1) }))
}

extension ObservedState {
    /// The state after the operations of a plan have all succeeded; `completing` runs end at once with 0.
    func applying(_ plan: Plan, completing jobs: Set<String> = []) -> ObservedState {
        var state = self
        for planned in plan.operations {
            switch planned.operation {
            case .ensureImage(let reference), .pullImage(let reference): state.images[reference] = "sha256:\(reference)"
            case .createNetwork(let network):
                state.networks[network.name] = ObservedNetwork(configuration: NetworkConfiguration(of: network))
            case .removeNetwork(let name): state.networks[name] = nil
            case .createVolume(let volume): state.volumes.insert(volume.name)
            case .removeVolume(let name): state.volumes.remove(name)
            case .createContainer(let service, let number):
                state.containers.append(
                    container(service, number: number, .created, imageID: state.images[service.image]))
            case .startContainer(let id):
                state.update(id) { $0.state = jobs.contains(id.service) ? .exited(code: 0) : .running }
            case .waitForContainer: break
            case .stopContainer(let id, _): state.update(id) { $0.state = .exited(code: 143) }
            case .removeContainer(let id):
                state.containers.removeAll { $0.id == id }
                state.publishedPorts.remove(id)
            case .publishPorts(let ids): state.publishedPorts = Set(ids)
            case .unpublishPorts: state.publishedPorts = []
            }
        }
        return state
    }

    mutating func update(_ id: ContainerID, _ change: (inout ObservedContainer) -> Void) {
        for index in containers.indices where containers[index].id == id { change(&containers[index]) }
    }

    mutating func update(_ service: String, _ change: (inout ObservedContainer) -> Void) {
        update(ContainerID(service: service, number: 1), change)
    }
}

func plan(
    _ desired: Environment?, _ observed: ObservedState = ObservedState(),
    _ options: Reconciler.Options = Reconciler.Options(removesOrphans: true)
) throws -> Plan {
    try Reconciler(options: options).plan(desired: desired, observed: observed)
}

/// Expects that every operation comes after those it names, that ids count from 1, and nothing is named twice.
func expectWellFormed(_ plan: Plan, sourceLocation: SourceLocation = #_sourceLocation) {
    for (index, planned) in plan.operations.enumerated() {
        #expect(planned.id == index + 1, sourceLocation: sourceLocation)
        let before = planned.dependsOn + planned.follows
        #expect(before.allSatisfy { $0 >= 1 && $0 < planned.id }, sourceLocation: sourceLocation)
        #expect(Set(before).count == before.count, sourceLocation: sourceLocation)
        #expect(!planned.cause.isEmpty, sourceLocation: sourceLocation)
    }
    #expect(Set(plan.operations.map(\.operation)).count == plan.operations.count, sourceLocation: sourceLocation)
}
