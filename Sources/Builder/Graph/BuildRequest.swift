public import OCI
public import SystemPackage

/// One image that is asked for: what `build:` of a service, or the command line, says, complete.
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
    /// Names of images, by any text that `FROM` knows, whose layers may be used again when the cache has not what is
    /// wanted.
    public var cacheSources: [String] = []
    /// Of the image, over those of the Dockerfile; they are in no history.
    public var labels: [String: String] = [:]
    /// Of `RUN` without `--network`.
    public var network = BuildNetwork.sandbox
    /// Empty for the host's own.
    public var platforms: [Platform] = []
    public var skipsCache = false
    /// Names and numbers of stages that are built anew.
    public var stagesWithoutCache: Set<String> = []
    /// Whether registries are asked for images that are here already.
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
    /// What comes on the standard input of this process.
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
    /// A network of its own with a way outside.
    case sandbox
    /// Only itself.
    case none
    /// The host's.
    case host
    /// One that the builder's host knows.
    case named(String)
}

/// What a build may be allowed beyond the sandbox.
public enum Entitlement: String, Sendable, Hashable, CaseIterable {
    case networkHost = "network.host"
    case securityInsecure = "security.insecure"
    case device
}
