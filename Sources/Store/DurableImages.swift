import GRDB

extension DurableStore {
    /// The images that were made here, sorted by reference.
    package func localImages() throws(StoreError) -> [LocalImageRow] {
        try database.read("list the images made here") {
            try LocalImageRow.fetchAll($0, sql: "SELECT * FROM localImage ORDER BY reference")
        }
    }

    /// The image of that name; `nil` for none.
    package func localImage(reference: String) throws(StoreError) -> LocalImageRow? {
        try database.read("read the record of image \(reference)") {
            try LocalImageRow.fetchOne(
                $0, sql: "SELECT * FROM localImage WHERE reference = ?", arguments: [reference])
        }
    }

    /// Inserts the record or replaces the one of the same reference.
    package func save(_ record: LocalImageRow) throws(StoreError) {
        try database.write("write the record of image \(record.reference)") {
            try record.insert($0, onConflict: .replace)
        }
    }

    /// - Returns: whether there was a record.
    @discardableResult
    package func deleteLocalImage(reference: String) throws(StoreError) -> Bool {
        try database.write("delete the record of image \(reference)") {
            try $0.execute(sql: "DELETE FROM localImage WHERE reference = ?", arguments: [reference])
            return $0.changesCount > 0
        }
    }

    /// The layers that were made here, sorted by name.
    package func localLayers() throws(StoreError) -> [LocalLayerRow] {
        try database.read("list the layers made here") {
            try LocalLayerRow.fetchAll($0, sql: "SELECT * FROM localLayer ORDER BY name")
        }
    }

    /// The layer of that name; `nil` for none.
    package func localLayer(name: String) throws(StoreError) -> LocalLayerRow? {
        try database.read("read the record of layer \(name)") {
            try LocalLayerRow.fetchOne($0, sql: "SELECT * FROM localLayer WHERE name = ?", arguments: [name])
        }
    }

    /// Inserts the record or replaces the one of the same name.
    package func save(_ record: LocalLayerRow) throws(StoreError) {
        try database.write("write the record of layer \(record.name)") {
            try record.insert($0, onConflict: .replace)
        }
    }

    /// - Returns: whether there was a record.
    @discardableResult
    package func deleteLocalLayer(name: String) throws(StoreError) -> Bool {
        try database.write("delete the record of layer \(name)") {
            try $0.execute(sql: "DELETE FROM localLayer WHERE name = ?", arguments: [name])
            return $0.changesCount > 0
        }
    }
}

extension DurableStore {
    /// When and with which digest the image was pulled; `nil` for never.
    package func imagePull(reference: String) throws(StoreError) -> ImagePullRecord? {
        try database.read("read when \(reference) was pulled") {
            try ImagePullRecord.fetchOne(
                $0, sql: "SELECT * FROM imagePull WHERE reference = ?", arguments: [reference])
        }
    }

    /// Every record, sorted by reference.
    package func imagePulls() throws(StoreError) -> [ImagePullRecord] {
        try database.read("list when images were pulled") {
            try ImagePullRecord.fetchAll($0, sql: "SELECT * FROM imagePull ORDER BY reference")
        }
    }

    /// Inserts the record or replaces the one of the same reference.
    package func save(_ record: ImagePullRecord) throws(StoreError) {
        try database.write("write when \(record.reference) was pulled") {
            try record.insert($0, onConflict: .replace)
        }
    }

    /// Forgets the pull of an image.
    package func deleteImagePull(reference: String) throws(StoreError) {
        try database.write("forget when \(reference) was pulled") {
            try $0.execute(sql: "DELETE FROM imagePull WHERE reference = ?", arguments: [reference])
        }
    }
}
