package import Vocabulary

/// A volume as `volume ls` and `volume inspect` show it.
package struct VolumeReport: Codable, Sendable {
    /// Its own name, or `PROJECT_KEY`.
    package var name: String
    /// The environment that made it.
    package var environment: EnvironmentID?
    /// The key in the environment's file.
    package var key: String?
    /// The directory on this host.
    package var path: String
    /// Seconds since 1970.
    package var createdAt: Int64
    /// Since it was created.
    package var ageSeconds: Int64
    /// The containers that mount it, as `ENVIRONMENT/CONTAINER`.
    package var usedBy: [String]
    /// Bytes on the disk; `nil` where it was not measured.
    package var size: Int64?
}
