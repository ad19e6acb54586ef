package import Vocabulary

/// The content of an Envfile, decoded, completed with defaults and checked: the input of planning.
///
/// Every default is set. A `nil` means the value of the image, or no value.
package struct Environment: Hashable, Sendable {
    /// The project's name: `name:`, `-p`, or the directory's name, in the form `[a-z0-9][a-z0-9_-]*`.
    package var name: String
    /// The absolute path of the project directory; relative host paths have been resolved against it.
    package var directory: String
    /// The services that the active profiles select, sorted by name.
    package var services: [Service]
    /// The networks that the selected services use, sorted by name.
    package var networks: [Network]
    /// The named volumes that the selected services mount, sorted by name.
    package var volumes: [Volume]
    /// The selected services that are those of other environments, sorted by name.
    package var externalServices: [Service] = []
    /// Containers that run to their end when something triggers them, described like services; those that the active
    /// profiles select, sorted by name.
    package var jobs: [Service] = []
    /// The secrets that the selected services and their builds get, sorted by name.
    package var secrets: [FileDefinition] = []
    /// The configs that the selected services get, sorted by name.
    package var configs: [FileDefinition] = []
    /// The language models that the selected services use, sorted by name.
    package var models: [ModelDefinition] = []
    /// Which set of defaults applied (shared rules of `Envfile` or of `compose.yaml`).
    package var dialect: Dialect
    /// The `x-` keys of the top level, which mean nothing to Trice.
    package var extensions: [String: Value] = [:]
    package var tools = ProjectTools()

    package init(
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

extension Environment {
    /// All that containers are made of: the services, the steps of their `pre_start`, and the jobs.
    package var workloads: [Service] { services.withSteps + jobs }

    /// All that the files describe by a name of its own: the services and the jobs.
    package var described: [Service] { services + jobs }

    /// The names of the services that are those of other environments.
    package var externalNames: Set<ServiceName> { Set(externalServices.map(\.name)) }
}

extension [Service] {
    /// These services and the steps of their `pre_start`.
    package var withSteps: [Service] { self + flatMap(\.lifecycle.preStart) }
}

/// The set of defaults that an Envfile is read with.
package enum Dialect: String, Hashable, Sendable, Codable {
    /// A file named `Envfile`: loopback ports that move aside when taken, a small init as PID 1.
    case trice
    /// A file named `compose*.yaml`, or with `compat: compose`: the rules of Compose.
    case compose
}

/// The keys that Trice adds at the top level.
package struct ProjectTools: Hashable, Sendable {
    /// The versions of Trice that accept the file; `nil` for all.
    package var requirement: VersionRequirement?
    /// The text that `up` prints at its end.
    package var postUpMessage: PostUpMessage?
    /// In order.
    package var triggers: [Trigger] = []

    package init() {}
}
