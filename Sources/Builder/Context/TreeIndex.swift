internal import Glibc
internal import Images
internal import LinuxSystem
internal import SystemPackage

/// The part of a tree that has been read: directories, and digests of needed files.
struct TreeIndex: Sendable {
    /// The number of directories that one thread takes at a time.
    private static let directoriesAtOnce = 8
    private static let filesAtOnce = 32

    let resolver: RootResolver
    let rules: IgnoreRules
    let cache: StatCache
    /// The name of the tree in messages, such as `the context /srv/app`.
    let name: String
    let maximumEntries: Int
    /// How many directories may lie in one another: as many as in a layer. Walks of a tree recurse by directory.
    private static let maximumDepth = Int(ExtractionLimits().maximumDepth)

    private(set) var listings: [TreePath: DirectoryListing] = [:]
    /// Directories with everything below them.
    private var complete: Set<TreePath> = []
    private var entryCount = 0
    /// Whether there is more in it than in the cache.
    private(set) var isCacheStale = false

    init(resolver: RootResolver, rules: IgnoreRules, cache: StatCache, name: String, maximumEntries: Int) {
        self.resolver = resolver
        self.rules = rules
        self.cache = cache
        self.name = name
        self.maximumEntries = maximumEntries
        isCacheStale = !cache.hasSameRules
    }

    /// A place in a listing.
    struct Position: Sendable {
        var directory: TreePath
        var index: Int
    }
}

// MARK: - Directories

extension TreeIndex {
    mutating func listing(of directory: TreePath) throws(BuildError) -> DirectoryListing {
        if let known = listings[directory] { return known }
        let listing = try read(directory)
        try keep(listing, of: directory)
        return listing
    }

    /// Reads a directory and all directories below it that exist for the build.
    mutating func complete(_ directory: TreePath) throws(BuildError) {
        guard !complete.contains(directory) else { return }
        var level = [directory]
        while !level.isEmpty {
            let missing = level.filter { listings[$0] == nil }
            let read = try inParallel(missing, pieceLength: Self.directoriesAtOnce) {
                [self] (path) throws(BuildError) in
                try BuildError.checkCancellation()
                return try self.read(path)
            }
            for (path, listing) in zip(missing, read) { try keep(listing, of: path) }
            level = level.flatMap { path in
                guard let listing = listings[path] else { return [TreePath]() }
                return listing.entries.filter { $0.record.kind == .directory && $0.verdict != .excluded }
                    .map { path.appending(listing.name(of: $0)) }
            }
        }
        complete.insert(directory)
    }

    private mutating func keep(_ listing: DirectoryListing, of directory: TreePath) throws(BuildError) {
        listings[directory] = listing
        entryCount += listing.entries.count
        if cache.directory(directory)?.count != listing.entries.count { isCacheStale = true }
        guard entryCount <= maximumEntries else {
            throw BuildError(
                .contextTooLarge,
                "Could not read \(name): it has more than \(maximumEntries) entries, with those in `\(directory)`. Exclude what the build does not need in .dockerignore."
            )
        }
    }

    private func read(_ directory: TreePath) throws(BuildError) -> DirectoryListing {
        guard directory.depth <= Self.maximumDepth else {
            throw BuildError(
                .contextTooLarge,
                "Could not read \(name): directories lie more than \(Self.maximumDepth) deep in one another at "
                    + "`\(directory.description.prefix(200))…`, which an image cannot have. Remove them, or exclude them in "
                    + ".dockerignore.")
        }
        let known = cache.directory(directory)
        do throws(SystemError) {
            var listing = try DirectoryListing(
                reading: directory, below: resolver, expectedCount: known?.count ?? 0
            ) { name, kind in
                if rules.isEmpty { return .included }
                if cache.hasSameRules, let verdict = known?.verdict(of: name, kind) { return verdict }
                return rules.verdict(directory.appending(name), isDirectory: kind == .directory)
            }
            known?.supply(&listing)
            return listing
        } catch {
            throw unreadable(directory, error)
        }
    }

    func unreadable(_ path: TreePath, _ error: SystemError) -> BuildError {
        guard error.errno == .permissionDenied || error.errno == .notPermitted else {
            return BuildError("read `\(path)` in \(name)", error)
        }
        return BuildError(
            .sourceUnreadable,
            "Could not read `\(path)` in \(name): \(error.errno). Make it readable, or exclude it in .dockerignore if the build does not need it.",
            cause: error)
    }
}

// MARK: - Content

extension TreeIndex {
    /// Makes sure that the files at these places have their digests.
    mutating func digest(_ positions: [Position]) throws(BuildError) {
        let missing = positions.filter { listings[$0.directory]?.entries[$0.index].digest == nil }
        guard !missing.isEmpty else { return }
        let reader = ContentReader(resolver: resolver)
        let paths = missing.map { path(at: $0) }
        let readings = try inParallel(paths, pieceLength: Self.filesAtOnce) { [self] (path) throws(BuildError) in
            try BuildError.checkCancellation()
            do throws(SystemError) {
                return try reader.read(path)
            } catch {
                throw unreadable(path, error)
            }
        }
        for (position, reading) in zip(missing, readings) {
            listings[position.directory]?.entries[position.index].record = reading.record
            listings[position.directory]?.entries[position.index].digest = reading.digest
            listings[position.directory]?.entries[position.index].isDigestLasting = reading.isLasting
        }
        isCacheStale = true
    }

    func digestOfLink(at path: TreePath) throws(BuildError) -> ContentDigest {
        do throws(SystemError) {
            return try ContentReader(resolver: resolver).readLink(path)
        } catch {
            throw unreadable(path, error)
        }
    }

    private func path(at position: Position) -> TreePath {
        guard let listing = listings[position.directory] else { return position.directory }
        return position.directory.appending(listing.name(of: listing.entries[position.index]))
    }

    mutating func noteCacheIsSaved() {
        isCacheStale = false
    }
}
