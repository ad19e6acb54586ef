internal import OCI
internal import Vocabulary

/// The steps of a stage in the last build, to explain why one is not in the cache.
struct StageTrace: Codable, Sendable, Equatable {
    var base: String
    var steps: [Step] = []

    struct Step: Codable, Sendable, Equatable {
        /// The instruction on one line.
        var text: String
        /// The key by content, under which the record's details are.
        var key: Digest
    }

    init(base: String) {
        self.base = base
    }

    /// What notes of stages are called.
    static let notePrefix = "stage "

    static func read(_ name: String, from records: any BuildCacheRecords) throws(BuildError) -> StageTrace? {
        guard let bytes = try records.note(name) else { return nil }
        // What cannot be read explains nothing; that is no failure of the build.
        return try? JSONCoding.decode(StageTrace.self, from: bytes)
    }

    func write(_ name: String, to records: any BuildCacheRecords) throws(BuildError) {
        let bytes: [UInt8]
        do {
            bytes = try JSONCoding.encode(self)
        } catch {
            throw BuildError(.cacheUnusable, "Could not write down the steps of a stage: \(error).", cause: error)
        }
        try records.setNote(name, bytes)
    }
}

extension StageTrace {
    /// The step of the last build that corresponds to one of this build: the same instruction, counting equal ones;
    /// else the one at the same place, when this build no longer has that instruction.
    ///
    /// - Parameters:
    ///   - number: From 0, among the steps that make layers.
    ///   - texts: The instructions of this build.
    func step(for number: Int, in texts: [String]) -> Step? {
        let text = texts[number]
        let earlier = texts.prefix(number).count { $0 == text }
        let same = steps.filter { $0.text == text }
        if same.indices.contains(earlier) { return same[earlier] }
        guard steps.indices.contains(number), !texts.contains(steps[number].text) else { return nil }
        return steps[number]
    }
}
