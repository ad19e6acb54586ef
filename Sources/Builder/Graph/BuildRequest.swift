public import OCI
public import SystemPackage

/// One requested image: the complete settings of a service's `build:`, or of the command line.
public struct BuildRequest: Sendable, Hashable {
    /// What messages and other requests call it, such as the name of the service.
    public var name: String
    public var context: ContextSource
    public var dockerfile: DockerfileLocation
    /// What messages call the Dockerfile; `nil` is as `dockerfile` has it.
    public var shownDockerfile: String?
    /// Values of `ARG`.
    public var arguments: [String: String] = [:]
    /// The stage to build; `nil` for the last.
    public var target: String?
    /// What `FROM`, `COPY --from` and mounts may name besides stages and images.
    public var additionalContexts: [String: ContextSource] = [:]
    /// By the id that `--mount=type=secret` names.
    public var secrets: [String: SecretSource] = [:]
    /// By the id that `--mount=type=ssh` names: the socket of an SSH agent, or the files of private keys.
    public var agents: [String: [FilePath]] = [:]
    /// References of images, in any form of `FROM`, whose layers may be reused when the cache misses.
    public var cacheSources: [String] = []
    /// Of the image, over those of the Dockerfile; they are in no history.
    public var labels: [String: String] = [:]
    /// Of `RUN` without `--network`.
    public var network = BuildNetwork.sandbox
    /// Empty for the platform of the host.
    public var platforms: [Platform] = []
    public var skipsCache = false
    /// Names and numbers of stages that do not use the cache.
    public var stagesWithoutCache: Set<String> = []
    /// Whether registries are asked for images that are in the store.
    public var pullsBases = false
    /// Names that the image gets, canonical texts of references.
    public var tags: [String] = []
    /// In bytes; `nil` for the default.
    public var sharedMemorySize: UInt64?
    public var limits: [RuntimeSpecification.ResourceLimit] = []
    /// Names that `RUN` knows addresses by.
    public var extraHosts: [HostAddress] = []
    public var entitlements: Set<Entitlement> = []
    /// Whether every `RUN` is without the sandbox.
    public var isPrivileged = false
    /// What of the user's words has no effect, and why.
    public var remarks: [String] = []

    public init(name: String, context: ContextSource, dockerfile: DockerfileLocation = .path("Dockerfile")) {
        self.name = name
        self.context = context
        self.dockerfile = dockerfile
    }
}

/// Where the instructions are.
public enum DockerfileLocation: Sendable, Hashable {
    /// Relative to the context's root, or absolute.
    case path(String)
    /// The text itself.
    case inline(String)
    /// The standard input of this process.
    case standardInput
}

extension DockerfileLocation: CustomStringConvertible {
    /// For messages.
    public var description: String {
        switch self {
        case .path(let path): path
        case .inline: "dockerfile_inline"
        case .standardInput: "standard input"
        }
    }
}

extension BuildRequest {
    /// What messages call the Dockerfile.
    var dockerfileName: String { shownDockerfile ?? "\(dockerfile)" }
}

/// Where the value of a secret is.
public enum SecretSource: Sendable, Hashable {
    case file(FilePath)
    /// Of this process.
    case variable(String)
    case value([UInt8])
}

/// What `RUN` can reach.
public enum BuildNetwork: Sendable, Hashable {
    /// A separate network with access to the internet.
    case sandbox
    /// Only itself.
    case none
    /// The host's.
    case host
    /// A network of the builder's host.
    case named(String)
}

/// A permission of a build beyond the sandbox.
public enum Entitlement: String, Sendable, Hashable, CaseIterable {
    case networkHost = "network.host"
    case securityInsecure = "security.insecure"
    case device
}
