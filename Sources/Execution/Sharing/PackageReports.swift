package import Snapshots
package import Vocabulary

/// What `package`, `publish` and `snapshot export` have written.
package struct PackageReport: Codable, Sendable {
    /// The file, or the reference in the registry; `-` for standard output.
    package var target: String
    /// The digest of the artifact's manifest.
    package var digest: String
    /// Bytes of all layers as they are sent.
    package var size: Int64
    /// The name of the project.
    package var project: String
    /// The name of the snapshot; `nil` where none is part of it.
    package var snapshot: String?
    /// The containers of the snapshot.
    package var containers: [String]
    /// The volumes of the snapshot.
    package var volumes: [String]
    /// The names of the images.
    package var images: [String]
    /// The files of the project directory.
    package var files: [String]
    /// What is not part of the package.
    package var leftOut: [PackageDocument.LeftOut]
    /// Variables that sound secret and whose value stands in a file of the package.
    package var plainSecrets: [String]
}

/// What `init --from` has made of a package.
package struct UnpackedProject: Codable, Sendable {
    /// The project directory.
    package var directory: String
    /// The environment that `up` brings up.
    package var environment: EnvironmentID
    /// The files that were written, relative to the directory.
    package var files: [String]
    /// The names of the images that were loaded.
    package var images: [String]
    /// The name of the snapshot; `nil` where the package has none.
    package var snapshot: String?
    /// The volumes that were restored.
    package var volumes: [String]
    /// What is not part of the package.
    package var leftOut: [PackageDocument.LeftOut]
    /// The files for `-f`; empty where `trice up` finds them by itself.
    package var envfiles: [String]
}
