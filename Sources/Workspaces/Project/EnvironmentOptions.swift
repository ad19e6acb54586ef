package import Envfile
package import Vocabulary

/// What `up` was asked beyond the Envfile.
package struct UpOptions: Sendable {
    package var services: [ServiceName]
    package var forceRecreate: Bool
    package var noRecreate: Bool
    package var noStart: Bool
    package var removeOrphans: Bool
    /// Whether containers that are made anew begin with new volumes where they have no name.
    package var renewAnonymousVolumes: Bool
    /// Instead of the services' own.
    package var pullPolicy: PullPolicy?
    /// Whether the lock must stay as it is.
    package var isFrozen: Bool
    /// When images are built; `nil` is as the file's dialect has it.
    package var builds: Bool?
    /// Whether an environment of this name that belongs to another directory becomes this project's.
    package var adopts: Bool
    /// Whether what runs and has not changed is restarted.
    package var restartsRunning = false
    /// Whether what the named services depend on is brought up too.
    package var followsDependencies = true
    /// Whether what they depend on is recreated too, where they are.
    package var recreatesDependencies = false
    /// Instead of the grace periods of containers that are stopped.
    package var stopTimeout: Duration?
    /// The container that `run` makes for one command; `nil` for none.
    package var oneOff: OneOffStart?
    /// Whether what the host cannot put in force is an error.
    package var isStrict: Bool
    /// The numbers of containers, by service, instead of the file's.
    package var scales: [ServiceName: Int] = [:]
    /// Whether services are waited for until they are ready; those that others depend on are in any case.
    package var waits = true
    /// Whether a service that has failed already is an error; not where its end is awaited afterwards.
    package var judgesEnds = true
    /// Which steps of `provision` run.
    package var provisioning = ProvisionRequest.due
    /// Whether steps that run on the host do so without a record of the user's consent.
    package var trustsHost = false
    /// How long services are waited for altogether; `nil` without a limit.
    package var waitTimeout: Duration?

    package init(
        services: [ServiceName] = [], forceRecreate: Bool = false, noRecreate: Bool = false, noStart: Bool = false,
        removeOrphans: Bool = false, renewAnonymousVolumes: Bool = false, pullPolicy: PullPolicy? = nil,
        isFrozen: Bool = false, builds: Bool? = nil, adopts: Bool = false, isStrict: Bool = false
    ) {
        self.services = services
        self.forceRecreate = forceRecreate
        self.noRecreate = noRecreate
        self.noStart = noStart
        self.removeOrphans = removeOrphans
        self.renewAnonymousVolumes = renewAnonymousVolumes
        self.pullPolicy = pullPolicy
        self.isFrozen = isFrozen
        self.builds = builds
        self.adopts = adopts
        self.isStrict = isStrict
    }
}

/// What `down` was asked.
package struct DownOptions: Sendable {
    /// Which images of the services go too; as Compose has it.
    package enum ImageRemoval: String, Sendable, CaseIterable {
        /// Those that are built and have no `image:`.
        case local
        case all
    }

    package var removesVolumes: Bool
    /// Instead of the containers' own grace periods.
    package var timeout: Duration?
    /// `nil` keeps every image.
    package var removedImages: ImageRemoval?

    package init(removesVolumes: Bool, timeout: Duration?, removedImages: ImageRemoval? = nil) {
        self.removesVolumes = removesVolumes
        self.timeout = timeout
        self.removedImages = removedImages
    }
}
