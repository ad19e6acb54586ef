package import Store
package import SystemPackage
package import Vocabulary

/// Volumes by the names under which environments share them.
extension Host {
    /// A volume of this host, of an environment or with a name of its own.
    package struct FoundVolume: Hashable, Sendable {
        /// Its own name, or `PROJECT_KEY`.
        package var name: String
        /// The directory of its content.
        package var path: FilePath
        /// The environment that made it; `nil` for one made by hand.
        package var environment: EnvironmentID?
        /// The key in that environment's file; `nil` for one with a name of its own.
        package var key: VolumeName?
        /// Nanoseconds since 1970.
        package var createdAt: Int64
    }

    /// The IDs of all environments of which there is a record, sorted.
    package func environmentNames() throws(StoreError) -> [String] {
        try durable.environments().map(\.id.text).sorted()
    }

    /// All volumes with names, sorted by name.
    package func namedVolumes() throws(StoreError) -> [FoundVolume] {
        let projects = Dictionary(try durable.environments().map { ($0.id, $0.name) }) { first, _ in first }
        let own = try durable.volumes().map { record in
            FoundVolume(
                name: "\(projects[record.environmentID] ?? record.environmentID.text)_\(record.name)",
                path: FilePath(record.path), environment: record.environmentID, key: record.name,
                createdAt: record.createdAt)
        }
        let shared = try durable.namedVolumes().map { record in
            FoundVolume(
                name: record.name.rawValue, path: FilePath(record.path), environment: record.environmentID, key: nil,
                createdAt: record.createdAt)
        }
        return (own + shared).sorted { ($0.name, $0.path.string) < ($1.name, $1.path.string) }
    }

    /// The volume of a name; one with a name of its own comes first.
    package func volume(named name: String) throws(StoreError) -> FoundVolume? {
        let found = try namedVolumes().filter { $0.name == name }
        return found.first { $0.key == nil } ?? found.first
    }
}
