internal import Envfile
internal import Images
internal import LinuxSystem
internal import Networks
internal import OCI
internal import Planning
internal import Store
internal import Supervisor
internal import SupervisorProtocol
internal import Synchronization
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// Carries out one operation of a plan; a long switch that decides nothing.
struct EnvironmentExecutor: Sendable {
    let workspace: Workspace
    let containers: ContainerOperations
    let networks: NetworkOperations
    let ports: PortPublication
    let firewall: FirewallWriter
    let names: NameTable
    /// The images that it is made from; `nil` when nothing is to be.
    let images: ProjectImages?
    /// As whom and with which variables programs of the host run.
    let request: ProjectRequest
    private let found = ImagesOnce()

    func perform(_ planned: PlannedOperation, _ reporter: Reporter) throws {
        switch planned.operation {
        case .ensureImage(let reference):
            _ = try projectImages().ensure(reference) { reporter.send($0) }
        case .pullImage(let reference):
            _ = try projectImages().pull(reference) { reporter.send($0) }
        case .bringBaked(let baked, let source):
            try BakedPlaces(images: try projectImages()).bring(baked, from: source, reporter, containers.sink)
        case .buildImage(let reference, _, _):
            throw EngineError(.planFailed, "The image \(reference) is built by another part of Trice.")
        case .startSupervisor:
            _ = try workspace.supervisor()
        case .applyFirewall(let names):
            if !names.isEmpty { try HostSettings(layout: workspace.layout).acquireForwarding(for: workspace.id) }
            try firewall.sync(networks: names.map(\.rawValue))
        case .applyNames:
            try names.refresh()
        case .createNetwork(let network):
            try networks.create(network)
        case .removeNetwork(let name, _):
            try networks.remove(name)
        case .createVolume(let volume):
            try VolumePlace(workspace: workspace).create(volume.name, DesiredContainer.VolumeSource(volume))
        case .removeVolume(let name):
            try VolumePlace(workspace: workspace).remove(name)
        case .placeSeed(let seed, let service): containers.placeSeed(seed, for: service)
        case .keepSeed(let id, let seed): containers.keepSeed(seed, of: id)
        case .createContainer(let container, let keepsChanges):
            let own = try image(container.image)
            let baked = try container.bakedImage.map { try image($0) }
            try containers.create(
                container, from: baked ?? own, upon: baked == nil ? nil : own, keepsChanges: keepsChanges)
        case .publishPorts(let ids, let claiming, let opening):
            try publish(ids, claiming, opening)
        case .unpublishPorts:
            try withdraw()
        case .startContainer(let container):
            try containers.start(container) { try image(of: container) }
            try sendAddresses(of: container, reporter)
        case .runStep(let container, let service, let number):
            try containers.runStep(container, number: number, of: service) { try image(container.image) }
        case .provision(let id, let step):
            try ContainerProvisioning(workspace: workspace, id: id, request: request).run(step, reporter)
        case .waitForContainer(let id, let condition):
            reporter.send(.reached(try containers.wait(for: id, condition)))
        case .stopContainer(let id, let gracePeriod):
            try containers.stop(id, gracePeriod: gracePeriod)
        case .signalContainer(let id, let signal):
            try workspace.supervisor().kill("\(id)", signal: signal.number)
        case .pauseContainer(let id):
            try containers.pause(id)
        case .resumeContainer(let id):
            try containers.resume(id)
        case .scheduleJobs(let jobs):
            try containers.schedule(jobs)
        case .removeContainer(let id, let keepsVolumes):
            try containers.remove(id, keepsVolumes: keepsVolumes)
        }
    }

    private func sendAddresses(of container: DesiredContainer, _ reporter: Reporter) throws {
        guard !container.ports.isEmpty else { return }
        for port in try workspace.records(of: container.id).publishedPorts where port.transportProtocol == .tcp {
            reporter.send(.address(StatusReport.Port(port).url))
        }
    }

    private func projectImages() throws -> ProjectImages {
        if let images { return images }
        throw EngineError(.planFailed, "There is no project whose images could be brought.")
    }

    private func image(_ reference: String) throws -> Image {
        let image = try found.image(reference) { try projectImages().lookup(reference) }
        if let image { return image }
        throw EngineError(.planFailed, try projectImages().absence(of: reference))
    }

    /// The image that a container was created from.
    private func image(of container: DesiredContainer) throws -> Image {
        let record = try workspace.record(of: container.id)
        if let record, record.baseImageID != nil, let image = try workspace.host.images.image(id: record.imageID) {
            return image
        }
        return try image(container.image)
    }

    /// The ports of these containers and of no others; those of a container that starts open when it does.
    private func publish(_ ids: [ContainerID], _ claiming: [DesiredContainer], _ opening: [ContainerID]) throws {
        let records = try workspace.records()
        let surplus = Set(records.publishedPorts.map { ContainerID($0) }).subtracting(ids)
        for id in surplus { try workspace.supervisor().withdraw("\(id)") }
        for port in records.publishedPorts where surplus.contains(ContainerID(port)) {
            try workspace.host.runtime.releasePort(port)
        }
        for container in claiming { try ports.claim(container) }
        try firewall.sync()
        if !opening.isEmpty { try ports.open(opening, try workspace.records()) }
    }

    private func withdraw() throws {
        let ports = try workspace.records().publishedPorts
        for port in ports {
            try workspace.supervisor().withdraw("\(port.service)-\(port.number)")
            try workspace.host.runtime.releasePort(port)
        }
        // The packet filter serves none of the loopback's.
        if ports.contains(where: { NetworkPlan.Port($0) != nil }) { try firewall.sync() }
    }
}

/// The images of one execution by reference: each is looked up once it is in the store.
private final class ImagesOnce: Sendable {
    private let found = Mutex<[String: Image]>([:])

    func image(_ reference: String, _ lookUp: () throws -> Image?) throws -> Image? {
        try found.withLock { found in
            if let image = found[reference] { return image }
            let image = try lookUp()
            found[reference] = image
            return image
        }
    }
}
