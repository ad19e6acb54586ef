/// An environment that has ever come up and has not been destroyed.
///
/// Like in all records, a time is a count of nanoseconds since 1970-01-01 00:00 UTC.
public struct EnvironmentRecord: Hashable, Sendable, Codable, Identifiable {
    public var id: String
    public var name: String
    /// The absolute path of the project directory.
    public var directory: String
    public var createdAt: Int64

    public init(id: String, name: String, directory: String, createdAt: Int64) {
        self.id = id
        self.name = name
        self.directory = directory
        self.createdAt = createdAt
    }
}

/// A named volume of an environment.
public struct VolumeRecord: Hashable, Sendable, Codable {
    public var environmentID: String
    public var name: String
    /// The absolute path of its directory.
    public var path: String
    public var createdAt: Int64

    public init(environmentID: String, name: String, path: String, createdAt: Int64) {
        self.environmentID = environmentID
        self.name = name
        self.path = path
        self.createdAt = createdAt
    }
}

/// The last host port of a mapping, which the next `up` prefers.
public struct PortRecord: Hashable, Sendable, Codable {
    public var environmentID: String
    public var service: String
    /// The port in the container.
    public var target: UInt16
    /// `tcp` or `udp`.
    public var transportProtocol: String
    /// `loopback`, `any` or an address.
    public var hostAddress: String
    public var hostPort: UInt16

    public init(
        environmentID: String, service: String, target: UInt16, transportProtocol: String, hostAddress: String,
        hostPort: UInt16
    ) {
        self.environmentID = environmentID
        self.service = service
        self.target = target
        self.transportProtocol = transportProtocol
        self.hostAddress = hostAddress
        self.hostPort = hostPort
    }
}
