public import Envfile

/// One step of a plan, with all that its execution needs.
public enum Operation: Hashable, Sendable {
    /// Makes an image present in the store, by whatever way its reference says.
    case ensureImage(reference: String)
    /// Asks the registry what a name stands for now and brings that.
    case pullImage(reference: String)
    case createNetwork(Network)
    case removeNetwork(name: String)
    case createVolume(Volume)
    case removeVolume(name: String)
    /// Makes the container with its attachments, and claims its host ports, without starting it.
    case createContainer(Service, number: Int)
    case startContainer(ContainerID)
    /// Waits until the container has fulfilled the condition, and fails when it no longer can.
    case waitForContainer(ContainerID, Dependency.Condition)
    case stopContainer(ContainerID, gracePeriod: Duration)
    /// Removes the container, running or broken, with its own changes; withdraws its ports before it frees them.
    case removeContainer(ContainerID)
    /// Makes the published ports of the environment those of these containers, as far as they exist, and no others.
    case publishPorts([ContainerID])
    /// Makes the environment publish nothing.
    case unpublishPorts
}

extension Operation {
    /// What the operation acts on.
    public var resource: Resource {
        switch self {
        case .ensureImage(let reference), .pullImage(let reference): .image(reference)
        case .createNetwork(let network): .network(network.name)
        case .removeNetwork(let name): .network(name)
        case .createVolume(let volume): .volume(volume.name)
        case .removeVolume(let name): .volume(name)
        case .createContainer(let service, let number):
            .container(ContainerID(service: service.name, number: number))
        case .startContainer(let id), .waitForContainer(let id, _), .stopContainer(let id, _),
            .removeContainer(let id):
            .container(id)
        case .publishPorts, .unpublishPorts: .ports
        }
    }

    /// What is done, in one word.
    public var verb: String {
        switch self {
        case .ensureImage: "ensure"
        case .pullImage: "pull"
        case .createNetwork, .createVolume, .createContainer: "create"
        case .removeNetwork, .removeVolume, .removeContainer: "remove"
        case .startContainer: "start"
        case .waitForContainer: "wait for"
        case .stopContainer: "stop"
        case .publishPorts: "publish"
        case .unpublishPorts: "withdraw"
        }
    }

    /// The place among operations that nothing else orders: what takes away comes before what makes.
    var rank: Int {
        switch self {
        case .ensureImage, .pullImage: 0
        case .stopContainer: 1
        case .unpublishPorts: 2
        case .removeContainer: 3
        case .removeNetwork: 4
        case .removeVolume: 5
        case .createNetwork: 6
        case .createVolume: 7
        case .createContainer: 8
        case .publishPorts: 9
        case .startContainer: 10
        case .waitForContainer: 11
        }
    }
}
