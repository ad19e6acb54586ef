import GRDB

/// A record that has a table; its properties are the columns.
///
/// The records' public types conform to this and not to GRDB's protocols, so that no other module sees GRDB.
protocol Recorded: Codable {
    static var table: String { get }
}

extension Recorded {
    static func fetchAll(_ db: Database, sql: String, arguments: StatementArguments = []) throws -> [Self] {
        try Stored<Self>.fetchAll(db, sql: sql, arguments: arguments).map(\.record)
    }

    static func fetchOne(_ db: Database, sql: String, arguments: StatementArguments = []) throws -> Self? {
        try Stored<Self>.fetchOne(db, sql: sql, arguments: arguments)?.record
    }

    func insert(_ db: Database, onConflict policy: Database.ConflictResolution? = nil) throws {
        try Stored(record: self).insert(db, onConflict: policy)
    }

    /// Replaces the row of the same primary key.
    func update(_ db: Database) throws {
        try Stored(record: self).update(db)
    }
}

/// Gives a record what GRDB asks of it.
private struct Stored<Record: Recorded>: Codable, FetchableRecord, PersistableRecord {
    let record: Record

    static var databaseTableName: String { Record.table }

    init(record: Record) {
        self.record = record
    }

    init(from decoder: any Decoder) throws {
        record = try Record(from: decoder)
    }

    func encode(to encoder: any Encoder) throws {
        try record.encode(to: encoder)
    }
}
