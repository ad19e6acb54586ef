/// The paths that a step read, in the order of a walk, each with the input of its digest.
///
/// Compact: a path is stored as its difference from the path before it, a content as eight bytes of its digest. Layout
/// of an entry, after one byte for the version: shared length and length of the rest of the path (LEB128), the rest,
/// kind and permissions (2 bytes), owner and group (LEB128, plus one, 0 when they do not count), digest (8 bytes).
package struct FileManifest: Sendable, Hashable {
    private static let version: UInt8 = 1

    /// To be stored and given to `init(encoded:)`.
    package let encoded: [UInt8]

    struct Entry: Hashable, Sendable {
        var path: TreePath
        /// The kind in the upper four bits.
        var mode: UInt16
        var owner: UInt64 = 0
        var group: UInt64 = 0
        var content: UInt64

        init(_ path: TreePath, _ record: FileRecord, _ digest: ContentDigest, countsOwner: Bool) {
            self.path = path
            mode = UInt16(record.kind.rawValue) << 12 | record.permissions
            if record.kind == .symbolicLink { mode &= 0xf000 }
            if countsOwner {
                owner = UInt64(record.owner) + 1
                group = UInt64(record.group) + 1
            }
            content = digest.first
        }

        fileprivate init(path: TreePath, mode: UInt16, owner: UInt64, group: UInt64, content: UInt64) {
            self.path = path
            self.mode = mode
            self.owner = owner
            self.group = group
            self.content = content
        }
    }

    /// - Parameter entries: Sorted by path, none twice.
    init(_ entries: [Entry]) {
        var output: [UInt8] = [Self.version]
        output.reserveCapacity(entries.count * 32)
        var last: [UInt8] = []
        for entry in entries {
            let path = entry.path.bytes
            var shared = 0
            while shared < path.count && shared < last.count && path[shared] == last[shared] { shared += 1 }
            Self.append(UInt64(shared), to: &output)
            Self.append(UInt64(path.count - shared), to: &output)
            output += path[shared...]
            withUnsafeBytes(of: entry.mode.littleEndian) { output += $0 }
            Self.append(entry.owner, to: &output)
            Self.append(entry.group, to: &output)
            withUnsafeBytes(of: entry.content.littleEndian) { output += $0 }
            last = path
        }
        encoded = output
    }

    /// - Returns: `nil` for bytes that are no manifest, as of another version.
    package init?(encoded: [UInt8]) {
        self.encoded = encoded
        guard decoded() != nil else { return nil }
    }

    private static func append(_ number: UInt64, to output: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            output.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        output.append(UInt8(rest))
    }
}

// MARK: - Comparing

/// One path that a step reads and that has changed.
package struct FileChange: Sendable, Hashable, CustomStringConvertible {
    /// The kind of a file, as it counts for the digest of a context.
    package enum Kind: Sendable, Hashable {
        case added, removed
        /// Another content, or a link with another target.
        case content
        case mode, owner
        /// Such as a file that was a directory.
        case type
    }

    package var path: String
    package var kind: Kind

    /// Such as `src/a.c changed`.
    package var description: String {
        switch kind {
        case .added: "\(path) was added"
        case .removed: "\(path) was removed"
        case .content: "\(path) changed"
        case .mode: "\(path) has another mode"
        case .owner: "\(path) has another owner"
        case .type: "\(path) is of another type"
        }
    }
}

extension FileManifest {
    /// The differences of a later manifest: the first paths in order, and their number.
    package func changes(to new: FileManifest, limit: Int = 5) -> (changes: [FileChange], total: Int) {
        let (old, later) = (decoded() ?? [], new.decoded() ?? [])
        var changes: [FileChange] = []
        var total = 0
        func note(_ entry: Entry, _ kind: FileChange.Kind) {
            total += 1
            if changes.count < limit { changes.append(FileChange(path: entry.path.description, kind: kind)) }
        }
        var (i, j) = (0, 0)
        while i < old.count || j < later.count {
            if j == later.count || (i < old.count && old[i].path < later[j].path) {
                note(old[i], .removed)
                i += 1
            } else if i == old.count || later[j].path < old[i].path {
                note(later[j], .added)
                j += 1
            } else {
                if let kind = Self.difference(old[i], later[j]) { note(later[j], kind) }
                i += 1
                j += 1
            }
        }
        return (changes, total)
    }

    private static func difference(_ old: Entry, _ new: Entry) -> FileChange.Kind? {
        if old == new { return nil }
        if old.mode >> 12 != new.mode >> 12 { return .type }
        if old.content != new.content { return .content }
        return old.mode != new.mode ? .mode : .owner
    }

    private func decoded() -> [Entry]? {
        guard encoded.first == Self.version else { return nil }
        var position = 1
        func number() -> UInt64? {
            var (value, shift): (UInt64, UInt64) = (0, 0)
            while position < encoded.count, shift < 63 {
                let byte = encoded[position]
                position += 1
                value |= UInt64(byte & 0x7f) << shift
                if byte < 0x80 { return value }
                shift += 7
            }
            return nil
        }
        func bytes(_ count: UInt64) -> ArraySlice<UInt8>? {
            guard count <= UInt64(encoded.count - position) else { return nil }
            defer { position += Int(count) }
            return encoded[position..<position + Int(count)]
        }
        func fixed(_ count: UInt64) -> UInt64? {
            bytes(count).map { $0.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        }
        var entries: [Entry] = []
        var last: [UInt8] = []
        while position < encoded.count {
            guard let shared = number(), shared <= UInt64(last.count), let length = number(), let rest = bytes(length),
                let mode = fixed(2), let owner = number(), let group = number(), let content = fixed(8)
            else { return nil }
            last = Array(last[..<Int(shared)]) + rest
            entries.append(
                Entry(
                    path: TreePath(unchecked: last), mode: UInt16(mode), owner: owner, group: group, content: content))
        }
        return entries
    }
}
