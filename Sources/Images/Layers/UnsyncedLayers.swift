internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The layers that have a name and may not be on disk yet.
///
/// Waiting until some hundred megabytes of files are durable would be the longest part of a pull, so a layer gets its
/// name before that. A durable record is written first, with the names and the boot in which the files were written. In
/// that boot the kernel has the complete files, whichever process dies. In a later boot their state is unknown: the
/// layer is removed, and comes back from its blob, which is durable. `sync` makes the files durable and removes the
/// record.
struct UnsyncedLayers: Sendable {
    /// The directory of the layers.
    let layers: FilePath

    private var directory: FilePath { layers.appending(StorePaths.unsynced) }
    /// Held shared by processes that give names, exclusively by a process that removes records.
    private var lockPath: FilePath { directory.appending(StorePaths.unsyncedLock) }

    /// random(4); `nil` when the kernel does not report it.
    private static func currentBoot() throws(SystemError) -> String? {
        guard let text = try Files.text("/proc/sys/kernel/random/boot_id") else { return nil }
        return text.split(separator: "\n").first.map(String.init)
    }

    private func records() throws(SystemError) -> [FilePath] {
        try Files.names(in: directory).filter { $0 != StorePaths.unsyncedLock }.map { directory.appending($0) }
    }

    /// Runs `body`, which gives the layers their names.
    func publish(_ names: [String], _ body: () throws(ImageError) -> Void) throws(ImageError) {
        let lock = try attempting("store a layer in \(layers)") { () throws(SystemError) in
            try Files.createDirectory(directory, mode: 0o700)
            return try FileLock(waitingFor: lockPath, .shared)
        }
        try attempting("store a layer in \(layers)") { () throws(SystemError) in
            guard let boot = try Self.currentBoot() else { return try Files.synchronizeFileSystem(of: layers) }
            let path = directory.appending("\(getpid())-\(UInt64.random(in: 0...UInt64.max))")
            let file = try OwnedDescriptor.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
            try file.write(([boot] + names).joined(separator: "\n").utf8)
            let fd = file.rawValue
            try systemCall("fsync", path.string) { fsync(fd) }
            try Files.synchronizeDirectory(directory)
            _ = consume file
        }
        try body()
        _ = consume lock
    }

    /// Removes the layers of earlier boots by `remove`.
    func recover(_ remove: (String) throws(SystemError) -> Void) throws(SystemError) {
        guard try !stale().isEmpty else { return }
        let lock = try FileLock(waitingFor: lockPath)
        for (record, names) in try stale() {
            for name in names { try remove(name) }
            try Files.remove(record)
        }
        _ = consume lock
    }

    /// The records of earlier boots with the layers that are in doubt.
    private func stale() throws(SystemError) -> [(record: FilePath, names: [String])] {
        let records = try records()
        guard !records.isEmpty, let boot = try Self.currentBoot() else { return [] }
        var stale: [(FilePath, [String])] = []
        for record in records {
            // A missing record was synced, and an incomplete one has no layer yet.
            let lines = try Files.text(record)?.split(separator: "\n").map(String.init) ?? []
            if let first = lines.first, first != boot { stale.append((record, Array(lines.dropFirst()))) }
        }
        return stale
    }

    /// Makes everything durable and removes the records of it.
    func sync() throws(SystemError) {
        guard try !records().isEmpty else { return }
        var lock = try FileLock(waitingFor: lockPath)
        let settled = try records()
        _ = consume lock
        try Files.synchronizeFileSystem(of: layers)
        lock = try FileLock(waitingFor: lockPath)
        for record in settled { try Files.remove(record) }
        _ = consume lock
    }
}
