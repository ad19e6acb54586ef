/// `build`: the build of a service's image from a Dockerfile.
public struct Build: Hashable, Sendable {
    /// The instructions of the build.
    public enum Dockerfile: Hashable, Sendable {
        /// A path in the context, as written; relative to the context's root.
        case path(String)
        /// The text itself (`dockerfile_inline`).
        case inline(String)
    }

    public var context: BuildContext
    public var dockerfile: Dockerfile
    /// Build-time variables. A name without a value has taken the variable of that name, or is left out.
    public var arguments: [String: String]
    /// The stage to build; `nil` for the last.
    public var target: String?
    /// Contexts that the Dockerfile may name besides its own.
    public var additionalContexts: [String: BuildContext]
    public var secrets: [FileReference]
    /// Sorted by id.
    public var sshKeys: [BuildSSHKey]
    public var cacheSources: [String]
    public var cacheTargets: [String]
    /// Labels of the image.
    public var labels: [String: String]
    /// The network of `RUN`: `none`, `host` or a name; `nil` for the builder's default.
    public var network: String?
    /// Platforms to build for, such as `linux/amd64`; empty for the host's.
    public var platforms: [String]
    public var skipsCache: Bool
    /// Stages that are built without the cache.
    public var stagesWithoutCache: [String]
    /// Whether base images are pulled even when they are there.
    public var pullsBases: Bool
    /// References that the image gets besides the service's own.
    public var tags: [String]
    /// The size of `/dev/shm` in bytes; `nil` for the builder's default.
    public var sharedMemorySize: UInt64?
    public var ulimits: [String: Ulimit]
    public var extraHosts: ExtraHosts
    public var entitlements: [String]
    public var isPrivileged: Bool
    /// A technology of Windows; it has no effect.
    public var isolation: String?
    /// The attestations to add: `true`, `false` or parameters such as `mode=max`.
    public var provenance: String?
    public var sbom: String?

    public init(
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
