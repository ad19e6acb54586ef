import GRDB
package import Vocabulary

/// The records that outlive a reboot: environments, images, layers, volumes and remembered ports (`trice.db`).
///
/// Any number of processes and threads may use one file at once. Every call is one transaction; a call that writes
/// waits up to ten seconds for other writers.
package struct DurableStore: Sendable {
    let database: RecordDatabase

    /// Opens the database at this path; its directory has to exist.
    package init(path: String) throws(StoreError) {
        database = try RecordDatabase(path: path, durability: .full, migrations: DurableSchema.migrations)
    }
}

extension DurableStore {
    /// Every environment, sorted by name and id.
    package func environments() throws(StoreError) -> [EnvironmentRecord] {
        try database.read("list the environments") {
            try EnvironmentRecord.fetchAll($0, sql: "SELECT * FROM environment ORDER BY name, id")
        }
    }

    /// The environment of that id; `nil` for none.
    package func environment(id: EnvironmentID) throws(StoreError) -> EnvironmentRecord? {
        try database.read("read the record of environment \(id)") {
            try EnvironmentRecord.fetchOne($0, sql: "SELECT * FROM environment WHERE id = ?", arguments: [id.column])
        }
    }

    /// Inserts the record, or replaces the one of the same id except for its `createdAt`.
    package func save(_ record: EnvironmentRecord) throws(StoreError) {
        try database.write("write the record of environment \(record.id)") {
            try $0.execute(
                sql: """
                    INSERT INTO environment (id, name, directory, directoryIdentity, createdAt) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (id) DO UPDATE SET name = excluded.name, directory = excluded.directory,
                        directoryIdentity = excluded.directoryIdentity
                    """,
                arguments: [
                    record.id.column, record.name, record.directory, record.directoryIdentity, record.createdAt,
                ])
        }
    }

    /// Forgets the environment and its remembered ports.
    ///
    /// - Returns: whether there was a record.
    /// - Throws: `inUse` while it has volumes.
    @discardableResult
    package func deleteEnvironment(id: EnvironmentID) throws(StoreError) -> Bool {
        try database.write("delete the record of environment \(id)") { db in
            let volumes = try String.fetchAll(
                db, sql: "SELECT name FROM volume WHERE environmentID = ? ORDER BY name", arguments: [id.column])
            guard volumes.isEmpty else {
                throw StoreError(
                    .inUse,
                    "Cannot delete the record of environment \(id) because it has volumes: "
                        + "\(volumes.joined(separator: ", ")).")
            }
            try db.execute(sql: "DELETE FROM environment WHERE id = ?", arguments: [id.column])
            return db.changesCount > 0
        }
    }
}

extension DurableStore {
    /// The volumes of an environment, or of all with `nil`, sorted by environment and name.
    package func volumes(environmentID: EnvironmentID? = nil) throws(StoreError) -> [VolumeRecord] {
        try database.read("list the volumes") {
            try VolumeRecord.fetchAll(
                $0, sql: "SELECT * FROM volume WHERE ?1 IS NULL OR environmentID = ?1 ORDER BY environmentID, name",
                arguments: [environmentID?.column])
        }
    }

    /// - Throws: `exists` when the environment has a volume of this name, `missing` when it has no record itself.
    package func insert(_ record: VolumeRecord) throws(StoreError) {
        try database.write("write the record of volume \(record.name)") { try record.insert($0) }
    }

    /// - Returns: whether there was a record.
    @discardableResult
    package func deleteVolume(environmentID: EnvironmentID, name: VolumeName) throws(StoreError) -> Bool {
        try database.write("delete the record of volume \(name)") {
            try $0.execute(
                sql: "DELETE FROM volume WHERE environmentID = ? AND name = ?",
                arguments: [environmentID.column, name.column])
            return $0.changesCount > 0
        }
    }
}

extension DurableStore {
    /// The remembered host ports of an environment, sorted by service, port and protocol.
    package func rememberedPorts(environmentID: EnvironmentID) throws(StoreError) -> [PortRecord] {
        try database.read("list the remembered ports") {
            try PortRecord.fetchAll(
                $0,
                sql: """
                    SELECT * FROM port WHERE environmentID = ?
                    ORDER BY service, target, transportProtocol, hostAddress, hostPort
                    """, arguments: [environmentID.column])
        }
    }

    /// Makes these the remembered ports of a service, in place of all that it had.
    ///
    /// - Throws: `missing` when the environment has no record; `invalid` when a record is of another service.
    package func remember(_ ports: [PortRecord], environmentID: EnvironmentID, service: ServiceName) throws(StoreError)
    {
        guard ports.allSatisfy({ $0.environmentID == environmentID && $0.service == service }) else {
            throw StoreError(.invalid, "Cannot remember ports of another service than \(service).")
        }
        try database.write("remember the ports of service \(service)") { db in
            try db.execute(
                sql: "DELETE FROM port WHERE environmentID = ? AND service = ?",
                arguments: [environmentID.column, service.column])
            for port in ports { try port.insert(db) }
        }
    }
}
