/// What there is of an environment, from records, kernel and runtime; one of the two inputs of planning.
public struct ObservedState: Hashable, Sendable, Codable {
    /// The images in the store: image id (a digest as text) by reference.
    public var images: [String: String]
    /// Why images that are in the store will be built anew before anything else is done; by reference.
    public var dueImages: [String: String] = [:]
    /// The environment's networks by name, those that exist only in part too.
    public var networks: [String: ObservedNetwork]
    /// The names of the environment's volumes that have a record.
    public var volumes: Set<String>
    /// The environment's containers; an id comes once (of several with one id the first counts).
    public var containers: [ObservedContainer]
    /// The containers whose ports are published at this moment; may name containers that are no more.
    public var publishedPorts: Set<ContainerID>

    public init(
        images: [String: String] = [:], networks: [String: ObservedNetwork] = [:], volumes: Set<String> = [],
        containers: [ObservedContainer] = [], publishedPorts: Set<ContainerID> = []
    ) {
        self.images = images
        self.networks = networks
        self.volumes = volumes
        self.containers = containers
        self.publishedPorts = publishedPorts
    }
}

/// A network that has a record.
public struct ObservedNetwork: Hashable, Sendable, Codable {
    /// The configuration that it was made from; `nil` when its record cannot be read, which counts as changed.
    public var configuration: NetworkConfiguration?
    /// `false` when the record is there but the bridge or a part of it is not.
    public var isComplete: Bool

    public init(configuration: NetworkConfiguration?, isComplete: Bool = true) {
        self.configuration = configuration
        self.isComplete = isComplete
    }
}

/// A container that has a record.
public struct ObservedContainer: Hashable, Sendable, Codable {
    public enum State: Hashable, Sendable, Codable {
        /// Made, never started.
        case created
        case running
        case exited(code: Int32)
        /// A record whose objects are not there or not all there: good for nothing but removal.
        case incomplete
    }

    public var id: ContainerID
    /// The fingerprint of the service as it was when the container was made.
    public var fingerprint: ServiceFingerprint
    /// The id of the image that the container was made from.
    public var imageID: String
    public var state: State
    /// The networks that it is attached to: by the kernel where that can tell, else by the record.
    public var networks: Set<String>
    /// The services that it depended on when it was made; they order the stop of what no Envfile describes any more.
    public var dependencies: [String]
    /// How long a stop of this container waits before `SIGKILL`.
    public var stopGracePeriod: Duration

    public init(
        id: ContainerID, fingerprint: ServiceFingerprint, imageID: String, state: State, networks: Set<String> = [],
        dependencies: [String] = [], stopGracePeriod: Duration = .seconds(10)
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
