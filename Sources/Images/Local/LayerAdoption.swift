internal import CArchive
internal import Glibc
internal import LinuxSystem
package import SystemPackage

// How the upper directory of an overlay becomes a layer.
extension LocalImages {
    /// Makes a layer of an upper directory that no process writes to: a rename, independent of its size.
    ///
    /// With `isDurable` its whole content is on disk before it has its new name; otherwise the caller calls
    /// `synchronize()` before it relies on the layer after a power cut.
    ///
    /// - Throws: `.invalidImage` when overlayfs left data that only that mount can read (a redirect or a file without
    ///   its data), and `.systemCall` when `upper` is on another file system than the layer store.
    @discardableResult
    package func adopt(
        _ upper: FilePath, as name: LayerName = .unique(), isDurable: Bool = true
    ) throws(ImageError) -> LayerName {
        try OverlayLeftovers.check(upper)
        let target = store.layers.directory.appending(name.text)
        return try withoutCollection { () throws(ImageError) in
            try attempting("make a layer of \(upper)") { () throws(SystemError) in
                if isDurable { try Files.synchronizeFileSystem(of: upper) }
                try Files.rename(upper, to: target)
                if isDurable { try Files.synchronizeDirectory(store.layers.directory) }
            }
            try records.save(LocalLayerRecord(name: name, createdAt: CreationTime.seconds))
            return name
        }
    }

    /// Makes a layer of a copy of an upper directory that is in use.
    ///
    /// The copy has contents, owners, modes, times, attributes, hard links, holes, whiteouts and opaque directories. A
    /// change during the copy may or may not be in it: freeze the container for a consistent state.
    ///
    /// - Parameter identity: of the container whose directory it is; its layer has the owners that the container shows.
    @discardableResult
    package func snapshot(
        _ upper: FilePath, of identity: KeptIdentity? = nil, as name: LayerName = .unique(), isDurable: Bool = true
    ) throws(ImageError) -> LayerName {
        try OverlayLeftovers.check(upper)
        let target = store.layers.directory.appending(name.text)
        return try withoutCollection { () throws(ImageError) in
            let work = try attempting("copy \(upper)") { () throws(SystemError) in try ingest.begin() }
            let root = work.path.appending(StorePaths.ingestRoot)
            let measure = try TreeCopy(from: upper, to: root, for: identity).copy()
            try attempting("make a layer of \(upper)") { () throws(SystemError) in
                if isDurable { try Files.synchronizeFileSystem(of: root) }
                try Files.rename(root, to: target)
                if isDurable { try Files.synchronizeDirectory(store.layers.directory) }
            }
            try records.save(
                LocalLayerRecord(
                    name: name, size: measure.size, entryCount: measure.entryCount, createdAt: CreationTime.seconds))
            return withExtendedLifetime(work) { name }
        }
    }

    /// As `snapshot`, without waiting for the disk: after a restart of the machine the layer is complete or gone. It counts as
    /// gone until `LayerStore.sync` has returned.
    package func snapshotUnsynced(_ upper: FilePath, as name: LayerName) throws(ImageError) {
        try store.layers.publish(named: [name.text]) { () throws(ImageError) in
            try snapshot(upper, as: name, isDurable: false)
        }
    }

    /// The size of a tree: bytes of its files, and the number of its entries.
    package static func measure(_ root: FilePath) throws(ImageError) -> (size: Int64, entryCount: Int) {
        let measure = try TreeMeasure.of(root)
        return (measure.size, measure.entryCount)
    }

    /// Copies a layer into a new directory; the file system shares the blocks of files where it can.
    package func copy(_ layer: LayerName, to target: FilePath) throws(ImageError) {
        _ = try TreeCopy(from: directory(of: layer), to: target).copy()
    }

    /// Makes a layer of the tar of an upper directory that no process writes to for the moment, such as that of a
    /// frozen container.
    ///
    /// It writes only one uncompressed blob: with many small files this is several times faster than a copy. The layer
    /// is packed then; its directory is created when the image is first loaded.
    ///
    /// - Throws: as `adopt`, and `.sourceMissing` when the directory changes meanwhile.
    package func capture(
        _ upper: FilePath, latest: Int64? = CreationTime.sourceDateEpoch
    ) throws(ImageError) -> LayerName {
        let name = LayerName.unique()
        return try withoutCollection { () throws(ImageError) in
            let (packed, measure) = try Self.pack(upper, into: store.content.writer(), .none, latest: latest)
            try records.save(
                LocalLayerRecord(
                    name: name, size: measure.size, entryCount: measure.entryCount, createdAt: CreationTime.seconds,
                    packed: packed))
            return name
        }
    }

    /// Makes all layers durable that were taken without it; syncfs(2).
    package func synchronize() throws(ImageError) {
        let directory = store.layers.directory
        try attempting("write \(directory) to disk") { () throws(SystemError) in
            try Files.synchronizeFileSystem(of: directory)
        }
    }

    /// A layer's record with its size, which is found out the first time.
    package func measured(_ name: LayerName) throws(ImageError) -> LocalLayerRecord {
        var record = try records.layer(named: name) ?? LocalLayerRecord(name: name, createdAt: CreationTime.seconds)
        if record.size != nil && record.entryCount != nil { return record }
        let measure = try TreeMeasure.of(directory(of: name))
        record.size = measure.size
        record.entryCount = measure.entryCount
        try records.save(record)
        return record
    }

    /// Removes a layer and its record; nothing may need it.
    package func removeLayer(_ name: LayerName) throws(ImageError) {
        if Files.exists(store.layers.directory.appending(name.text)) { try store.layers.remove(name.text) }
        try records.removeLayer(named: name)
    }
}

/// How large a tree is.
struct TreeMeasure: Sendable, Hashable {
    /// Of all files together, in bytes, a file with several names once.
    var size: Int64 = 0
    /// All names, the root aside.
    var entryCount = 0

    static func of(_ root: FilePath) throws(ImageError) -> TreeMeasure {
        var measure = TreeMeasure()
        var seen: Set<FileIdentity> = []
        try TreeWalker(root: root).walk { (item: TreeWalker.Item) throws(ImageError) in
            guard !item.path.isEmpty else { return }
            measure.entryCount += 1
            guard item.info.st_mode & S_IFMT == S_IFREG else { return }
            if item.info.st_nlink > 1, !seen.insert(FileIdentity(item.info)).inserted { return }
            measure.size += Int64(item.info.st_size)
        }
        return measure
    }
}

/// What all names of one file have in common.
struct FileIdentity: Hashable, Sendable {
    var device: dev_t
    var inode: ino_t

    init(_ info: stat) {
        device = info.st_dev
        inode = info.st_ino
    }
}
