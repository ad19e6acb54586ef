/// How much one layer may be; an archive that goes beyond is refused and nothing of it is kept.
public struct ExtractionLimits: Sendable, Hashable {
    /// Entries of one archive.
    public var maximumEntries = 4_000_000
    /// Bytes of all files of one archive together, holes counted.
    public var maximumSize: Int64 = 256 << 30
    /// How many times larger than the archive its content may be, once it is larger than `ratioFloor`.
    public var maximumRatio: Int64 = 2000
    /// In bytes.
    public var ratioFloor: Int64 = 1 << 30

    public init() {}
}

extension ExtractionLimits: Codable {
    private enum CodingKeys: String, CodingKey {
        case maximumEntries, maximumSize, maximumRatio, ratioFloor
    }

    /// What is left out keeps its default.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let defaults = ExtractionLimits()
        maximumEntries = try container.decodeIfPresent(Int.self, forKey: .maximumEntries) ?? defaults.maximumEntries
        maximumSize = try container.decodeIfPresent(Int64.self, forKey: .maximumSize) ?? defaults.maximumSize
        maximumRatio = try container.decodeIfPresent(Int64.self, forKey: .maximumRatio) ?? defaults.maximumRatio
        ratioFloor = try container.decodeIfPresent(Int64.self, forKey: .ratioFloor) ?? defaults.ratioFloor
    }
}

extension ExtractionLimits {
    /// Checks the uncompressed stream against the compressed one.
    func check(uncompressed: Int64, compressed: Int64, _ subject: String) throws(ImageError) {
        guard uncompressed > ratioFloor, uncompressed / max(1, compressed) > maximumRatio else { return }
        throw ImageError(
            .limitExceeded,
            "Could not unpack \(subject): it grows to more than \(maximumRatio) times its size (maximumRatio).")
    }
}

/// What has been used of an archive's limits.
struct ExtractionBudget {
    let limits: ExtractionLimits
    let subject: String
    private var entries = 0
    private var size: Int64 = 0

    init(_ limits: ExtractionLimits, _ subject: String) {
        self.limits = limits
        self.subject = subject
    }

    /// Counts an entry with a file of `bytes` before anything of it is written.
    mutating func count(_ name: EntryName, bytes: Int64) throws(ImageError) {
        entries += 1
        if entries > limits.maximumEntries {
            throw failure("it has more than \(limits.maximumEntries) entries (maximumEntries) at '\(name)'")
        }
        let (sum, overflow) = size.addingReportingOverflow(max(0, bytes))
        if overflow || sum > limits.maximumSize {
            throw failure("its files have more than \(limits.maximumSize) bytes (maximumSize) with '\(name)'")
        }
        size = sum
    }

    private func failure(_ why: String) -> ImageError {
        ImageError(.limitExceeded, "Could not unpack \(subject): \(why).")
    }
}
