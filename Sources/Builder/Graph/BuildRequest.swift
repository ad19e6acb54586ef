package import OCI
package import SystemPackage

/// One requested image: the complete settings of a service's `build:`, or of the command line.
package struct BuildRequest: Sendable, Hashable {
    /// What messages and other requests call it, such as the name of the service.
    package var name: String
    package var context: ContextSource
    package var dockerfile: DockerfileLocation
    /// What messages call the Dockerfile; `nil` is as `dockerfile` has it.
    package var shownDockerfile: String?
    /// Values of `ARG`.
    package var arguments: [String: String] = [:]
    /// The stage to build; `nil` for the last.
    package var target: String?
    /// What `FROM`, `COPY --from` and mounts may name besides stages and images.
    package var additionalContexts: [String: ContextSource] = [:]
    /// By the id that `--mount=type=secret` names.
    package var secrets: [String: SecretSource] = [:]
    /// By the same id, for mounts that name neither a mode nor an owner themselves.
    package var secretPermissions: [String: SecretPermissions] = [:]
    /// By the id that `--mount=type=ssh` names: the socket of an SSH agent, or the files of private keys.
    package var agents: [String: [FilePath]] = [:]
    /// References of images, in any form of `FROM`, whose layers may be reused when the cache misses.
    package var cacheSources: [String] = []
    /// Of the image, over those of the Dockerfile; they are in no history.
    package var labels: [String: String] = [:]
    /// Of `RUN` without `--network`.
    package var network = BuildNetwork.sandbox
    /// Empty for the platform of the host.
    package var platforms: [Platform] = []
    package var skipsCache = false
    /// Names and numbers of stages that do not use the cache.
    package var stagesWithoutCache: Set<String> = []
    /// Whether registries are asked for images that are in the store.
    package var pullsBases = false
    /// Names that the image gets, canonical texts of references.
    package var tags: [String] = []
    /// In bytes; `nil` for the default.
    package var sharedMemorySize: UInt64?
    package var limits: [RuntimeSpecification.ResourceLimit] = []
    /// Names that `RUN` knows addresses by.
    package var extraHosts: [HostAddress] = []
    package var entitlements: Set<Entitlement> = []
    /// Whether every `RUN` is without the sandbox.
    package var isPrivileged = false
    /// What of the user's words has no effect, and why.
    package var remarks: [String] = []

    package init(name: String, context: ContextSource, dockerfile: DockerfileLocation = .path("Dockerfile")) {
        self.name = name
        self.context = context
        self.dockerfile = dockerfile
    }
}

/// Where the instructions are.
package enum DockerfileLocation: Sendable, Hashable {
    /// Relative to the context's root, or absolute.
    case path(String)
    /// The text itself.
    case inline(String)
    /// The standard input of this process.
    case standardInput
}

extension DockerfileLocation: CustomStringConvertible {
    /// For messages.
    package var description: String {
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
package enum SecretSource: Sendable, Hashable {
    case file(FilePath)
    /// Of this process.
    case variable(String)
    case value([UInt8])
}

/// The mode and the owner of the file of a secret; what is `nil` is as without it.
package struct SecretPermissions: Sendable, Hashable {
    /// Permission bits such as `0o440`.
    package var mode: UInt16?
    /// The numeric owner.
    package var user: UInt32?
    /// The numeric group.
    package var group: UInt32?

    package init(mode: UInt16? = nil, user: UInt32? = nil, group: UInt32? = nil) {
        self.mode = mode
        self.user = user
        self.group = group
    }
}

/// What `RUN` can reach.
package enum BuildNetwork: Sendable, Hashable {
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
package enum Entitlement: String, Sendable, Hashable, CaseIterable {
    case networkHost = "network.host"
    case securityInsecure = "security.insecure"
    case device
}
