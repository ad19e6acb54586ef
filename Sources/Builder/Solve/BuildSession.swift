internal import Dispatch
internal import Glibc
internal import Images
internal import LinuxSystem
internal import OCI
internal import Synchronization
internal import SystemPackage

/// One call of a builder: what its stages share.
final class BuildSession: Sendable {
    let host: BuildHost
    let options: BuildOptions
    let builds: [LoadedBuild]
    let solver: GraphSolver
    let work: LazyWork
    let emit: @Sendable (BuildEvent) -> Void
    let runs: Slots
    let agents: KeyAgents
    private let imports: CacheImports
    private let state = Mutex(State())

    private struct State {
        /// The remarks that were shown.
        var remarks: Set<String> = []
        /// The results of this session, by key.
        var fresh: [Digest: CacheRecord] = [:]
        /// Found records whose last use is some time ago.
        var used: Set<Digest> = []
        var unsynced: [Digest] = []
        /// Steps that some stage of this session is at, or was.
        var begun: Set<Digest> = []
        var isWriting = false
        var reports: [StepReport] = []
    }

    let imageRoots: [ImageKey: StageRoot]
    private let trees = Mutex<[Digest: SourceTree]>([:])
    private let copies = Mutex<[Digest: FilePath]>([:])
    private let isPrepared = Mutex(false)
    let now = Int64(time(nil))
    /// The identity of this boot; random(4).
    private let boot: String

    init(
        host: BuildHost, options: BuildOptions, solver: GraphSolver, imageRoots: [ImageKey: StageRoot], work: LazyWork,
        agents: KeyAgents, emit: @escaping @Sendable (BuildEvent) -> Void
    ) throws(BuildError) {
        self.host = host
        self.options = options
        self.solver = solver
        builds = solver.builds
        self.imageRoots = imageRoots
        self.work = work
        self.emit = emit
        self.agents = agents
        imports = CacheImports(host, emit)
        runs = Slots(options.runsAtOnce)
        boot = try attempting("read the id of this boot") { () throws(SystemError) in
            try Files.text("/proc/sys/kernel/random/boot_id")?.split(separator: "\n").first.map(String.init)
                ?? "unknown"
        }
    }

    /// Whether the remark is new in this session.
    func isFirst(_ remark: String) -> Bool { state.withLock { $0.remarks.insert(remark).inserted } }

    var reports: [StepReport] { state.withLock { $0.reports } }

    func report(_ step: StepReference, _ outcome: StepReport.Outcome) {
        state.withLock { $0.reports.append(StepReport(step: step, outcome: outcome)) }
    }

    /// Writes down that a stage of this session has the lock of a step.
    func begin(_ key: Digest) { state.withLock { _ = $0.begun.insert(key) } }

    func isAt(_ key: Digest) -> Bool { state.withLock { $0.begun.contains(key) } }

    /// Where the locks of steps are.
    func locks() throws(BuildError) -> FilePath {
        let directory = work.area.locks
        try attempting("make \(directory)") { () throws(SystemError) in
            try Files.createDirectory(directory, mode: 0o700)
        }
        return directory
    }

    func directory(of layer: LayerName) -> FilePath { host.images.store.layers.directory.appending(layer.text) }
}

// MARK: - Cache

extension BuildSession {
    /// Seconds after which it is written down again that a record was of use.
    private static let usePeriod: Int64 = 3600

    /// The result of a step, if its layer exists.
    ///
    /// - Parameter freshOnly: Only results of this session.
    func find(_ key: Digest, freshOnly: Bool) throws(BuildError) -> CacheRecord? {
        if let record = state.withLock({ $0.fresh[key] }) { return record }
        guard !freshOnly || options.acceptsSince != nil, let record = try host.records.record(for: key) else {
            return nil
        }
        if freshOnly, let start = options.acceptsSince, record.createdAt < start { return nil }
        let isWhole = (record.boot == nil || record.boot == boot) && Files.exists(directory(of: record.layer))
        guard isWhole else { return nil }
        // Its builder was stopped before the sync, or has not reached it yet.
        if record.boot != nil { state.withLock { $0.unsynced.append(key) } }
        if now - record.usedAt > Self.usePeriod { state.withLock { _ = $0.used.insert(key) } }
        return record
    }

