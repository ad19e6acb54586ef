package import Envfile
package import OCI
package import Vocabulary

/// Everything that an export is made of: nothing else is read.
package struct ExportRequest: Sendable {
    /// The environment as the reader of the Envfile has it.
    package var environment: Environment
    /// Where the files have each value, for the report of losses.
    package var places: SourcePlaces
    /// What is known of the images, by the name in `image`.
    package var images: [String: ImageFacts]
    /// The images that a registry has with the result of all steps of a service, by the service's name.
    package var bakedImages: [ServiceName: ImageFacts] = [:]
    /// What a path of the host holds.
    package var tree: @Sendable (String) -> HostTree
    /// The content of a variable, for secrets and configs that are one.
    package var variable: @Sendable (String) -> String?
    /// What the user decides.
    package var options: ExportOptions

    package init(
        environment: Environment, places: SourcePlaces = SourcePlaces(), images: [String: ImageFacts] = [:],
        options: ExportOptions = ExportOptions(), variable: @escaping @Sendable (String) -> String? = { _ in nil },
        tree: @escaping @Sendable (String) -> HostTree
    ) {
        self.environment = environment
        self.places = places
        self.images = images
        self.options = options
        self.variable = variable
        self.tree = tree
    }
}

/// What an export knows of an image.
package struct ImageFacts: Sendable {
    /// The reference that the other engine pulls.
    package var reference: String
    /// Where another engine finds the image.
    package var origin: Origin
    /// `nil` when the image is not on this machine.
    package var configuration: ImageConfiguration.Execution?
    /// The numbers of `USER[:GROUP]` and of further groups by the image's account files; `nil` for what they do not have.
    package var user: (@Sendable (String, [String]) -> NumericUser?)?
    /// The names in a directory of the image, by its absolute path; none where there is no such directory. `nil` when the
    /// image is not on this machine.
    package var names: (@Sendable (String) -> [String])?

    /// The same for podman, which keeps images without a registry under `localhost/`.
    var podmanReference: String { origin == .local ? "localhost/\(reference)" : reference }

    /// Where another engine finds the image.
    package enum Origin: Sendable, Hashable {
        /// In a registry, and the reference has the digest of the content.
        case pinned
        /// In a registry, under a tag.
        case tagged
        /// In a registry as soon as it has been pushed.
        case pushed
        /// On this machine only.
        case local
    }

    package init(
        reference: String, origin: Origin = .tagged,
        configuration: ImageConfiguration.Execution? = nil,
        user: (@Sendable (String, [String]) -> NumericUser?)? = nil
    ) {
        self.reference = reference
        self.origin = origin
        self.configuration = configuration
        self.user = user
    }
}

/// The numbers that a container's program runs with.
package struct NumericUser: Hashable, Sendable {
    /// The numeric user.
    package var user: UInt32
    /// The numeric primary group.
    package var group: UInt32
    /// The supplementary numeric groups.
    package var groups: [UInt32]

    package init(user: UInt32, group: UInt32, groups: [UInt32] = []) {
        self.user = user
        self.group = group
        self.groups = groups
    }
}

/// What a path of the host holds, as far as an export can carry it.
package enum HostTree: Hashable, Sendable {
    case absent
    case file(File)
    /// The files below a directory by their relative paths, sorted.
    case directory([File])
    /// More than an export carries.
    case tooLarge
    /// A socket, a device or another thing without content; the word says what.
    case special(String)

    /// A regular file with its content.
    package struct File: Hashable, Sendable {
        /// Relative to the directory; the name of a file that is alone.
        package var path: String
        /// The content.
        package var bytes: [UInt8]
        /// Whether the owner may execute the file.
        package var isExecutable: Bool

        package init(path: String, bytes: [UInt8], isExecutable: Bool = false) {
            self.path = path
            self.bytes = bytes
            self.isExecutable = isExecutable
        }
    }

    /// What an object of a cluster can hold, less the space for names.
    package static let maximumSize = 900 << 10
    /// The number of files that an export carries at most.
    package static let maximumCount = 500
}

/// What the user decides about an export.
package struct ExportOptions: Sendable {
    /// What reads the objects of Kubernetes.
    package enum Target: String, Sendable, CaseIterable {
        case cluster
        /// `podman kube play` on this host, which knows pods, claims, ConfigMaps and Secrets.
        case podman
    }

    /// How published ports are reachable from outside of a cluster.
    package enum Exposure: String, Sendable, CaseIterable {
        case none, nodeport, loadbalancer, ingress, gateway
    }

    /// What becomes of the content of secrets.
    package enum SecretForm: String, Sendable, CaseIterable {
        /// The documents name a secret that is there already.
        case reference
        /// The documents say nothing of secrets.
        case omit
        /// Encrypted by the program sops.
        case sops
        case plain
    }

    /// What reads the objects of Kubernetes.
    package var target = Target.cluster
    /// How users outside of the cluster reach published ports.
    package var exposure = Exposure.none
    /// The domain below which `ingress` and `gateway` have a host for each service.
    package var domain: String?
    /// The gateway that routes belong to.
    package var gateway = "gateway"
    /// What becomes of the content of secrets.
    package var secrets = SecretForm.reference
    /// The namespace of all objects; `nil` leaves it to the caller of kubectl.
    package var namespace: String?
    /// Of each claim.
    package var volumeSize = "1Gi"
    /// The storage class of claims; `nil` for the cluster's default.
    package var storageClass: String?
    /// Keys that are left out where they cannot be carried.
    package var omitted: [KeyPattern] = []
    /// Targets of mounts whose files the image has.
    package var inImage: Set<String> = []
    /// Targets of mounts whose files are sent along with each export.
    package var synced: Set<String> = []
    /// Whether the cluster reaches the registries by the names that the images have, whatever they look like.
    package var trustsRegistry = false
    /// The zone of schedules that name none.
    package var timeZone = "Etc/UTC"

    package init() {}
}
