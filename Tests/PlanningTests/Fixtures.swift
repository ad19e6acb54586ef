import Envfile
import Testing
import Vocabulary

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
    _ name: ServiceName, image: String = "busybox", command: String? = nil, environment: [String: String] = [:],
    mounts: [Mount] = [], ports: [Port] = [], networks: [NetworkName] = ["default"], after: [Dependency] = []
) -> Service {
    Service(
        name: name, image: image, command: command.map { .replaced([$0]) } ?? .image, environment: environment,
        mounts: mounts,
        ports: ports.map {
            PortMapping(hostAddress: .loopback, published: PortRange($0), target: $0, autoCorrects: true)
        },
        networks: networks.map { NetworkAttachment(network: $0) }, dependencies: after)
}

func volumeMount(_ name: VolumeName) -> Mount { Mount(source: .volume(name: name), target: "/\(name)") }

func started(_ name: ServiceName, restarts: Bool = false) -> Dependency {
    Dependency(service: name, restarts: restarts)
}
func healthy(_ name: ServiceName) -> Dependency { Dependency(service: name, condition: .healthy) }
func completed(_ name: ServiceName) -> Dependency { Dependency(service: name, condition: .completedSuccessfully) }

func id(_ service: ServiceName, _ number: Int = 1) -> ContainerID {
    ContainerID(service: service, number: number)
}

/// The fingerprint of the service's container; a service that has none is a mistake of the test.
func fingerprint(of service: Service) -> ContainerFingerprint {
    do {
        return ContainerFingerprint(of: try DesiredContainer(service))
    } catch {
        Issue.record(error)
        return ContainerFingerprint(image: service.image, attributes: [:])
    }
}

/// The container as `up` would have made it.
func container(
    _ service: Service, number: Int = 1, _ state: ObservedContainer.State = .running, imageID: String? = nil
) -> ObservedContainer {
    ObservedContainer(
        id: id(service.name, number), fingerprint: fingerprint(of: service),
        imageID: imageID ?? "sha256:\(service.image)", state: state, networks: Set(service.networks.map(\.network)),
        dependencies: service.dependencies.map(\.service), stopGracePeriod: service.stopGracePeriod)
}

/// Everything as after a successful `up` of the environment: jobs are done, all else runs.
func upped(_ environment: Environment) -> ObservedState {
    let jobs = environment.services.flatMap(\.dependencies).filter { $0.condition == .completedSuccessfully }
        .map(\.service)
    var state = ObservedState(
        images: Dictionary(environment.services.map { ($0.image, "sha256:\($0.image)") }) { first, _ in first },
        networks: Dictionary(
            uniqueKeysWithValues: environment.networks.map {
                ($0.name, ObservedNetwork(configuration: NetworkConfiguration(of: $0)))
            }),
        volumes: Set(environment.volumes.map(\.name)),
        containers: environment.services.map { container($0, jobs.contains($0.name) ? .exited(code: 0) : .running) },
        publishedPorts: Set(
            environment.services.filter { !$0.ports.isEmpty }.map { id($0.name) }), hasSupervisor: true)
    for service in environment.services where !service.ports.isEmpty {
        state.heldPorts[id(service.name)] = held(service)
    }
    return state
}

/// The host ports that a container of the service has after `up`: those that it asks for.
func held(_ service: Service) -> [HeldPort] {
    do {
        return try DesiredContainer(service).heldPorts
    } catch {
        Issue.record(error)
        return []
    }
}

extension DesiredContainer {
    /// The host ports that it has after `up`: those that it asks for.
    var heldPorts: [HeldPort] {
        ports.map {
            HeldPort(
                hostAddress: $0.hostAddress, hostPort: $0.hostPorts?.lowerBound ?? $0.containerPort,
                target: $0.containerPort,
                transport: $0.transport)
        }
    }
}

