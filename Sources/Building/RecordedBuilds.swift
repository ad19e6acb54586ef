package import Builder
package import OCI
package import Store
internal import Vocabulary
internal import Workspaces

/// The cache of builds, in `trice.db`.
package struct RecordedBuilds: BuildCacheRecords {
    let durable: DurableStore

    package init(durable: DurableStore) {
        self.durable = durable
    }

    package func record(for key: Digest) throws(BuildError) -> CacheRecord? {
        let row = try recorded { () throws(StoreError) in try durable.buildStep(key: key.description) }
        guard let row else { return nil }
        return try decoded(row)
    }

    package func details(of key: Digest) throws(BuildError) -> [UInt8]? {
        try recorded { () throws(StoreError) in try durable.buildDetails(key: key.description) }
    }

    package func save(_ record: CacheRecord, details: [UInt8]?) throws(BuildError) {
        let row = try encoded(record)
        try recorded { () throws(StoreError) in
            try durable.save(row, details: details, detailsKey: record.contentKey.description)
        }
    }

    package func setUsed(_ keys: [Digest], at time: Int64) throws(BuildError) {
        try update(keys) { $0.usedAt = time }
    }

    package func sync(_ keys: [Digest]) throws(BuildError) {
        try update(keys) { $0.boot = nil }
    }

    private func update(_ keys: [Digest], _ change: (inout CacheRecord) -> Void) throws(BuildError) {
        try recorded { () throws(StoreError) in
            try durable.updateBuildSteps(keys.map(\.description)) { row in
                var record = try decoded(row)
                change(&record)
                row = try encoded(record)
            }
        }
    }

    package func remove(_ keys: [Digest]) throws(BuildError) {
        var steps: [(key: String, detailsKey: String)] = []
        for key in keys {
            guard let record = try record(for: key) else { continue }
            steps.append((key.description, record.contentKey.description))
        }
        try recorded { () throws(StoreError) in try durable.deleteBuildSteps(steps) }
    }

    package func records() throws(BuildError) -> [CacheRecord] {
        var records: [CacheRecord] = []
        for row in try recorded({ () throws(StoreError) in try durable.buildSteps() }) {
            records.append(try decoded(row))
        }
        return records
    }

    package func note(_ name: String) throws(BuildError) -> [UInt8]? {
        try recorded { () throws(StoreError) in try durable.buildNote(name) }
    }

    package func setNote(_ name: String, _ bytes: [UInt8]) throws(BuildError) {
        try recorded { () throws(StoreError) in try durable.setBuildNote(name, bytes) }
    }

    package func noteNames() throws(BuildError) -> [String] {
        try recorded { () throws(StoreError) in try durable.buildNoteNames() }
    }

    package func removeNotes(_ names: [String]) throws(BuildError) {
        try recorded { () throws(StoreError) in try durable.deleteBuildNotes(names) }
    }
}

extension RecordedBuilds {
    private func recorded<Result>(_ body: () throws(StoreError) -> Result) throws(BuildError) -> Result {
        do throws(StoreError) {
            return try body()
        } catch {
            throw BuildError(.systemCall, error.message, cause: error)
        }
    }

    private func encoded(_ record: CacheRecord) throws(BuildError) -> BuildStepRow {
        do {
            let document = try JSONCoding.text(record)
            return BuildStepRow(key: record.key.description, document: document, usedAt: record.usedAt)
        } catch {
            throw BuildError(.systemCall, "Could not write the record of a build step: \(error).", cause: error)
        }
    }

    private func decoded(_ row: BuildStepRow) throws(BuildError) -> CacheRecord {
        do {
            return try JSONCoding.decode(CacheRecord.self, from: row.document)
        } catch {
            throw BuildError(.systemCall, "Could not read the record of a build step: \(error).", cause: error)
        }
    }
}
