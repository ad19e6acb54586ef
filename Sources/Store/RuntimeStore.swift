import GRDB

/// The records of kernel objects: bridges, containers, addresses, published ports (`run.db`).
///
/// They live as long as the objects. The file belongs on tmpfs; where it does not lie there, the boot id tells that
/// the objects are gone, and opening empties the database. Any number of processes and threads may use one file at
/// once; every call is one transaction.
///
/// A record is inserted before its object is made and deleted after the object is gone.
public struct RuntimeStore: Sendable {
    let database: RecordDatabase

    /// Opens the database at this path; its directory has to exist.
    ///
    /// - Parameter bootID: what identifies the run of the kernel, as in `/proc/sys/kernel/random/boot_id`.
    public init(path: String, bootID: String) throws(StoreError) {
        database = try RecordDatabase(path: path, durability: .normal, migrations: RuntimeSchema.migrations)
        try forgetEarlierBoots(bootID)
    }

    private func forgetEarlierBoots(_ bootID: String) throws(StoreError) {
        let known = try database.read("read the boot id") { try Self.bootID($0) }
        if known == bootID { return }
        try database.write("empty the records of an earlier boot") { db in
            // Another process may have done it since.
            guard try Self.bootID(db) != bootID else { return }
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
    public func environmentIDs() throws(StoreError) -> [String] {
        let union = RuntimeSchema.tables.map { "SELECT environmentID FROM \($0)" }.joined(separator: " UNION ")
        return try database.read("list the environments") { try String.fetchAll($0, sql: union).sorted() }
    }

    /// The containers of all environments.
    public func containers() throws(StoreError) -> [ContainerRecord] {
        try database.read("list the containers") {
            try ContainerRecord.fetchAll(
                $0, sql: "SELECT * FROM container ORDER BY environmentID, service, number")
        }
    }

    /// All records of an environment, read in one transaction.
    public func records(environmentID: String) throws(StoreError) -> RuntimeRecords {
        try database.read("read the records of environment \(environmentID)") { db in
            func all<Record: Recorded>(_ type: Record.Type, by order: String) throws -> [Record] {
                try Record.fetchAll(
                    db,
                    sql: "SELECT * FROM \(Record.table) WHERE environmentID = ? ORDER BY \(order)",
                    arguments: [environmentID])
            }
            return RuntimeRecords(
                networks: try all(NetworkRecord.self, by: "name"),
                containers: try all(ContainerRecord.self, by: "service, number"),
                addresses: try all(AddressRecord.self, by: "service, number, network"),
                publishedPorts: try all(PublishedPortRecord.self, by: "service, number, target, hostPort"),
                linkGroup: try UInt32.fetchOne(
                    db, sql: "SELECT number FROM linkGroup WHERE environmentID = ?", arguments: [environmentID]))
        }
    }

    /// Deletes every record of an environment.
    public func deleteEnvironment(id: String) throws(StoreError) {
        try database.write("delete the records of environment \(id)") { db in
            for table in RuntimeSchema.tables {
                try db.execute(sql: "DELETE FROM \(table) WHERE environmentID = ?", arguments: [id])
            }
        }
    }
}

extension RuntimeStore {
    /// Says that the network's objects are all there.
    ///
    /// - Throws: `missing` when it has no record.
    public func markNetworkCreated(environmentID: String, name: String) throws(StoreError) {
        try database.write("update the record of network \(name)") { db in
            try db.execute(
                sql: "UPDATE network SET state = ? WHERE environmentID = ? AND name = ?",
                arguments: [CreationState.created.rawValue, environmentID, name])
            guard db.changesCount > 0 else { throw Self.missing("network \(name)", environmentID) }
        }
    }

    /// - Returns: whether there was a record.
    /// - Throws: `inUse` while containers have addresses in it.
    @discardableResult
    public func deleteNetwork(environmentID: String, name: String) throws(StoreError) -> Bool {
        try database.write("delete the record of network \(name)") { db in
            let users = try String.fetchAll(
                db,
                sql: """
                    SELECT service || '-' || number FROM address WHERE environmentID = ? AND network = ?
                    ORDER BY service, number
                    """, arguments: [environmentID, name])
            guard users.isEmpty else {
                throw StoreError(
                    .inUse,
                    "Cannot delete the record of network \(name) because containers have addresses in it: "
                        + "\(users.joined(separator: ", ")).")
            }
            try db.execute(
                sql: "DELETE FROM network WHERE environmentID = ? AND name = ?", arguments: [environmentID, name])
            return db.changesCount > 0
        }
    }

    /// - Throws: `exists` when the environment has such a container or another one has the runtime id.
    public func insert(_ record: ContainerRecord) throws(StoreError) {
        try database.write("write the record of container \(record.service)-\(record.number)") {
            try record.insert($0)
        }
    }

    /// Replaces what the record of the container says.
    ///
    /// - Throws: `missing` when there is none.
    public func update(_ record: ContainerRecord) throws(StoreError) {
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
    public func deleteContainer(environmentID: String, service: String, number: Int) throws(StoreError) -> Bool {
        try database.write("delete the record of container \(service)-\(number)") {
            try $0.execute(
                sql: "DELETE FROM container WHERE environmentID = ? AND service = ? AND number = ?",
                arguments: [environmentID, service, number])
            return $0.changesCount > 0
        }
    }

    static func missing(_ object: String, _ environmentID: String) -> StoreError {
        StoreError(.missing, "The \(object) of environment \(environmentID) has no record.")
    }
}