extension ObservedState {
    /// The state after the operations of a plan have all succeeded; `completing` runs end at once with 0.
    func applying(_ plan: Plan, completing jobs: Set<ServiceName> = []) -> ObservedState {
        var state = self
        for planned in plan.operations {
            switch planned.operation {
            case .ensureImage(let reference), .pullImage(let reference), .buildImage(let reference, _, _):
                state.dueBuilds[reference] = nil
                state.imageSources[reference] = nil
                state.images[reference] = "sha256:\(reference)"
            case .bringBaked(var baked, let source):
                baked.imageID = "sha256:\(baked.reference)"
                for name in state.bakedOffers.filter({ $0.value == source }).keys {
                    state.bakedOffers[name] = nil
                    state.bakedImages[name] = baked
                }
            case .createNetwork(let network):
                state.networks[network.name] = ObservedNetwork(configuration: NetworkConfiguration(of: network))
            case .removeNetwork(let name, _): state.networks[name] = nil
            case .createVolume(let volume): state.volumes.insert(volume.name)
            case .removeVolume(let name): state.volumes.remove(name)
            case .createContainer(let wanted, _):
                if !wanted.ports.isEmpty { state.heldPorts[wanted.id] = wanted.heldPorts }
                state.containers.append(
                    ObservedContainer(
                        id: wanted.id, fingerprint: ContainerFingerprint(of: wanted),
                        imageID: state.images[wanted.image] ?? "sha256:\(wanted.image)", state: .created,
                        networks: Set(wanted.attachments.map(\.network)), dependencies: wanted.dependencies,
                        stopGracePeriod: wanted.stopGracePeriod))
            case .startContainer(let wanted):
                state.update(wanted.id) {
                    $0.replacedMounts = []
                    $0.state = jobs.contains($0.id.service) ? .exited(code: 0) : .running
                }
            case .provision(let id, let step):
                let image = state.containers.first { $0.id == id }?.imageID
                var provisioned = state.provisioned[id] ?? ProvisionedContainer(imageID: image, steps: [:])
                provisioned.steps[step.step.name] = RanStep(fingerprint: step.fingerprint)
                state.provisioned[id] = provisioned
            case .runStep, .waitForContainer, .applyNames, .signalContainer, .placeSeed, .keepSeed: break
            case .pauseContainer(let id): state.update(id) { $0.isPaused = true }
            case .resumeContainer(let id): state.update(id) { $0.isPaused = false }
            case .applyFirewall: state.firewallProblem = nil
            case .scheduleJobs(let jobs):
                let observed = jobs.map { ($0.name, ObservedJob(schedules: $0.schedules, digest: $0.digest)) }
                state.jobs = Dictionary(uniqueKeysWithValues: observed)
            case .startSupervisor: state.hasSupervisor = true
            case .stopContainer(let id, _): state.update(id) { $0.state = .exited(code: 143) }
            case .removeContainer(let id, _):
                state.containers.removeAll { $0.id == id }
                state.provisioned[id] = nil
                state.publishedPorts.remove(id)
                state.heldPorts[id] = nil
            case .publishPorts(let ids, let claiming, _):
                state.publishedPorts = Set(ids)
                for container in claiming { state.heldPorts[container.id] = container.heldPorts }
                state.heldPorts = state.heldPorts.filter { ids.contains($0.key) }
            case .unpublishPorts:
                state.publishedPorts = []
                state.heldPorts = [:]
            }
        }
        return state
    }

    mutating func update(_ id: ContainerID, _ change: (inout ObservedContainer) -> Void) {
        for index in containers.indices where containers[index].id == id { change(&containers[index]) }
    }

    mutating func update(_ service: ServiceName, _ change: (inout ObservedContainer) -> Void) {
        update(id(service), change)
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
        #expect(planned.id == OperationID(.plan, index + 1), sourceLocation: sourceLocation)
        let before = planned.dependsOn + planned.follows
        #expect(before.allSatisfy { $0.number >= 1 && $0 < planned.id }, sourceLocation: sourceLocation)
        #expect(Set(before).count == before.count, sourceLocation: sourceLocation)
        #expect(!planned.cause.isEmpty, sourceLocation: sourceLocation)
    }
    #expect(Set(plan.operations.map(\.operation)).count == plan.operations.count, sourceLocation: sourceLocation)
}
