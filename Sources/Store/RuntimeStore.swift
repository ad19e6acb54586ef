import GRDB
package import Vocabulary

/// The records of kernel objects: bridges, containers, addresses, published ports (`run.db`).
///
/// They live as long as the objects. The file belongs on tmpfs; where it does not lie there, the boot id tells that
/// the objects are gone, and opening empties the database. Any number of processes and threads may use one file at
/// once; every call is one transaction.
///
/// A record is inserted before its object is made and deleted after the object is gone.
package struct RuntimeStore: Sendable {
    let database: RecordDatabase

    /// Opens the database at this path; its directory has to exist.
    ///
    /// - Parameters:
    ///   - bootID: what identifies the run of the kernel, as in `/proc/sys/kernel/random/boot_id`.
    ///   - forgetting: removes what else is left of an earlier boot, before its records are; others wait meanwhile.
    package init(path: String, bootID: String, forgetting: () throws -> Void = {}) throws(StoreError) {
        database = try RecordDatabase(path: path, durability: .normal, migrations: RuntimeSchema.migrations)
        try forgetEarlierBoots(bootID, forgetting)
    }

    private func forgetEarlierBoots(_ bootID: String, _ forgetting: () throws -> Void) throws(StoreError) {
        let known = try database.read("read the boot id") { try Self.bootID($0) }
        if known == bootID { return }
        try database.write("empty the records of an earlier boot") { db in
            // Another process may have done it since.
            let known = try Self.bootID(db)
            guard known != bootID else { return }
            if known != nil { try forgetting() }
            for table in RuntimeSchema.tables { try db.execute(sql: "DELETE FROM \(table)") }
            try db.execute(sql: "DELETE FROM boot")
            try db.execute(sql: "INSERT INTO boot (id) VALUES (?)", arguments: [bootID])
        }
    }

    private static func bootID(_ db: Database) throws -> String? {
        try String.fetchOne(db, sql: "SELECT id FROM boot")
    }
}

extension RuntimeStore {
    /// The ids of all environments that have any record, sorted.
    package func environmentIDs() throws(StoreError) -> [EnvironmentID] {
        let union = RuntimeSchema.tables.map { "SELECT environmentID FROM \($0)" }.joined(separator: " UNION ")
        return try database.read("list the environments") {
            try String.fetchAll($0, sql: union).map { EnvironmentID(recorded: $0) }.sorted()
        }
    }

    /// The containers of all environments.
    package func containers() throws(StoreError) -> [ContainerRecord] {
        try database.read("list the containers") {
            try ContainerRecord.fetchAll(
                $0, sql: "SELECT * FROM container ORDER BY environmentID, service, number")
        }
    }

    /// All records of an environment, read in one transaction.
    package func records(environmentID: EnvironmentID) throws(StoreError) -> RuntimeRecords {
        try database.read("read the records of environment \(environmentID)") { db in
            func all<Record: Recorded>(_ type: Record.Type, by order: String) throws -> [Record] {
                try Record.fetchAll(
                    db,
                    sql: "SELECT * FROM \(Record.table) WHERE environmentID = ? ORDER BY \(order)",
                    arguments: [environmentID.column])
            }
            return RuntimeRecords(
                networks: try Self.networks(db, environmentID),
                containers: try all(ContainerRecord.self, by: "service, number"),
                addresses: try all(AddressRecord.self, by: "service, number, network"),
                publishedPorts: try all(PublishedPortRecord.self, by: "service, number, target, hostPort"),
                linkGroup: try Self.linkGroup(db, environmentID))
        }
    }

    /// The records of one container, with the networks of its environment, read in one transaction.
    package func records(
        environmentID: EnvironmentID, service: ServiceName, number: Int
    ) throws(StoreError) -> RuntimeRecords {
        try database.read("read the records of container \(service)-\(number)") { db in
            func all<Record: Recorded>(_ type: Record.Type, by order: String) throws -> [Record] {
                try Record.fetchAll(
                    db,
                    sql: """
                        SELECT * FROM \(Record.table) WHERE environmentID = ? AND service = ? AND number = ?
                        ORDER BY \(order)
                        """, arguments: [environmentID.column, service.column, number])
            }
            return RuntimeRecords(
                networks: try Self.networks(db, environmentID), containers: try all(ContainerRecord.self, by: "number"),
                addresses: try all(AddressRecord.self, by: "network"),
                publishedPorts: try all(PublishedPortRecord.self, by: "target, hostPort"),
                linkGroup: try Self.linkGroup(db, environmentID))
        }
    }

