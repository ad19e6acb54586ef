/// What a service needs the host to be.
public struct ServicePlatform: Hashable, Sendable {
    /// `OS[/ARCHITECTURE[/VARIANT]]`.
    public var platform: String?
    /// The OCI runtime by name.
    public var runtime: String?
    /// Windows only.
    public var isolation: String?
    /// Windows only.
    public var credentialSpecification: CredentialSpecification?

    public init() {}
}

/// Where a service's data comes from besides its mounts.
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
