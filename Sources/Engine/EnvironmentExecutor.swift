internal import Envfile
internal import Images
internal import LinuxSystem
internal import Networks
internal import OCI
internal import Planning
internal import Store
internal import Supervisor
internal import Synchronization
internal import SystemPackage

/// Carries out one operation of a plan; a long switch that decides nothing.
struct EnvironmentExecutor: Sendable {
    let workspace: Workspace
    let containers: ContainerOperations
    let networks: NetworkOperations
    let ports: PortPublication
    let firewall: FirewallWriter
    /// What is to be; `nil` when nothing is.
    let environment: Environment?
    /// The images that it is made from; `nil` when nothing is to be.
    let images: ProjectImages?
    private let found = ImagesOnce()

    func perform(_ planned: PlannedOperation, _ reporter: Reporter) throws {
        switch planned.operation {
        case .ensureImage(let reference):
            _ = try projectImages().ensure(reference) { reporter.send($0) }
        case .pullImage(let reference):
            _ = try projectImages().pull(reference) { reporter.send($0) }
        case .createNetwork(let network):
            try networks.create(network)
            firewall.markStale()
            // The rules are written while the containers are created; the first start waits for them.
            try firewall.syncSoon()
        case .removeNetwork(let name):
            try networks.remove(name)
        case .createVolume(let volume):
            try createVolume(volume.name)
        case .removeVolume(let name):
            try Files.removeTree(workspace.layout.volumes(of: workspace.id).appending(name))
            try workspace.host.durable.deleteVolume(environmentID: workspace.id.text, name: name)
        case .createContainer(let service, let number):
            try containers.create(
                service, ContainerID(service: service.name, number: number), from: try image(of: service))
        case .publishPorts(let ids):
            try publish(ids)
        case .unpublishPorts:
            try withdraw()
        case .startContainer(let id):
            guard let service = environment?.services.first(where: { $0.name == id.service }) else {
                throw EngineError(.planFailed, "There is no service \(id.service) to start \(id) from.")
            }
            try containers.start(id, service, { try image(of: service) }) {
                try firewall.syncIfStale()
            }
        case .waitForContainer(let id, let condition):
            try containers.wait(for: id, condition)
        case .stopContainer(let id, let gracePeriod):
            try containers.stop(id, gracePeriod: gracePeriod)
        case .removeContainer(let id):
            let publishes = try workspace.records().publishedPorts.contains {
                ContainerID(service: $0.service, number: $0.number) == id
            }
            try containers.remove(id)
            if publishes { firewall.markStale() }
        }
    }

    private func projectImages() throws -> ProjectImages {
        if let images { return images }
        throw EngineError(.planFailed, "There is no project whose images could be brought.")
    }

    private func image(of service: Service) throws -> Image {
        let image = try found.image(service.image) { try projectImages().lookup(service.image) }
        if let image { return image }
        throw EngineError(.planFailed, "The image \(service.image) is not in the store.")
    }

    private func createVolume(_ name: String) throws {
        let path = workspace.layout.volumes(of: workspace.id).appending(name)
        try workspace.host.durable.insert(
            VolumeRecord(
                environmentID: workspace.id.text, name: name, path: path.string, createdAt: WallClock.nanoseconds))
        try Files.createDirectory(path.removingLastComponent(), mode: 0o711)
        try Files.createDirectory(path)
    }

    /// The rules of these containers and no others; listeners open when their container starts.
    private func publish(_ ids: [ContainerID]) throws {
        let records = try workspace.records()
        let surplus = Set(
            records.publishedPorts.map { ContainerID(service: $0.service, number: $0.number) }
        ).subtracting(ids)
        for id in surplus { try workspace.supervisor().withdraw("\(id)") }
        for port in records.publishedPorts
        where surplus.contains(ContainerID(service: port.service, number: port.number)) {
            try workspace.host.runtime.releasePort(port)
        }
        try firewall.sync()
    }

    private func withdraw() throws {
        for port in try workspace.records().publishedPorts {
            try workspace.supervisor().withdraw("\(port.service)-\(port.number)")
            try workspace.host.runtime.releasePort(port)
        }
        firewall.markStale()
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
