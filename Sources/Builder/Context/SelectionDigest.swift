internal import OCI

extension FileSelection {
    init(_ items: [Item], unmatched: [String], countsOwner: Bool) {
        self.items = items
        self.unmatched = unmatched
        self.countsOwner = countsOwner
        var writer = SelectionWriter(countsOwner: countsOwner)
        for item in items { writer.append(item) }
        size = writer.size
        entryCount = writer.entryCount
        digest = Digester.digest(of: writer.output)
    }
}

extension FileSelection {
    /// Each path with what the digest saw of it, to explain a later difference; made anew for each call.
    ///
    /// Items may overlap and stand in any order; paths are sorted and stand once.
    package var manifest: FileManifest {
        var entries: [FileManifest.Entry] = []
        entries.reserveCapacity(entryCount)
        for item in items {
            guard item.isDirectory else {
                entries.append(FileManifest.Entry(item.source, item.record, item.digest, countsOwner: countsOwner))
                continue
            }
            for entry in item.entries {
                entries.append(
                    FileManifest.Entry(
                        item.source.appending(entry.path), entry.record, entry.digest, countsOwner: countsOwner))
            }
        }
        if zip(entries, entries.dropFirst()).allSatisfy({ $0.path < $1.path }) { return FileManifest(entries) }
        var sorted: [FileManifest.Entry] = []
        for entry in entries.sorted(by: { $0.path < $1.path }) where sorted.last?.path != entry.path {
            sorted.append(entry)
        }
        return FileManifest(sorted)
    }
}

/// Writes down what a selection is, in one form.
private struct SelectionWriter {
    let countsOwner: Bool
    /// Of each item: its kind, its name, then its entries, each with lengths before what varies in length.
    private(set) var output: [UInt8] = []
    private(set) var size: Int64 = 0
    private(set) var entryCount = 0

    init(countsOwner: Bool) {
        self.countsOwner = countsOwner
    }

    mutating func append(_ item: FileSelection.Item) {
        append(UInt32(item.entries.count))
        append(item.name)
        guard item.isDirectory else {
            append(.root, item.record, item.digest)
            return
        }
        output.append(item.record.kind.rawValue)
        output.reserveCapacity(output.count + item.entries.count * 96)
        for entry in item.entries { append(entry.path, entry.record, entry.digest) }
    }

    private mutating func append(_ path: TreePath, _ record: FileRecord, _ digest: ContentDigest) {
        append(path.bytes)
        output.append(record.kind.rawValue)
        // Links have no permissions of their own.
        append(UInt32(record.kind == .symbolicLink ? 0 : record.permissions))
        if countsOwner {
            append(record.owner)
            append(record.group)
        }
        switch record.kind {
        case .regular, .symbolicLink: withUnsafeBytes(of: digest) { output += $0 }
        case .characterDevice, .blockDevice: withUnsafeBytes(of: record.node.littleEndian) { output += $0 }
        default: break
        }
        if record.kind == .regular { size += record.size }
        entryCount += 1
    }

    private mutating func append(_ bytes: [UInt8]) {
        append(UInt32(bytes.count))
        output += bytes
    }

    private mutating func append(_ number: UInt32) {
        withUnsafeBytes(of: number.littleEndian) { output += $0 }
    }
}
