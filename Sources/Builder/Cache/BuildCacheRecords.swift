package import Images
package import OCI

/// The records of the results of steps, for later builds.
///
/// Every call is atomic and blocks; any number of threads and processes may call at once. A garbage collection of
/// layers keeps those of `records()`, and removes records to release them.
package protocol BuildCacheRecords: Sendable {
    /// The result of the step with this key; `nil` when there is no result yet.
    func record(for key: Digest) throws(BuildError) -> CacheRecord?

    /// What `save` was given beside the record.
    func details(of key: Digest) throws(BuildError) -> [UInt8]?

    /// Writes a record; one with the same key is replaced.
    ///
    /// - Parameter details: The components of the key, which explain a later miss; a few kilobytes, or some hundred for
    ///   a step that reads many files. `nil` when another key's record has them.
    func save(_ record: CacheRecord, details: [UInt8]?) throws(BuildError)

    /// Records the last use of records, in seconds since 1970.
    func setUsed(_ keys: [Digest], at time: Int64) throws(BuildError)

    /// Records that the layers of records are on disk: their `boot` becomes `nil`.
    func sync(_ keys: [Digest]) throws(BuildError)

    /// Forgets records; those that are not there are fine.
    func remove(_ keys: [Digest]) throws(BuildError)

    /// All records.
    func records() throws(BuildError) -> [CacheRecord]

    /// What `setNote` wrote last under a name; `nil` for nothing.
    func note(_ name: String) throws(BuildError) -> [UInt8]?

    /// Keeps some bytes under a name: one for each stage and one for each build that was ever made.
    func setNote(_ name: String, _ bytes: [UInt8]) throws(BuildError)

    /// The names of all notes.
    func noteNames() throws(BuildError) -> [String]

    /// Forgets notes; those that are not there are fine.
    func removeNotes(_ names: [String]) throws(BuildError)
}

/// The result of a step.
package struct CacheRecord: Sendable, Hashable, Codable {
    /// The key of the record.
    package var key: Digest
    /// The key by content, with the details: it differs when `key` contains a stage from which files were taken instead
    /// of the files.
    package var contentKey: Digest
    package var layer: LayerName
    /// As in the Dockerfile, on one line.
    package var instruction: String
    /// When the step was done, in seconds since 1970.
    package var createdAt: Int64
    /// When a build last used it, give or take an hour.
    package var usedAt: Int64
    /// The boot in which the layer was written, while it is not certain that it is on disk; random(4) `boot_id`.
    package var boot: String?
    /// The digest of the step without its root; `nil` when only this machine can compute it.
    package var operation: Digest?

    package init(
        key: Digest, contentKey: Digest, layer: LayerName, instruction: String, createdAt: Int64, usedAt: Int64,
        boot: String?, operation: Digest? = nil
    ) {
        self.key = key
        self.contentKey = contentKey
        self.layer = layer
        self.instruction = instruction
        self.createdAt = createdAt
        self.usedAt = usedAt
        self.boot = boot
        self.operation = operation
    }
}
