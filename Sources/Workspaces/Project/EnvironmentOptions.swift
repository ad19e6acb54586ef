package import Envfile

/// What `up` was asked beyond the Envfile.
package struct UpOptions: Sendable {
    package var services: [String]
    package var forceRecreate: Bool
    package var noRecreate: Bool
    package var noStart: Bool
    package var removeOrphans: Bool
    /// Instead of the services' own.
    package var pullPolicy: PullPolicy?
    /// Whether the lock must stay as it is.
    package var isFrozen: Bool
    /// When images are built; `nil` is as the file's dialect has it.
    package var builds: Bool?

    package init(
        services: [String] = [], forceRecreate: Bool = false, noRecreate: Bool = false, noStart: Bool = false,
        removeOrphans: Bool = false, pullPolicy: PullPolicy? = nil, isFrozen: Bool = false,
        builds: Bool? = nil
    ) {
        self.services = services
        self.forceRecreate = forceRecreate
        self.noRecreate = noRecreate
        self.noStart = noStart
        self.removeOrphans = removeOrphans
        self.pullPolicy = pullPolicy
        self.isFrozen = isFrozen
        self.builds = builds
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
