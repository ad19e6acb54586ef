package import Envfile
package import Vocabulary

/// One step of a plan, with all that its execution needs.
package enum Operation: Hashable, Sendable {
    /// Makes an image present in the store, by whatever way its reference says.
    case ensureImage(reference: String)
    /// Asks the registry what a name stands for now and brings that.
    case pullImage(reference: String)
    case createNetwork(Network)
    case removeNetwork(name: String)
    case createVolume(Volume)
    case removeVolume(name: String)
    /// Makes the container with its attachments, and claims its host ports, without starting it.
    case createContainer(DesiredContainer)
    /// Starts the container; its objects are made now where it has none.
    case startContainer(DesiredContainer)
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
    package var resource: Resource {
        switch self {
        case .ensureImage(let reference), .pullImage(let reference): .image(reference)
        case .createNetwork(let network): .network(network.name)
        case .removeNetwork(let name): .network(name)
        case .createVolume(let volume): .volume(volume.name)
        case .removeVolume(let name): .volume(name)
        case .createContainer(let container), .startContainer(let container): .container(container.id)
        case .waitForContainer(let id, _), .stopContainer(let id, _),
            .removeContainer(let id):
            .container(id)
        case .publishPorts, .unpublishPorts: .ports
        }
    }

    /// What is done, in one word.
    package var verb: String {
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
