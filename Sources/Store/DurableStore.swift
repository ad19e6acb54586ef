import GRDB

/// The records that outlive a reboot: environments, images, layers, volumes and remembered ports (`trice.db`).
///
/// Any number of processes and threads may use one file at once. Every call is one transaction; a call that writes
/// waits up to ten seconds for other writers.
public struct DurableStore: Sendable {
    let database: RecordDatabase

    /// Opens the database at this path; its directory has to exist.
    public init(path: String) throws(StoreError) {
        database = try RecordDatabase(path: path, durability: .full, migrations: DurableSchema.migrations)
    }
}

extension DurableStore {
    /// Every environment, sorted by name and id.
    public func environments() throws(StoreError) -> [EnvironmentRecord] {
        try database.read("list the environments") {
            try EnvironmentRecord.fetchAll($0, sql: "SELECT * FROM environment ORDER BY name, id")
        }
    }

    public func environment(id: String) throws(StoreError) -> EnvironmentRecord? {
        try database.read("read the record of environment \(id)") {
            try EnvironmentRecord.fetchOne($0, sql: "SELECT * FROM environment WHERE id = ?", arguments: [id])
        }
    }

    /// Inserts the record, or replaces the one of the same id except for its `createdAt`.
    public func save(_ record: EnvironmentRecord) throws(StoreError) {
        try database.write("write the record of environment \(record.id)") {
            try $0.execute(
                sql: """
                    INSERT INTO environment (id, name, directory, createdAt) VALUES (?, ?, ?, ?)
                    ON CONFLICT (id) DO UPDATE SET name = excluded.name, directory = excluded.directory
                    """, arguments: [record.id, record.name, record.directory, record.createdAt])
        }
    }

    /// Forgets the environment and its remembered ports.
    ///
    /// - Returns: whether there was a record.
    /// - Throws: `inUse` while it has volumes.
    @discardableResult
    public func deleteEnvironment(id: String) throws(StoreError) -> Bool {
        try database.write("delete the record of environment \(id)") { db in
            let volumes = try String.fetchAll(
                db, sql: "SELECT name FROM volume WHERE environmentID = ? ORDER BY name", arguments: [id])
            guard volumes.isEmpty else {
                throw StoreError(
                    .inUse,
                    "Cannot delete the record of environment \(id) because it has volumes: "
                        + "\(volumes.joined(separator: ", ")).")
            }
            try db.execute(sql: "DELETE FROM environment WHERE id = ?", arguments: [id])
            return db.changesCount > 0
        }
    }
}

extension DurableStore {
    /// The volumes of an environment, or of all with `nil`, sorted by environment and name.
    public func volumes(environmentID: String? = nil) throws(StoreError) -> [VolumeRecord] {
        try database.read("list the volumes") {
            try VolumeRecord.fetchAll(
                $0, sql: "SELECT * FROM volume WHERE ?1 IS NULL OR environmentID = ?1 ORDER BY environmentID, name",
                arguments: [environmentID])
        }
    }

    /// - Throws: `exists` when the environment has a volume of this name, `missing` when it has no record itself.
    public func insert(_ record: VolumeRecord) throws(StoreError) {
        try database.write("write the record of volume \(record.name)") { try record.insert($0) }
    }

    /// - Returns: whether there was a record.
    @discardableResult
    public func deleteVolume(environmentID: String, name: String) throws(StoreError) -> Bool {
        try database.write("delete the record of volume \(name)") {
            try $0.execute(
                sql: "DELETE FROM volume WHERE environmentID = ? AND name = ?", arguments: [environmentID, name])
            return $0.changesCount > 0
        }
    }
}

extension DurableStore {
    /// The remembered host ports of an environment, sorted by service, port and protocol.
    public func rememberedPorts(environmentID: String) throws(StoreError) -> [PortRecord] {
        try database.read("list the remembered ports") {
            try PortRecord.fetchAll(
                $0,
                sql: """
                    SELECT * FROM port WHERE environmentID = ?
                    ORDER BY service, target, transportProtocol, hostAddress, hostPort
                    """, arguments: [environmentID])
        }
    }

    /// Makes these the remembered ports of a service, in place of all that it had.
    ///
    /// - Throws: `missing` when the environment has no record; `invalid` when a record is of another service.
    public func remember(_ ports: [PortRecord], environmentID: String, service: String) throws(StoreError) {
        guard ports.allSatisfy({ $0.environmentID == environmentID && $0.service == service }) else {
            throw StoreError(.invalid, "Cannot remember ports of another service than \(service).")
        }
        try database.write("remember the ports of service \(service)") { db in
            try db.execute(
                sql: "DELETE FROM port WHERE environmentID = ? AND service = ?", arguments: [environmentID, service])
            for port in ports { try port.insert(db) }
        }
    }
}
