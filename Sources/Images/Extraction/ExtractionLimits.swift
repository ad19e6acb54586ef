/// The limits of one layer. An archive that exceeds one is refused, and nothing of it is kept.
///
/// The error contains the name of the limit as it is written here.
package struct ExtractionLimits: Sendable, Hashable {
    /// Entries of one archive.
    package var maximumEntries: Int64 = 2_000_000
    /// Bytes of all files of one archive together, holes counted.
    package var maximumSize: Int64 = 256 << 30
    /// How many times larger than the archive its content may be, once it is larger than `ratioFloor`.
    package var maximumRatio: Int64 = 200
    /// In bytes.
    package var ratioFloor: Int64 = 1 << 30
    /// How many directories may lie in one another, the layer's root not counted.
    package var maximumDepth: Int64 = 512
    /// Bytes of the description of one entry: names, attributes, the map of its holes.
    package var maximumHeaderSize: Int64 = 4 << 20

    package init() {}
}

extension ExtractionLimits: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case maximumEntries, maximumSize, maximumRatio, ratioFloor, maximumDepth, maximumHeaderSize

        var field: WritableKeyPath<ExtractionLimits, Int64> {
            switch self {
            case .maximumEntries: \.maximumEntries
            case .maximumSize: \.maximumSize
            case .maximumRatio: \.maximumRatio
            case .ratioFloor: \.ratioFloor
            case .maximumDepth: \.maximumDepth
            case .maximumHeaderSize: \.maximumHeaderSize
            }
        }
    }

    /// A missing limit keeps its default; all are at least 1.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        for key in CodingKeys.allCases {
            guard let value = try container.decodeIfPresent(Int64.self, forKey: key) else { continue }
            guard value > 0 else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container, debugDescription: "\(key.stringValue) must be at least 1, not \(value)."
                )
            }
            self[keyPath: key.field] = value
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        for key in CodingKeys.allCases { try container.encode(self[keyPath: key.field], forKey: key) }
    }
}

extension ExtractionLimits {
    /// Checks the uncompressed stream against the compressed one.
    func check(uncompressed: Int64, compressed: Int64, _ subject: String) throws(ImageError) {
        guard uncompressed > ratioFloor, uncompressed / max(1, compressed) > maximumRatio else { return }
        throw ImageError(
            .limitExceeded,
            "Could not unpack \(subject): it grows to more than \(maximumRatio) times its size (maximumRatio). If you "
                + "trust its source, set a larger `limits: {maximumRatio: …}` in ~/.config/trice/settings.json.")
    }
}

/// The used part of an archive's limits.
struct ExtractionBudget {
    let limits: ExtractionLimits
    let subject: String
    private var entries: Int64 = 0
    private var size: Int64 = 0

    init(_ limits: ExtractionLimits, _ subject: String) {
        self.limits = limits
        self.subject = subject
    }

    /// Counts an entry with a file of `bytes` before anything of it is written.
    mutating func count(_ name: EntryName, bytes: Int64) throws(ImageError) {
        entries += 1
        if entries > limits.maximumEntries {
            throw failure("it has more than \(limits.maximumEntries) entries (maximumEntries) at `\(name)`")
        }
        try check(depth: name.components.count - 1, name)
        let (sum, overflow) = size.addingReportingOverflow(max(0, bytes))
        if overflow || sum > limits.maximumSize {
            throw failure("its files have more than \(limits.maximumSize) bytes (maximumSize) with `\(name)`")
        }
        size = sum
    }

    /// Checks how deep below the root an entry's directory is.
    func check(depth: Int, _ name: EntryName) throws(ImageError) {
        if depth > limits.maximumDepth {
            throw failure("the entry `\(name)` lies more than \(limits.maximumDepth) directories deep (maximumDepth)")
        }
    }

    private func failure(_ why: String) -> ImageError {
        ImageError(.limitExceeded, "Could not unpack \(subject): \(why).")
    }
}
