package import Vocabulary

/// The sources of a service's data besides its mounts.
package struct ServiceStorage: Hashable, Sendable {
    /// `SERVICE[:ro|rw]` or `container:NAME[:ro|rw]`.
    package var volumesFrom: [String] = []
    /// What the services of `volumesFrom` mount, by the service; what is in memory stays with its container.
    package var inheritedMounts: [ServiceName: [Mount]] = [:]
    /// Options of the storage driver, such as `size`.
    package var driverOptions: [String: String] = [:]
    package var secrets: [FileReference] = []
    package var configs: [FileReference] = []
    /// Language models.
    package var models: [ModelBinding] = []

    package init() {}
}

extension ServiceDraft {
    /// The data of a service.
    static let storageKeys: Keys = [
        .init(
            "configs", .container, keys: .entries(FileReference.keys),
            decode: { $1.configs = FileReference.decodedList(.config, from: $0) },
            render: { model in .items(model.storage.configs) { $0.rendered() } }
        ).merged(.list(.grant(directory: ""))),
        .init(
            "models", .none(.foreign), keys: .entries(ModelBinding.keys),
            decode: { $1.models = ModelBinding.decodedList(from: $0) },
            render: { model in .members(model.storage.models) { ($0.model, $0.rendered()) } }
        ).merged(.names(.nothing)),
        .init(
            "secrets", .container, keys: .entries(FileReference.keys),
            decode: { $1.secrets = FileReference.decodedList(.secret, from: $0) },
            render: { model in .items(model.storage.secrets) { $0.rendered() } }
        ).merged(.list(.grant(directory: "/run/secrets"))),
        .init(
            "storage_opt", .none(.quota), decode: { $1.service.storage.driverOptions = Labels.decoded(from: $0) },
            render: { .texts($0.storage.driverOptions) }),
        .init(
            "tmpfs", .container, decode: { $1.memoryMounts = Mount.decodedMemoryList(from: $0) },
            render: { .texts($0.mounts.compactMap(\.tmpfsText)) }
        ).merged(.list(.memoryTarget)),
        .init(
            "volumes", .container, keys: .entries(LongMount.keys), decode: { $1.mounts = Mount.decodedList(from: $0) },
            renderInContext: { model, context in
                .items(model.mounts.filter { $0.tmpfsText == nil }) { $0.rendered(context) }
            }
        ).merged(.list(.mountTarget)),
        .init(
            "volumes_from", .container, decode: { $1.service.storage.volumesFrom = $0.keyedStrings() },
            render: { .texts($0.storage.volumesFrom) }
        ).merged(.list(.text)),
    ]
}
