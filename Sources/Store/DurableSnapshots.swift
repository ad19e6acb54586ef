import GRDB
package import Vocabulary

/// A snapshot of an environment; the document is the caller's own.
///
/// It outlives the environment: `down --volumes` removes no snapshot.
package struct SnapshotRecord: Hashable, Sendable, Codable {
    /// Hexadecimal digits that no other snapshot has.
    package var id: String
    package var environmentID: EnvironmentID
    /// Unique in the environment.
    package var name: String
    /// Whether all that the document names is there. One that is not complete is what a killed command has left.
    package var isComplete: Bool
    /// JSON.
    package var document: String
    /// Nanoseconds since 1970-01-01 00:00 UTC.
    package var createdAt: Int64

    package init(
        id: String, environmentID: EnvironmentID, name: String, isComplete: Bool, document: String, createdAt: Int64
    ) {
        self.id = id
        self.environmentID = environmentID
        self.name = name
        self.isComplete = isComplete
        self.document = document
        self.createdAt = createdAt
    }
}

extension DurableStore {
    /// The snapshots of an environment, or of all with `nil`, the oldest first.
    package func snapshots(environmentID: EnvironmentID? = nil) throws(StoreError) -> [SnapshotRecord] {
        try database.read("list the snapshots") {
            try SnapshotRecord.fetchAll(
                $0, sql: "SELECT * FROM snapshot WHERE ?1 IS NULL OR environmentID = ?1 ORDER BY createdAt, id",
                arguments: [environmentID?.column])
        }
    }

    /// - Throws: `exists` when the environment has a snapshot of this name.
    package func insert(_ record: SnapshotRecord) throws(StoreError) {
        try database.write("write the record of snapshot \(record.name)") { try record.insert($0) }
    }

    /// Replaces what the record says.
    ///
    /// - Throws: `missing` when there is none.
    package func update(_ record: SnapshotRecord) throws(StoreError) {
        try database.write("update the record of snapshot \(record.name)") { db in
            do {
                try record.update(db)
            } catch RecordError.recordNotFound {
                throw StoreError(.missing, "The snapshot \(record.name) has no record.")
            }
        }
    }

    /// - Returns: whether there was a record.
    @discardableResult
    package func deleteSnapshot(id: String) throws(StoreError) -> Bool {
        try database.write("delete the record of a snapshot") {
            try $0.execute(sql: "DELETE FROM snapshot WHERE id = ?", arguments: [id])
            return $0.changesCount > 0
        }
    }
}
