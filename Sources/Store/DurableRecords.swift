package import Vocabulary

/// An environment that has ever come up and has not been destroyed.
///
/// Like in all records, a time is a count of nanoseconds since 1970-01-01 00:00 UTC.
package struct EnvironmentRecord: Hashable, Sendable, Codable, Identifiable {
    package var id: EnvironmentID
    package var name: String
    /// The absolute path of the project directory.
    package var directory: String
    /// What the directory is known by after it was moved; `nil` where its file system tells nothing of the kind.
    package var directoryIdentity: String?
    /// Nanoseconds since the epoch.
    package var createdAt: Int64

    package init(
        id: EnvironmentID, name: String, directory: String, directoryIdentity: String? = nil, createdAt: Int64
    ) {
        self.id = id
        self.name = name
        self.directory = directory
        self.directoryIdentity = directoryIdentity
        self.createdAt = createdAt
    }
}

/// A named volume of an environment.
package struct VolumeRecord: Hashable, Sendable, Codable {
    package var environmentID: EnvironmentID
    package var name: VolumeName
    /// The absolute path of its directory.
    package var path: String
    /// Nanoseconds since the epoch.
    package var createdAt: Int64

    package init(environmentID: EnvironmentID, name: VolumeName, path: String, createdAt: Int64) {
        self.environmentID = environmentID
        self.name = name
        self.path = path
        self.createdAt = createdAt
    }
}

/// A volume whose name is its own and not that of an environment: environments share it.
package struct NamedVolumeRecord: Hashable, Sendable, Codable {
    package var name: VolumeName
    /// The absolute path of its directory.
    package var path: String
    /// The environment that made it, and removes it with `down --volumes`; `nil` for one made by hand.
    package var environmentID: EnvironmentID?
    /// Nanoseconds since the epoch.
    package var createdAt: Int64

    package init(name: VolumeName, path: String, environmentID: EnvironmentID?, createdAt: Int64) {
        self.name = name
        self.path = path
        self.environmentID = environmentID
        self.createdAt = createdAt
    }
}

/// The last host port of a mapping, which the next `up` prefers.
package struct PortRecord: Hashable, Sendable, Codable {
    package var environmentID: EnvironmentID
    package var service: ServiceName
    /// The port in the container.
    package var target: Port
    package var transportProtocol: Transport
    package var hostAddress: HostAddress
    package var hostPort: Port

    package init(
        environmentID: EnvironmentID, service: ServiceName, target: Port, transportProtocol: Transport,
        hostAddress: HostAddress,
        hostPort: Port
    ) {
        self.environmentID = environmentID
        self.service = service
        self.target = target
        self.transportProtocol = transportProtocol
        self.hostAddress = hostAddress
        self.hostPort = hostPort
    }
}
