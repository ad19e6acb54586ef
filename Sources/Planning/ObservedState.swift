package import Vocabulary

/// What there is of an environment, from records, kernel and runtime; one of the two inputs of planning.
package struct ObservedState: Hashable, Sendable, Codable {
    /// The images in the store: image id (a digest as text) by reference.
    package var images: [String: String]
    /// What is known of the images that come from elsewhere, for `pull_policy`; by reference.
    package var imageSources: [String: ObservedImage] = [:]
    /// The images that are built before anything else is done; by reference.
    package var dueBuilds: [String: DueBuild] = [:]
    /// Whether the environment's supervisor is there.
    package var hasSupervisor: Bool
    /// The environment's networks by name, those that exist only in part too.
    package var networks: [NetworkName: ObservedNetwork]
    /// The names of the environment's volumes that have a record.
    package var volumes: Set<VolumeName>
    /// The environment's containers; an id comes once (of several with one id the first counts).
    package var containers: [ObservedContainer]
    /// The containers whose ports are published at this moment: claimed, and open. It may name containers that are no
    /// more.
    package var publishedPorts: Set<ContainerID>
    /// The host ports that containers have claimed, open or not.
    package var heldPorts: [ContainerID: [HeldPort]] = [:]
    /// The jobs that start by the clock, by name.
    package var jobs: [ServiceName: ObservedJob] = [:]
    /// What has run of `provision`, by container: also of one whose changes outlived a restart of the machine.
    package var provisioned: [ContainerID: ProvisionedContainer] = [:]
    /// The images that containers of services can begin with in place of their own, by service: `bake` made them.
    package var bakedImages: [ServiceName: BakedImage] = [:]
    /// Where a registry has one of these that is not in the store, by service: a reference with its digest.
    package var bakedOffers: [ServiceName: String] = [:]
    /// The digests of what the steps of `provision` read on the host, by service, step and part.
    package var stepContents: [ServiceName: [String: [String: String]]] = [:]
    /// The seeds of services whose volumes are not there yet, by service.
    package var seeds: [ServiceName: ObservedSeed] = [:]
    /// What a user should know of the steps of `provision`, one sentence each.
    package var provisionRemarks: [String] = []
    /// What is wrong with the packet filter, in words that follow `firewall`; `nil` when nothing is.
    package var firewallProblem: String?

    package init(
        images: [String: String] = [:], networks: [NetworkName: ObservedNetwork] = [:], volumes: Set<VolumeName> = [],
        containers: [ObservedContainer] = [], publishedPorts: Set<ContainerID> = [], hasSupervisor: Bool = false
    ) {
        self.images = images
        self.networks = networks
        self.volumes = volumes
        self.containers = containers
        self.publishedPorts = publishedPorts
        self.hasSupervisor = hasSupervisor
    }
}

/// The seed that fits a service: what the volumes of one like it had when it was first healthy.
package struct ObservedSeed: Hashable, Sendable, Codable {
    /// Of all that decides what the service writes until it is healthy.
    package var digest: String
    /// The volumes that it fills, all of the service's own.
    package var volumes: [VolumeName]
    /// `false` where it would be the first: one may be kept of it.
    package var isKept: Bool
    /// Whether the file asks for it by `seed: auto`.
    package var isRequested: Bool

    package init(digest: String, volumes: [VolumeName], isKept: Bool, isRequested: Bool = false) {
        self.digest = digest
        self.volumes = volumes
        self.isKept = isKept
        self.isRequested = isRequested
    }
}

/// What has run of `provision` in a container.
package struct ProvisionedContainer: Hashable, Sendable, Codable {
    /// The id of the image that the container's changes lie upon; `nil` where it is not known.
    package var imageID: String?
    /// By name.
    package var steps: [String: RanStep]

    package init(imageID: String?, steps: [String: RanStep]) {
        self.imageID = imageID
        self.steps = steps
    }
}

/// A host port that a container has claimed.
package struct HeldPort: Hashable, Sendable, Codable {
    package var hostAddress: HostAddress
    package var hostPort: Port
    /// The port of the container.
    package var target: Port
    package var transport: Transport

    package init(hostAddress: HostAddress, hostPort: Port, target: Port, transport: Transport) {
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.target = target
        self.transport = transport
    }

    /// Whether it was claimed for this mapping.
    package func serves(_ port: DesiredContainer.PublishedPort) -> Bool {
        hostAddress == port.hostAddress && target == port.containerPort && transport == port.transport
    }

    /// Whether the mapping may have to wait until this one is given up.
    package func hinders(_ port: DesiredContainer.PublishedPort) -> Bool {
        guard transport == port.transport, let wanted = port.hostPorts, wanted.contains(hostPort) else {
            return false
        }
        return hostAddress.overlaps(port.hostAddress)
    }
}

/// A build that has to be done, or to be looked at.
package struct DueBuild: Hashable, Sendable, Codable {
    /// The service that builds the image.
    package var service: ServiceName
    package var cause: String
    /// `false` where only the build itself can tell whether something has changed.
    package var isCertain: Bool

    package init(service: ServiceName, cause: String, isCertain: Bool = true) {
        self.service = service
        self.cause = cause
        self.isCertain = isCertain
    }
}

/// A network that has a record.
package struct ObservedNetwork: Hashable, Sendable, Codable {
    /// The configuration that it was made from; `nil` when its record cannot be read, which counts as changed.
    package var configuration: NetworkConfiguration?
    /// `false` when the record is there but the bridge or a part of it is not.
    package var isComplete: Bool
    /// The other environments that use it.
    package var users: [EnvironmentID] = []

    package init(configuration: NetworkConfiguration?, isComplete: Bool = true) {
        self.configuration = configuration
        self.isComplete = isComplete
    }
}

/// A container that has a record.
package struct ObservedContainer: Hashable, Sendable, Codable {
    /// What a container does at the moment.
    package enum State: Hashable, Sendable, Codable {
        /// Made, never started.
        case created
        case running
        case exited(code: Int32)
        /// A record whose objects are not there or not all there: good for nothing but removal.
        case incomplete
    }

    package var id: ContainerID
    /// The fingerprint of the service as it was when the container was made.
    package var fingerprint: ContainerFingerprint
    /// The id of the image that the container was made from.
    package var imageID: String
    /// The id of the image that this one was baked upon; `nil` for one that was not baked.
    package var baseImageID: String?
    package var state: State
    /// The networks that it is attached to: by the kernel where that can tell, else by the record.
    package var networks: Set<NetworkName>
    /// The services that it depended on when it was made; they order the stop of what no Envfile describes any more.
    package var dependencies: [ServiceName]
    /// How long a stop of this container waits before `SIGKILL`.
    package var stopGracePeriod: Duration
    /// The targets of mounts whose source on the host is another object by now.
    package var replacedMounts: [String] = []
    /// Whether its processes stand still.
    package var isPaused = false
    /// Whether `run` made it for one command.
    package var isOneOff = false
    /// What its checks have come to; `nil` for one that has none or does not run.
    package var health: HealthState?
    /// Whether it has ended, or has been started again, by itself: it may do so again.
    package var isUnsettled = false

    package init(
        id: ContainerID, fingerprint: ContainerFingerprint, imageID: String, state: State,
        networks: Set<NetworkName> = [],
        dependencies: [ServiceName] = [], stopGracePeriod: Duration = .seconds(10)
    ) {
        self.id = id
        self.fingerprint = fingerprint
        self.imageID = imageID
        self.state = state
        self.networks = networks
        self.dependencies = dependencies
        self.stopGracePeriod = stopGracePeriod
    }
}
