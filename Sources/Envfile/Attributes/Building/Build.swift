/// `build`: the build of a service's image from a Dockerfile.
package struct Build: Hashable, Sendable {
    /// The instructions of the build.
    package enum Dockerfile: Hashable, Sendable {
        /// A path in the context, as written; relative to the context's root.
        case path(String)
        /// The text itself (`dockerfile_inline`).
        case inline(String)
    }

    package var context: BuildContext
    package var dockerfile: Dockerfile
    /// Build-time variables. A name without a value has taken the variable of that name, or is left out.
    package var arguments: [String: String]
    /// The stage to build; `nil` for the last.
    package var target: String?
    /// Contexts that the Dockerfile may name besides its own.
    package var additionalContexts: [String: BuildContext]
    package var secrets: [FileReference]
    /// Sorted by id.
    package var sshKeys: [BuildSSHKey]
    package var cacheSources: [String]
    package var cacheTargets: [String]
    /// Labels of the image.
    package var labels: [String: String]
    /// The network of `RUN`: `none`, `host` or a name; `nil` for the builder's default.
    package var network: String?
    /// Platforms to build for, such as `linux/amd64`; empty for the host's.
    package var platforms: [String]
    package var skipsCache: Bool
    /// Stages that are built without the cache.
    package var stagesWithoutCache: [String]
    /// Whether base images are pulled even when they are there.
    package var pullsBases: Bool
    /// References that the image gets besides the service's own.
    package var tags: [String]
    /// The size of `/dev/shm` in bytes; `nil` for the builder's default.
    package var sharedMemorySize: UInt64?
    package var ulimits: [String: Ulimit]
    package var extraHosts: ExtraHosts
    package var entitlements: [String]
    package var isPrivileged: Bool
    /// A technology of Windows; it has no effect.
    package var isolation: String?
    /// The attestations to add: `true`, `false` or parameters such as `mode=max`.
    package var provenance: String?
    package var sbom: String?

    package init(
        context: BuildContext, dockerfile: Dockerfile = .path("Dockerfile"), arguments: [String: String] = [:],
        target: String? = nil, additionalContexts: [String: BuildContext] = [:], secrets: [FileReference] = [],
        sshKeys: [BuildSSHKey] = [], cacheSources: [String] = [], cacheTargets: [String] = [],
        labels: [String: String] = [:], network: String? = nil, platforms: [String] = [], skipsCache: Bool = false,
        stagesWithoutCache: [String] = [], pullsBases: Bool = false, tags: [String] = [],
        sharedMemorySize: UInt64? = nil, ulimits: [String: Ulimit] = [:], extraHosts: ExtraHosts = ExtraHosts(),
        entitlements: [String] = [], isPrivileged: Bool = false, isolation: String? = nil, provenance: String? = nil,
        sbom: String? = nil
    ) {
        self.context = context
        self.dockerfile = dockerfile
        self.arguments = arguments
        self.target = target
        self.additionalContexts = additionalContexts
        self.secrets = secrets
        self.sshKeys = sshKeys
        self.cacheSources = cacheSources
        self.cacheTargets = cacheTargets
        self.labels = labels
        self.network = network
        self.platforms = platforms
        self.skipsCache = skipsCache
        self.stagesWithoutCache = stagesWithoutCache
        self.pullsBases = pullsBases
        self.tags = tags
        self.sharedMemorySize = sharedMemorySize
        self.ulimits = ulimits
        self.extraHosts = extraHosts
        self.entitlements = entitlements
        self.isPrivileged = isPrivileged
        self.isolation = isolation
        self.provenance = provenance
        self.sbom = sbom
    }
}
