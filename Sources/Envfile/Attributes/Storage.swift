/// The sources of a service's data besides its mounts.
public struct ServiceStorage: Hashable, Sendable {
    /// `SERVICE[:ro|rw]` or `container:NAME[:ro|rw]`.
    public var volumesFrom: [String] = []
    /// Options of the storage driver, such as `size`.
    public var driverOptions: [String: String] = [:]
    public var secrets: [FileReference] = []
    public var configs: [FileReference] = []
    /// Language models.
    public var models: [ModelBinding] = []

    public init() {}
}

extension ServiceDraft {
    /// The data of a service.
    static let storageKeys: Keys = [
        .init(
            "configs", .none(.notYet), keys: .entries(FileReference.keys),
            decode: { $1.configs = FileReference.decodedList(.config, from: $0) },
            render: { model in .items(model.storage.configs) { $0.rendered() } }),
        .init(
            "models", .none(.foreign), keys: .entries(ModelBinding.keys),
            decode: { $1.models = ModelBinding.decodedList(from: $0) },
            render: { model in .members(model.storage.models) { ($0.model, $0.rendered()) } }),
        .init(
            "secrets", .none(.notYet), keys: .entries(FileReference.keys),
            decode: { $1.secrets = FileReference.decodedList(.secret, from: $0) },
            render: { model in .items(model.storage.secrets) { $0.rendered() } }),
        .init(
            "storage_opt", .none(.notYet), decode: { $1.service.storage.driverOptions = Labels.decoded(from: $0) },
            render: { .texts($0.storage.driverOptions) }),
        .init(
            "tmpfs", .container, decode: { $1.memoryMounts = Mount.decodedMemoryList(from: $0) },
            render: { .texts($0.mounts.compactMap(\.tmpfsText)) }),
        .init(
            "volumes", .container, keys: .entries(LongMount.keys), decode: { $1.mounts = Mount.decodedList(from: $0) },
            renderInContext: { model, context in
                .items(model.mounts.filter { $0.tmpfsText == nil }) { $0.rendered(context) }
            }),
        .init(
            "volumes_from", .none(.notYet), decode: { $1.service.storage.volumesFrom = $0.keyedStrings() },
            render: { .texts($0.storage.volumesFrom) }),
    ]
}
