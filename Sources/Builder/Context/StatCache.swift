internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The knowledge of the last build about a context: the names in every directory, and for files the lstat(2) result
/// with which their content had the stored digest.
///
/// One file, read in one piece. A damaged file, or one of another version or context, counts as empty: then everything
/// is read again. Layout, all little-endian: magic; checksum of the rest; number of bytes and text of the root and of
/// the rules' fingerprint; then a block for each directory.
struct StatCache: Sendable {
    static let magic: UInt64 = 0x3230_7473_6574_7274
    private static let headerLength = 16
    /// Of a block: lengths of the path and of the names, and the number of entries.
    private static let blockHeaderLength = 12
    private static let entryLength = 80

    private let bytes: [UInt8]
    private let blocks: [TreePath: Block]
    /// Whether the answers of the ignore rules in it still hold.
    let hasSameRules: Bool

    /// Positions in the bytes.
    fileprivate struct Block: Sendable {
        var whole: Range<Int>
        var entries: Int
        var names: Range<Int>
        var count: Int
    }

    /// Nothing is known.
    static let empty = StatCache(bytes: [], blocks: [:], hasSameRules: false)

    private init(bytes: [UInt8], blocks: [TreePath: Block], hasSameRules: Bool) {
        self.bytes = bytes
        self.blocks = blocks
        self.hasSameRules = hasSameRules
    }

    /// Reads a cache; a file that is not a cache of this root counts as empty.
    init(reading path: FilePath, root: String, rules: IgnoreRules) {
        // A cache that cannot be read is as good as none.
        let bytes = (try? Self.contents(of: path)) ?? []
        guard let reader = CacheReader(bytes, headerLength: Self.headerLength),
            let (blocks, fingerprint) = Self.parse(reader, root: root)
        else {
            self = .empty
            return
        }
        self.init(bytes: bytes, blocks: blocks, hasSameRules: fingerprint == rules.fingerprint)
    }

    private static func contents(of path: FilePath) throws(SystemError) -> [UInt8] {
        let file = try OwnedDescriptor.open(path)
        let size = try Files.status(path)?.size ?? 0
        let first = try file.read(atMost: Int(size) + 1)
        return first.count == Int(size) ? first : first + (try file.readToEnd())
    }

    private static func parse(_ start: CacheReader, root: String) -> ([TreePath: Block], String)? {
        var reader = start
        guard let known = reader.text(), known == root, let fingerprint = reader.text() else { return nil }
        var blocks: [TreePath: Block] = [:]
        while !reader.isAtEnd {
            let begin = reader.position
            guard let pathLength = reader.number(), let namesLength = reader.number(), let count = reader.number(),
                let path = reader.range(pathLength),
                let entries = reader.range(count * entryLength), let names = reader.range(namesLength)
            else { return nil }
            blocks[TreePath(unchecked: Array(reader.bytes[path]))] = Block(
                whole: begin..<reader.position, entries: entries.lowerBound, names: names, count: count)
        }
        return (blocks, fingerprint)
    }
}

/// Takes the header and the blocks of a cache apart, never reading beyond its end.
private struct CacheReader {
    let bytes: [UInt8]
    private(set) var position: Int

    /// `nil` when the checksum is wrong.
    init?(_ bytes: [UInt8], headerLength: Int) {
        guard bytes.count >= headerLength else { return nil }
        let isWhole = bytes.withUnsafeBytes { raw in
            raw.loadUnaligned(fromByteOffset: 0, as: UInt64.self) == StatCache.magic
                && raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
                    == StatCache.checksum(UnsafeRawBufferPointer(rebasing: raw[headerLength...]))
        }
        guard isWhole else { return nil }
        self.bytes = bytes
        position = headerLength
    }

    var isAtEnd: Bool { position >= bytes.count }

    mutating func number() -> Int? {
        guard let range = range(4) else { return nil }
        return bytes.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: range.lowerBound, as: UInt32.self)) }
    }

    mutating func range(_ length: Int) -> Range<Int>? {
        guard length <= bytes.count - position else { return nil }
        defer { position += length }
        return position..<position + length
    }

    mutating func text() -> String? {
        guard let length = number(), let range = range(length) else { return nil }
        return String(decoding: bytes[range], as: UTF8.self)
    }
}

// MARK: - Asking

extension StatCache {
    /// The stored data of one directory.
    struct Directory {
        fileprivate let cache: StatCache
        fileprivate let block: Block

        var count: Int { block.count }

        /// The answer of the rules about a name, when the rules and the kind are still the same.
        func verdict(of name: UnsafeRawBufferPointer, _ kind: FileRecord.Kind) -> IgnoreRules.Verdict? {
            cache.bytes.withUnsafeBytes { raw in
                guard let entry = find(name, raw), raw[entry + 6] == kind.rawValue else { return nil }
                return IgnoreRules.Verdict(rawValue: raw[entry + 7] & 0x3)
            }
        }

        /// Gives the listing the digests of all files that have not changed.
        func supply(_ listing: inout DirectoryListing) {
            cache.bytes.withUnsafeBytes { raw in
                for index in listing.entries.indices where listing.entries[index].record.kind == .regular {
                    let entry = listing.entries[index]
                    let found = listing.name(of: entry).withUnsafeBytes { find($0, raw) }
                    guard let found, raw[found + 7] & 0x4 != 0, isSame(entry.record, found, raw) else { continue }
                    let digest = UnsafeRawBufferPointer(rebasing: raw[found + 48..<found + 80])
                    listing.entries[index].digest = ContentDigest(digest)
                    listing.entries[index].isDigestLasting = true
                }
            }
        }

