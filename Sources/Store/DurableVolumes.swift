import GRDB
package import Vocabulary

extension DurableStore {
    /// The volumes with names of their own, sorted by name.
    package func namedVolumes() throws(StoreError) -> [NamedVolumeRecord] {
        try database.read("list the volumes with names of their own") {
            try NamedVolumeRecord.fetchAll($0, sql: "SELECT * FROM namedVolume ORDER BY name")
        }
    }

    /// The volume of that name; `nil` for none.
    package func namedVolume(_ name: VolumeName) throws(StoreError) -> NamedVolumeRecord? {
        try database.read("read the record of volume \(name)") {
            try NamedVolumeRecord.fetchOne(
                $0, sql: "SELECT * FROM namedVolume WHERE name = ?", arguments: [name.column])
        }
    }

    /// - Throws: `exists` when there is a volume of this name.
    package func insert(_ record: NamedVolumeRecord) throws(StoreError) {
        try database.write("write the record of volume \(record.name)") { try record.insert($0) }
    }

    /// - Returns: whether there was a record.
    @discardableResult
    package func deleteNamedVolume(_ name: VolumeName) throws(StoreError) -> Bool {
        try database.write("delete the record of volume \(name)") {
            try $0.execute(sql: "DELETE FROM namedVolume WHERE name = ?", arguments: [name.column])
            return $0.changesCount > 0
        }
    }
}
