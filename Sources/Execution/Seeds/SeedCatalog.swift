internal import Images
internal import LinuxSystem
package import Snapshots
internal import SystemPackage
internal import Vocabulary
package import Workspaces

/// The seeds of this machine: found, used, counted and removed.
package struct SeedCatalog: Sendable {
    let host: Host

    package init(_ host: Host) {
        self.host = host
    }

    var directory: FilePath { host.layout.seeds }
    private var layers: FilePath { host.images.store.layers.directory }

    /// Those that are complete, the one that was used longest ago first.
    package func complete() throws -> [SeedDocument] {
        try SeedDocument.all(in: directory).filter(\.isComplete).sorted {
            ($0.usedAt, $0.digest) < ($1.usedAt, $1.digest)
        }
    }

    /// A seed that can be used; `nil` when no complete seed has this digest.
    func find(_ digest: String) throws -> SeedDocument? {
        guard let seed = try SeedDocument.read(digest, in: directory), isWhole(seed) else { return nil }
        return seed
    }

    private func isWhole(_ seed: SeedDocument) -> Bool {
        seed.isComplete && seed.layers.allSatisfy { Files.exists(layers.appending($0)) }
    }

    // MARK: - Using

    /// Fills new volumes of an environment.
    ///
    /// - Throws: `EngineError.snapshot` where the seed has gone meanwhile; all volumes are empty then.
    func place(_ digest: String, in workspace: Workspace) throws {
        guard var seed = try find(digest) else { throw EngineError(.snapshot, "The seed has been removed meanwhile.") }
        let content = LayerPlacement(host)
        try SeedPlacement(volumesIn: host.layout.volumes(of: workspace.id)).place { staging in
            for volume in seed.volumes {
                try content.make(of: [volume.layer], wasRunning: true, at: staging.appending(volume.name))
            }
            // A volume that lies upon a layer needs it after a power cut, and a copy is complete then.
            try host.images.store.layers.sync()
            try Files.synchronizeFileSystem(of: staging)
        }
        seed.usedAt = WallClock.nanoseconds
        try seed.write(in: directory)
    }

    // MARK: - Removing

    /// Makes a seed one that nothing begins from any more; the next `tidy` removes it.
    func withdraw(_ digest: String) throws {
        guard var seed = try find(digest) else { return }
        seed.isComplete = false
        try seed.write(in: directory)
    }

    /// Removes what killed commands have left, and the seeds above the limit that were used longest ago.
    ///
    /// It does nothing while another command adds layers, for which it would have to wait. The caller holds no protection of the
    /// image store.
    package func tidy() throws {
        guard Files.exists(directory), try host.images.store.isIdle() else { return }
        let all = try SeedDocument.all(in: directory)
        let known = Set(all.map(\.digest))
        for digest in try SeedDocument.digests(in: directory) where !known.contains(digest) { try forget(digest) }
        for seed in all where !isWhole(seed) { try remove(seed) }
        try removeRests(besides: known)
        var rest = try complete()
        while rest.reduce(0, { $0 + $1.size }) > host.seedLimit, let oldest = rest.first {
            try remove(oldest)
            rest.removeFirst()
        }
    }

    /// Removes seeds that were not used for some time, or all of them.
    ///
    /// - Returns: what each is, in words.
    package func prune(unusedFor limit: Duration) throws -> [String] {
        try tidy()
        let latest = WallClock.nanoseconds - limit.nanoseconds
        let removed = try complete().filter { try $0.usedAt <= latest && remove($0) }
        return removed.map { "seed of \($0.service), \($0.volumes.map(\.name).joined(separator: ", "))" }
    }

    /// Removes a seed, and those of its layers that no volume lies upon.
    ///
    /// - Returns: `false` for one that another command makes at this moment.
    @discardableResult
    private func remove(_ seed: SeedDocument) throws -> Bool {
        guard let lock = try FileLock.attempt(SeedDocument.lock(of: seed.digest, in: directory)) else { return false }
        // It names its layers until they are gone.
        var seed = seed
        seed.isComplete = false
        try seed.write(in: directory)
        let own = Set(seed.layers)
        if !own.isEmpty { _ = try host.images.collect(among: own, inUse: { try host.neededLayers() }) }
        try Files.remove(SeedDocument.file(of: seed.digest, in: directory))
        try Files.remove(SeedDocument.lock(of: seed.digest, in: directory))
        _ = consume lock
        return true
    }

    /// Removes a document that cannot be read; its layers are those that nothing needs.
    private func forget(_ digest: String) throws {
        guard let lock = try FileLock.attempt(SeedDocument.lock(of: digest, in: directory)) else { return }
        try Files.remove(SeedDocument.file(of: digest, in: directory))
        try Files.remove(SeedDocument.lock(of: digest, in: directory))
        _ = consume lock
    }

    /// Removes the locks of seeds that were never made, and the files that a killed command was about to rename.
    private func removeRests(besides known: Set<String>) throws {
        for name in try Files.names(in: directory) {
            let path = directory.appending(name)
            if name.hasSuffix(".lock"), !known.contains(String(name.dropLast(".lock".count))) {
                guard let lock = try FileLock.attempt(path) else { continue }
                try Files.remove(path)
                _ = consume lock
            } else if name.hasSuffix(".tmp"),
                let writer = name.split(separator: ".").dropLast().last?.prefix(while: \.isNumber),
                !Files.exists(FilePath("/proc/\(writer)"))
            {
                try Files.remove(path)
            }
        }
    }
}