    /// Writes down the result of a step.
    func save(_ layer: LayerName, _ components: StepComponents, key: Digest) throws(BuildError) -> CacheRecord {
        let time = Int64(Glibc.time(nil))
        let record = try CacheRecord(
            key: key, contentKey: key, layer: layer, instruction: components.text, createdAt: time, usedAt: time,
            boot: boot, operation: components.portableOperation())
        try host.records.save(record, details: KeptComponents(components).encoded())
        state.withLock { state in
            state.fresh[key] = record
            state.unsynced.append(key)
        }
        return record
    }

    /// Takes over the result of a step that an image of `cache_from` has.
    func importRecord(
        _ key: Digest, _ components: StepComponents, for build: LoadedBuild
    ) async throws -> CacheRecord? {
        guard let found = try await imports.layer(for: key, of: build) else { return nil }
        if let packed = found.packed, try host.images.records.layer(named: found.name) == nil {
            try host.images.records.save(
                LocalLayerRecord(name: found.name, createdAt: found.createdAt ?? now, packed: packed))
        }
        let record = CacheRecord(
            key: key, contentKey: key, layer: found.name, instruction: components.text,
            createdAt: found.createdAt ?? now, usedAt: now, boot: boot, operation: found.operation)
        try host.records.save(record, details: KeptComponents(components).encoded())
        state.withLock { $0.unsynced.append(key) }
        return record
    }

    /// Stores a result under a second key.
    func save(_ record: CacheRecord, alias key: Digest) throws(BuildError) {
        var alias = record
        alias.key = key
        try host.records.save(alias, details: nil)
        state.withLock { state in
            if state.fresh[record.key] != nil { state.fresh[key] = alias }
            if alias.boot != nil { state.unsynced.append(key) }
        }
    }

    /// Starts to write layers to disk while other steps run, so that `sync` waits for less.
    ///
    /// - Parameter elapsed: The duration of the last step: it is not worthwhile for short ones.
    func writeSoon(after elapsed: Duration) {
        guard elapsed >= Self.worthWriting else { return }
        let begins = state.withLock { state in
            defer { state.isWriting = true }
            return !state.isWriting
        }
        guard begins else { return }
        DispatchQueue.global().async { [self] in
            // `sync` repeats it and reports failures.
            try? host.images.synchronize()
            state.withLock { $0.isWriting = false }
        }
    }

    private static let worthWriting = Duration.milliseconds(100)

    /// Makes the layers of this session durable, and records the use of records.
    func sync() throws {
        let (unsynced, used) = state.withLock { ($0.unsynced, $0.used) }
        if !unsynced.isEmpty {
            try host.images.synchronize()
            try host.records.sync(unsynced)
            state.withLock { $0.unsynced = [] }
        }
        if !used.isEmpty { try host.records.setUsed(used.sorted { $0.hex < $1.hex }, at: now) }
    }
}

// MARK: - Reading roots

extension BuildSession {
    /// The files of an image or a stage, to be read; several layers are mounted once.
    func tree(of root: StageRoot, named name: String) throws(BuildError) -> SourceTree {
        try trees.withLock { (trees) throws(BuildError) in
            if let known = trees[root.key] { return known }
            let directory: FilePath
            switch root.directories.count {
            case 0: directory = try work.directory().makeDirectory("nothing")
            case 1: directory = root.directories[0]
            default:
                directory = try work.directory().makeDirectory("root")
                try attempting("mount \(name)") { () throws(SystemError) in
                    try Mounts.overlay(lowers: root.directories, upper: nil, work: nil, at: directory)
                }
            }
            let tree = try SourceTree(root: directory, named: name)
            trees[root.key] = tree
            return tree
        }
    }
}

// MARK: - Running

extension BuildSession {
    /// Lets the executor remove the leftovers of dead builds, once.
    func prepareRuns() throws(BuildError) {
        try isPrepared.withLock { (isPrepared) throws(BuildError) in
            if isPrepared { return }
            try host.executor.prepare()
            isPrepared = true
        }
    }

    /// A copy of selected files, at the paths that they have in their tree.
    func materialized(_ selection: FileSelection, of tree: SourceTree) throws(BuildError) -> FilePath {
        try copies.withLock { (copies) throws(BuildError) in
            if let known = copies[selection.digest] { return known }
            let directory = try work.directory().makeDirectory("mount")
            try DestinationRoot(directory).copy(selection, from: tree, CopyOptions(destination: "/"))
            copies[selection.digest] = directory
            return directory
        }
    }
}
