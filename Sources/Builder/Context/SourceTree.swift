internal import Glibc
package import LinuxSystem
internal import OCI
internal import Synchronization
package import SystemPackage

/// A tree of files that COPY, ADD and bind mounts read: a build context, or the root of an image or a stage.
///
/// Whatever is asked of it stays inside: a link that leads out leads to the same path below the root. One value is one
/// look at the tree: a directory is read once, and a file that was needed has the digest that it had then. Threads
/// may share it.
package final class SourceTree: Sendable {
    enum Kind {
        /// Owners do not count and are root's in the image.
        case context
        /// Owners count.
        case image
    }

    /// What it is called in messages, such as `the context /srv/app`.
    package let name: String
    let kind: Kind
    let directory: FilePath
    let rules: IgnoreRules
    private let root: OwnedDescriptor
    /// The path that the cache belongs to, and where it lies.
    private let cacheKey: String
    private let cacheFile: FilePath?
    private let index: Mutex<TreeIndex>

    /// A build context.
    ///
    /// - Parameters:
    ///   - cacheDirectory: Where the digests of files are kept until the next build; it must exist. Without it every
    ///     file that is needed is read.
    ///   - maximumEntries: How many files and directories may be looked at.
    /// - Throws: `.contextMissing` where there is no directory.
    package convenience init(
        context directory: FilePath, named name: String? = nil, ignoring rules: IgnoreRules = .none,
        cacheDirectory: FilePath? = nil, maximumEntries: Int = 5_000_000
    ) throws(BuildError) {
        try self.init(
            directory, .context, name ?? "the context \(directory)", rules, cacheDirectory: cacheDirectory,
            maximumEntries: maximumEntries)
    }

    /// The root of an image or a stage, such as a mounted overlay, or the directory of its only layer.
    ///
    /// - Parameters:
    ///   - name: For messages, such as `the stage 'build'`.
    ///   - cacheDirectory: Of use only when the same directory with the same inodes is read again.
    package convenience init(
        root directory: FilePath, named name: String, cacheDirectory: FilePath? = nil
    ) throws(BuildError) {
        try self.init(directory, .image, name, .none, cacheDirectory: cacheDirectory, maximumEntries: .max)
    }

    private init(
        _ directory: FilePath, _ kind: Kind, _ name: String, _ rules: IgnoreRules, cacheDirectory: FilePath?,
        maximumEntries: Int
    ) throws(BuildError) {
        do throws(SystemError) {
            root = try OwnedDescriptor.open(directory, O_RDONLY | O_DIRECTORY)
        } catch {
            switch error.errno {
            case .noSuchFileOrDirectory:
                throw BuildError(.contextMissing, "Could not open \(name): there is no such directory.", cause: error)
            case .notDirectory:
                throw BuildError(.contextMissing, "Could not open \(name): it is no directory.", cause: error)
            default: throw BuildError("open \(name)", error)
            }
        }
        self.name = name
        self.kind = kind
        self.directory = directory
        self.rules = rules
        let key = Self.realPath(directory)
        cacheKey = key
        cacheFile = cacheDirectory.map { $0.appending(Self.cacheName(key)) }
        index = Mutex(
            TreeIndex(
                resolver: RootResolver(root: root.rawValue), rules: rules,
                cache: cacheFile.map { StatCache(reading: $0, root: key, rules: rules) } ?? .empty, name: name,
                maximumEntries: maximumEntries))
    }

    var resolver: RootResolver { RootResolver(root: root.rawValue) }

    /// Where a context's path leads on the host; realpath(3).
    private static func realPath(_ path: FilePath) -> String {
        path.withPlatformString { text in
            guard let resolved = realpath(text, nil) else { return path.string }
            defer { free(resolved) }
            return String(cString: resolved)
        }
    }

    private static func cacheName(_ key: String) -> String {
        Digest.hexadecimal(Digester.hash(of: key.utf8).prefix(16)) + ".stat"
    }
}

// MARK: - Selecting

extension SourceTree {
    /// Finds what a COPY or ADD reads, and its digest.
    ///
    /// Files whose digest is not known are read, by as many threads as there are processors.
    ///
    /// - Throws: `.sourceMissing`, `.sourceOutside`, `.sourceUnreadable`, `.invalidPattern`, `.contextTooLarge`.
    package func select(_ request: FileRequest, _ language: PatternLanguage) throws(BuildError) -> FileSelection {
        try index.withLock { (index) throws(BuildError) in
            var selector = try SourceSelector(self, request, language)
            return try selector.select(&index)
        }
    }

    /// Keeps the digests that are known for the next build, when there is a cache directory and something is new.
    ///
    /// Written beside the old cache and renamed; of two builds that do it at once, one wins.
    package func saveCache() throws(BuildError) {
        guard let cacheFile else { return }
        try index.withLock { (index) throws(BuildError) in
            guard index.isCacheStale else { return }
            let bytes = index.cache.encoded(root: cacheKey, rules: rules, index.listings)
            try attempting("write \(cacheFile)") { () throws(SystemError) in
                try Files.write(bytes, to: cacheFile, mode: 0o600)
            }
            index.noteCacheIsSaved()
        }
    }
}

// MARK: - Reading

extension SourceTree {
    /// Opens a file or directory as if the tree were `/`, for a bind mount or to read a `.dockerignore`; openat2(2).
    ///
    /// Ignore rules do not matter here.
    ///
    /// - Returns: `nil` where nothing is.
    package func open(_ path: TreePath, _ flags: Int32) throws(BuildError) -> OwnedDescriptor? {
        do throws(SystemError) {
            let place = try resolver.resolve(path)
            return try resolver.open(place.path, flags)
        } catch {
            if error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory { return nil }
            throw BuildError("read `\(path)` in \(name)", error)
        }
    }
}