    /// The record of a container; `nil` for none.
    package func container(
        environmentID: EnvironmentID, service: ServiceName, number: Int
    ) throws(StoreError) -> ContainerRecord? {
        try database.read("read the record of container \(service)-\(number)") {
            try ContainerRecord.fetchOne(
                $0, sql: "SELECT * FROM container WHERE environmentID = ? AND service = ? AND number = ?",
                arguments: [environmentID.column, service.column, number])
        }
    }

    /// The networks of an environment, sorted by name.
    package func networks(environmentID: EnvironmentID) throws(StoreError) -> [NetworkRecord] {
        try database.read("read the networks of environment \(environmentID)") {
            try Self.networks($0, environmentID)
        }
    }

    private static func networks(_ db: Database, _ environmentID: EnvironmentID) throws -> [NetworkRecord] {
        try NetworkRecord.fetchAll(
            db, sql: "SELECT * FROM network WHERE environmentID = ? ORDER BY name", arguments: [environmentID.column])
    }

    static func linkGroup(_ db: Database, _ environmentID: EnvironmentID) throws -> UInt32? {
        try UInt32.fetchOne(
            db, sql: "SELECT number FROM linkGroup WHERE environmentID = ?", arguments: [environmentID.column])
    }

    /// Deletes every record of an environment.
    package func deleteEnvironment(id: EnvironmentID) throws(StoreError) {
        try database.write("delete the records of environment \(id)") { db in
            for table in RuntimeSchema.tables {
                try db.execute(sql: "DELETE FROM \(table) WHERE environmentID = ?", arguments: [id.column])
            }
        }
    }
}

extension RuntimeStore {
    /// Says that the network's objects are all there.
    ///
    /// - Throws: `missing` when it has no record.
    package func markNetworkCreated(environmentID: EnvironmentID, name: NetworkName) throws(StoreError) {
        try database.write("update the record of network \(name)") { db in
            try db.execute(
                sql: "UPDATE network SET state = ? WHERE environmentID = ? AND name = ?",
                arguments: [CreationState.created.rawValue, environmentID.column, name.column])
            guard db.changesCount > 0 else { throw Self.missing("network \(name)", environmentID) }
        }
    }

    /// - Returns: whether there was a record.
    /// - Throws: `inUse` while containers have addresses in it, and while other environments use it.
    @discardableResult
    package func deleteNetwork(environmentID: EnvironmentID, name: NetworkName) throws(StoreError) -> Bool {
        try database.write("delete the record of network \(name)") { db in
            let users = try String.fetchAll(
                db,
                sql: """
                    SELECT service || '-' || number FROM address WHERE environmentID = ? AND network = ?
                    ORDER BY service, number
                    """, arguments: [environmentID.column, name.column])
            guard users.isEmpty else {
                throw StoreError(
                    .inUse,
                    "Cannot delete the record of network \(name) because containers have addresses in it: "
                        + "\(users.joined(separator: ", ")).")
            }
            let environments = try Self.users(db, name, environmentID)
            guard environments.isEmpty else {
                throw StoreError(
                    .inUse,
                    "Cannot delete the record of network \(name) because other environments use it: "
                        + "\(environments.map(\.text).joined(separator: ", ")).")
            }
            try db.execute(
                sql: "DELETE FROM network WHERE environmentID = ? AND name = ?",
                arguments: [environmentID.column, name.column])
            return db.changesCount > 0
        }
    }

    /// - Throws: `exists` when the environment has such a container or another one has the runtime id.
    package func insert(_ record: ContainerRecord) throws(StoreError) {
        try database.write("write the record of container \(record.service)-\(record.number)") {
            try record.insert($0)
        }
    }

    /// Replaces what the record of the container says.
    ///
    /// - Throws: `missing` when there is none.
    package func update(_ record: ContainerRecord) throws(StoreError) {
        let name = "container \(record.service)-\(record.number)"
        try database.write("update the record of \(name)") { db in
            do {
                try record.update(db)
            } catch RecordError.recordNotFound {
                throw Self.missing(name, record.environmentID)
            }
        }
    }

    /// Deletes the record of a container with its addresses and published ports.
    ///
    /// - Returns: whether there was a record.
    @discardableResult
    package func deleteContainer(environmentID: EnvironmentID, service: ServiceName, number: Int) throws(StoreError)
        -> Bool
    {
        try database.write("delete the record of container \(service)-\(number)") {
            try $0.execute(
                sql: "DELETE FROM container WHERE environmentID = ? AND service = ? AND number = ?",
                arguments: [environmentID.column, service.column, number])
            return $0.changesCount > 0
        }
    }

    static func missing(_ object: String, _ environmentID: EnvironmentID) -> StoreError {
        StoreError(.missing, "The \(object) of environment \(environmentID) has no record.")
    }
}
