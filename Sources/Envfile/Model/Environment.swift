/// The content of an Envfile, decoded, completed with defaults and checked: the input of planning.
///
/// Every default is set. A `nil` means the value of the image, or that there is none.
public struct Environment: Hashable, Sendable {
    /// The project's name: `name:`, `-p`, or the directory's name, in the form `[a-z0-9][a-z0-9_-]*`.
    public var name: String
    /// The absolute path of the project directory; relative host paths have been resolved against it.
    public var directory: String
    /// The services that the active profiles select, sorted by name.
    public var services: [Service]
    /// The networks that the selected services use, sorted by name.
    public var networks: [Network]
    /// The named volumes that the selected services mount, sorted by name.
    public var volumes: [Volume]
    /// The secrets that the selected services and their builds get, sorted by name.
    public var secrets: [FileDefinition] = []
    /// The configs that the selected services get, sorted by name.
    public var configs: [FileDefinition] = []
    /// The language models that the selected services use, sorted by name.
    public var models: [ModelDefinition] = []
    /// Which set of defaults applied (shared rules of `Envfile` or of `compose.yaml`).
    public var dialect: Dialect
    /// The `x-` keys of the top level, which mean nothing to Trice.
    public var extensions: [String: Value] = [:]
    public var tools = ProjectTools()

    public init(
        name: String, directory: String, services: [Service], networks: [Network], volumes: [Volume],
        dialect: Dialect
    ) {
        self.name = name
        self.directory = directory
        self.services = services
        self.networks = networks
        self.volumes = volumes
        self.dialect = dialect
    }
}

/// The set of defaults that an Envfile is read with.
public enum Dialect: String, Hashable, Sendable, Codable {
    /// A file named `Envfile`: loopback ports that move aside when taken, a small init as PID 1.
    case trice
    /// A file named `compose*.yaml`, or with `compat: compose`: the rules of Compose.
    case compose
}

/// The keys that Trice adds at the top level.
public struct ProjectTools: Hashable, Sendable {
    /// The versions of Trice that accept the file; `nil` for all.
    public var requirement: VersionRequirement?
    /// The text that `up` prints at its end.
    public var postUpMessage: PostUpMessage?
    /// In order.
    public var triggers: [Trigger] = []

    public init() {}
}
