package import Envfile
package import Vocabulary

/// One step of a plan, with all that its execution needs.
package enum Operation: Hashable, Sendable {
    /// Makes an image present in the store, by whatever way its reference says.
    case ensureImage(reference: String)
    /// Asks the registry what a name stands for now and brings that.
    case pullImage(reference: String)
    /// Brings a baked image from the registry that the lock names. Where it cannot be had, nothing is changed: steps run then.
    case bringBaked(BakedImage, from: String)
    /// Builds the image of a service, and gives it this name; with `isDue` something is known to have changed.
    case buildImage(reference: String, service: ServiceName, isDue: Bool)
    /// Starts the environment's supervisor, which takes over what runs.
    case startSupervisor
    /// Makes the packet filter what the records say of these networks and of no other; without networks, nothing.
    case applyFirewall(networks: [NetworkName])
    /// Tells every container of the environment the names and addresses of the others.
    case applyNames
    /// Makes the network, or joins the one of another environment that an external one names.
    case createNetwork(Network)
    /// Removes a network of the environment, or leaves the one of another.
    case removeNetwork(name: NetworkName, isJoined: Bool = false)
    case createVolume(Volume)
    case removeVolume(name: VolumeName)
    /// Fills new volumes with a seed, all or none. Where it cannot be had they stay empty, and the service fills them.
    case placeSeed(ObservedSeed, service: ServiceName)
    /// Waits until the container is ready for the first time, and keeps what its new volumes have as a seed. It never fails: where
    /// no seed can be kept, nothing is changed.
    case keepSeed(ContainerID, ObservedSeed)
    /// Makes the container with its attachments, and claims its host ports, without starting it. Changes that an earlier
    /// one on the same image left, as a restart of the machine does, stay with `keepsChanges`.
    case createContainer(DesiredContainer, keepsChanges: Bool = true)
    /// Starts the container; its objects are made now where it has none.
    case startContainer(DesiredContainer)
    /// Runs the container of a step of `pre_start` of a service to its end and removes it. One that does not end with
    /// code 0 is a failure, and stays.
    case runStep(DesiredContainer, service: ServiceName, number: Int)
    /// Runs a step of `provision` inside a container that runs, and records that it has run.
    case provision(ContainerID, ProvisionStep)
    /// Waits until the container has fulfilled the condition, and fails when it no longer can. For `started` it runs,
    /// healthy where it has a check, or has ended with code 0.
    case waitForContainer(ContainerID, Dependency.Condition)
    case stopContainer(ContainerID, gracePeriod: Duration)
    /// Sends a signal to the first process.
    case signalContainer(ContainerID, Signal)
    /// Lets all processes of the container stand still.
    case pauseContainer(ContainerID)
    /// Lets the processes of a paused container go on.
    case resumeContainer(ContainerID)
    /// Removes the container, running or broken, with its own changes; withdraws its ports before it frees them. Its
    /// volumes without a name stay for the container that takes its place where `keepsVolumes`.
    case removeContainer(ContainerID, keepsVolumes: Bool)
    /// Makes the published ports of the environment those of these containers, as far as they exist, and no others:
    /// claims host ports for `claiming`, which lack them, and opens those of `opening`, which run already.
    case publishPorts([ContainerID], claiming: [DesiredContainer] = [], opening: [ContainerID] = [])
    /// Makes the environment publish nothing.
    case unpublishPorts
    /// Makes the supervisor start these jobs by the clock, and no others.
    case scheduleJobs([DesiredJob])
}

extension Operation {
    /// What the operation acts on.
    package var resource: Resource {
        switch self {
        case .ensureImage(let reference), .pullImage(let reference), .buildImage(let reference, _, _):
            .image(reference)
        case .bringBaked(_, let reference): .image(String(reference.prefix { $0 != "@" }))
        case .startSupervisor: .supervisor
        case .applyFirewall: .firewall
        case .applyNames: .names
        case .createNetwork(let network): .network(network.name.rawValue)
        case .removeNetwork(let name, _): .network(name.rawValue)
        case .createVolume(let volume): .volume(volume.name.rawValue)
        case .removeVolume(let name): .volume(name.rawValue)
        case .placeSeed(let seed, _), .keepSeed(_, let seed): .volume(seed.volumes.joined(separator: ", "))
        case .createContainer(let container, _), .startContainer(let container), .runStep(let container, _, _):
            .container(container.id)
        case .waitForContainer(let id, _), .stopContainer(let id, _), .removeContainer(let id, _),
            .signalContainer(let id, _), .pauseContainer(let id), .resumeContainer(let id):
            .container(id)
        case .provision(let id, let step): .step(id, step.step.name)
        case .publishPorts, .unpublishPorts: .ports
        case .scheduleJobs: .jobs
        }
    }

    /// What is done, in one word.
    package var verb: String {
        switch self {
        case .ensureImage: "ensure"
        case .pullImage, .bringBaked: "pull"
        case .buildImage: "build"
        case .applyFirewall, .applyNames: "apply"
        case .createNetwork(let network) where network.identity.isExternal: "join"
        case .createNetwork, .createVolume, .createContainer: "create"
        case .removeNetwork(_, let isJoined) where isJoined: "leave"
        case .placeSeed: "fill from a seed"
        case .keepSeed: "keep"
        case .removeNetwork, .removeVolume, .removeContainer: "remove"
        case .startContainer, .startSupervisor: "start"
        case .runStep, .provision: "run"
        case .waitForContainer: "wait for"
        case .stopContainer: "stop"
        case .signalContainer: "signal"
        case .pauseContainer: "pause"
        case .resumeContainer: "resume"
        case .publishPorts: "publish"
        case .unpublishPorts: "withdraw"
        case .scheduleJobs: "schedule"
        }
    }

    /// The place among operations that nothing else orders: what takes away comes before what makes.
    var rank: Int {
        switch self {
        case .ensureImage, .pullImage, .buildImage, .bringBaked: 0
        case .startSupervisor: 1
        case .stopContainer, .signalContainer, .pauseContainer, .resumeContainer: 2
        case .unpublishPorts: 3
        case .removeContainer: 4
        case .removeNetwork: 5
        case .removeVolume: 6
        case .createNetwork: 7
        case .createVolume, .placeSeed: 8
        case .createContainer: 9
        case .applyFirewall: 10
        case .applyNames: 11
        case .publishPorts: 12
        case .startContainer, .runStep: 13
        case .provision: 14
        case .waitForContainer, .keepSeed: 15
        case .scheduleJobs: 16
        }
    }
}

extension Operation {
    /// Whether it starts a container.
    package var startsContainer: Bool {
        if case .startContainer = self { true } else { false }
    }

    /// Whether it brings or makes an image. These come first in a plan and wait for nothing.
    package var bringsImage: Bool {
        switch self {
        case .ensureImage, .pullImage, .buildImage, .bringBaked: true
        default: false
        }
    }
}
