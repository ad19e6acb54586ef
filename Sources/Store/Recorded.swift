import GRDB
import Vocabulary

/// A record that has a table; its properties are the columns.
///
/// The records' public types conform to this and not to GRDB's protocols, so that no other module sees GRDB.
protocol Recorded: Codable {
    static var table: String { get }

    /// Reads a row of the table.
    static func decode(_ row: Row) throws -> Self
}

extension Recorded {
    static func decode(_ row: Row) throws -> Self { try Stored<Self>(row: row).record }

    static func fetchAll(_ db: Database, sql: String, arguments: StatementArguments = []) throws -> [Self] {
        let rows = try Row.fetchCursor(db, sql: sql, arguments: arguments)
        var records: [Self] = []
        while let row = try rows.next() { records.append(try decode(row)) }
        return records
    }

    static func fetchOne(_ db: Database, sql: String, arguments: StatementArguments = []) throws -> Self? {
        let rows = try Row.fetchCursor(db, sql: sql, arguments: arguments)
        return try rows.next().map(decode)
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

extension TextualValue {
    /// What a column has of it.
    var column: String { description }
}