        private func isSame(_ record: FileRecord, _ entry: Int, _ raw: UnsafeRawBufferPointer) -> Bool {
            raw.loadUnaligned(fromByteOffset: entry + 8, as: Int64.self) == record.size
                && raw.loadUnaligned(fromByteOffset: entry + 16, as: Int64.self) == record.modified
                && raw.loadUnaligned(fromByteOffset: entry + 24, as: Int64.self) == record.changed
                && raw.loadUnaligned(fromByteOffset: entry + 32, as: UInt64.self) == record.inode
                && raw.loadUnaligned(fromByteOffset: entry + 40, as: UInt64.self) == record.device
        }

        /// The position of a name's entry.
        private func find(_ name: UnsafeRawBufferPointer, _ raw: UnsafeRawBufferPointer) -> Int? {
            guard let wanted = name.baseAddress, let base = raw.baseAddress else { return nil }
            var low = 0
            var high = block.count
            while low < high {
                let middle = (low + high) / 2
                let entry = block.entries + middle * StatCache.entryLength
                let start = Int(raw.loadUnaligned(fromByteOffset: entry, as: UInt32.self))
                let length = Int(raw.loadUnaligned(fromByteOffset: entry + 4, as: UInt16.self))
                guard start + length <= block.names.count else { return nil }
                let order = memcmp(base + block.names.lowerBound + start, wanted, min(length, name.count))
                if order == 0 && length == name.count { return entry }
                if order < 0 || (order == 0 && length < name.count) { low = middle + 1 } else { high = middle }
            }
            return nil
        }
    }

    func directory(_ path: TreePath) -> Directory? {
        blocks[path].map { Directory(cache: self, block: $0) }
    }
}

// MARK: - Writing

extension StatCache {
    /// The bytes of a cache with these listings, and with the stored directories that this build did not read.
    func encoded(root: String, rules: IgnoreRules, _ listings: [TreePath: DirectoryListing]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: Self.headerLength)
        for text in [root, rules.fingerprint] {
            Self.append(UInt32(text.utf8.count), to: &output)
            output += text.utf8
        }
        for (path, listing) in listings { Self.append(path, listing, to: &output) }
        if hasSameRules {
            for (path, block) in blocks where listings[path] == nil && !Self.isGone(path, listings) {
                output += bytes[block.whole]
            }
        }
        let sum = output.withUnsafeBytes { Self.checksum(UnsafeRawBufferPointer(rebasing: $0[Self.headerLength...])) }
        output.withUnsafeMutableBytes { raw in
            raw.storeBytes(of: Self.magic, toByteOffset: 0, as: UInt64.self)
            raw.storeBytes(of: sum, toByteOffset: 8, as: UInt64.self)
        }
        return output
    }

    /// Whether the listing of a directory above no longer contains this one.
    private static func isGone(_ path: TreePath, _ listings: [TreePath: DirectoryListing]) -> Bool {
        (path.ancestors + [path]).contains { directory in
            listings[directory.parent].map { $0.index(of: directory.lastComponent) == nil } ?? false
        }
    }

    private static func append(_ path: TreePath, _ listing: DirectoryListing, to output: inout [UInt8]) {
        append(UInt32(path.bytes.count), to: &output)
        append(UInt32(listing.names.count), to: &output)
        append(UInt32(listing.entries.count), to: &output)
        output += path.bytes
        var start = output.count
        output.append(contentsOf: repeatElement(0, count: listing.entries.count * entryLength))
        output.withUnsafeMutableBytes { raw in
            for entry in listing.entries {
                let digest = entry.isDigestLasting ? entry.digest : nil
                let flags = entry.verdict.rawValue | (digest == nil ? 0 : 0x4)
                raw.storeBytes(of: entry.nameStart, toByteOffset: start, as: UInt32.self)
                raw.storeBytes(of: entry.nameLength, toByteOffset: start + 4, as: UInt16.self)
                raw[start + 6] = entry.record.kind.rawValue
                raw[start + 7] = flags
                raw.storeBytes(of: entry.record.size, toByteOffset: start + 8, as: Int64.self)
                raw.storeBytes(of: entry.record.modified, toByteOffset: start + 16, as: Int64.self)
                raw.storeBytes(of: entry.record.changed, toByteOffset: start + 24, as: Int64.self)
                raw.storeBytes(of: entry.record.inode, toByteOffset: start + 32, as: UInt64.self)
                raw.storeBytes(of: entry.record.device, toByteOffset: start + 40, as: UInt64.self)
                raw.storeBytes(of: digest ?? .none, toByteOffset: start + 48, as: ContentDigest.self)
                start += entryLength
            }
        }
        output += listing.names
    }

    private static func append(_ number: UInt32, to output: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { output += $0 }
    }

    /// Detects damaged files; it is no protection against a deliberate change.
    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var sum: UInt64 = 0x9e37_79b9_7f4a_7c15 ^ UInt64(bytes.count)
        var offset = 0
        while offset + 8 <= bytes.count {
            sum = (sum ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0xff51_afd7_ed55_8ccd
            sum ^= sum >> 32
            offset += 8
        }
        for byte in bytes[offset...] { sum = (sum ^ UInt64(byte)) &* 0xff51_afd7_ed55_8ccd }
        return sum
    }
}
