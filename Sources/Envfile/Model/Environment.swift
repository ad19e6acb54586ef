/// Everything an Envfile says, decoded, completed with defaults and checked: the input of planning.
///
/// Every default is filled in. An optional that is left means "what the image says", never "our default".
public struct Environment: Hashable, Sendable {
    /// The project's name: `name:`, `-p`, or the directory's name, in the form `[a-z0-9][a-z0-9_-]*`.
    public var name: String
    /// The absolute path of the project directory; relative host paths have been resolved against it.
    public var directory: String
    /// The services that the active profiles select, sorted by name.
    public var services: [Service]
    /// The networks that the selected services use, sorted by name.
    public var networks: [Network]
    /// The named volumes of the top-level `volumes:`, sorted by name.
    public var volumes: [Volume]
    /// Which set of defaults applied (shared rules of `Envfile` or of `compose.yaml`).
    public var semantics: Semantics

    public init(
        name: String, directory: String, services: [Service], networks: [Network], volumes: [Volume],
        semantics: Semantics
    ) {
        self.name = name
        self.directory = directory
        self.services = services
        self.networks = networks
        self.volumes = volumes
        self.semantics = semantics
    }
}

/// The set of defaults that an Envfile is read with.
public enum Semantics: String, Hashable, Sendable, Codable {
    /// A file named `Envfile`: loopback ports that move aside when taken, a small init as PID 1.
    case trice
    /// A file named `compose*.yaml`, or `compat: compose`: what Compose means.
    case compose
}

/// A network of the environment; each is one bridge.
public struct Network: Hashable, Sendable {
    /// The key under `networks:`; `default` for the one that services join unasked.
    public var name: String
    /// `true` when containers must not reach beyond the bridge.
    public var isInternal: Bool
    public var labels: [String: String]

    public init(name: String, isInternal: Bool = false, labels: [String: String] = [:]) {
        self.name = name
        self.isInternal = isInternal
        self.labels = labels
    }
}

/// A named volume, which outlives its containers.
public struct Volume: Hashable, Sendable {
    /// The key under `volumes:`.
    public var name: String
    public var labels: [String: String]

    public init(name: String, labels: [String: String] = [:]) {
        self.name = name
        self.labels = labels
    }
}
