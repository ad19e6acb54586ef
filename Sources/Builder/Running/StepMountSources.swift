internal import CLinux
internal import Containers
internal import Dockerfile
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Prepares the mounts of a step for the runtime.
struct StepMountSources {
    let request: RunRequest
    let directory: StepDirectory
    let resources: StepResources
    let caches: CacheMounts
    let interruption: Interruption

    /// The mounts of the container; a directory precedes the mounts in it.
    var mounts: [ContainerMount] = []
    /// Variables that mounts add.
    var environment: [String] = []
    private var count = 0
    var sockets = 0

    init(
        _ request: RunRequest, _ directory: StepDirectory, _ resources: StepResources, _ caches: CacheMounts,
        _ interruption: Interruption
    ) {
        self.request = request
        self.directory = directory
        self.resources = resources
        self.caches = caches
        self.interruption = interruption
    }

    mutating func prepare() throws(BuildError) {
        try mountCaches()
        for mount in request.mounts {
            switch mount {
            case .bind(let bind, let source): try add(bind, source)
            // All caches exist already.
            case .cache: continue
            case .tmpfs(let temporary):
                mounts.append(
                    ContainerMount(
                        .tmpfs(size: temporary.size.map { UInt64(max(0, $0)) }, mode: nil),
                        target: target(temporary.target), isReadOnly: temporary.isReadOnly, options: ["exec", "dev"]))
            case .secret(let secret, let contents): try add(secret, contents)
            case .ssh(let agent, let socket): try add(agent, socket)
            }
        }
        if case .script(let file) = request.command { try add(file) }
        mounts.sort { TreePath($0.target) < TreePath($1.target) }
    }

    /// An absolute path; a relative one is below the working directory.
    func target(_ path: String) -> String {
        let joined = path.hasPrefix("/") ? path : "\(request.workingDirectory)/\(path)"
        return "/\(TreePath(joined))"
    }

    func failure(_ why: String) -> BuildError {
        BuildError(.stepInvalid, "Could not run `\(request.name)`: \(why)")
    }

    func attempt<Result: ~Copyable>(
        _ body: () throws(SystemError) -> Result
    ) throws(BuildError) -> Result {
        try attempting("prepare the mounts of `\(request.name)`", body)
    }

    mutating func nextNumber() -> Int {
        count += 1
        return count
    }
}

// MARK: - Trees

extension StepMountSources {
    /// A file or directory of a tree.
    private struct Part: ~Copyable {
        var file: OwnedDescriptor
        var info: stat

        var isDirectory: Bool { info.st_mode & S_IFMT == S_IFDIR }
    }

    private mutating func add(_ mount: RunMount.Bind, _ source: MountSource) throws(BuildError) {
        let part = try part(mount.source, of: source)
        let number = nextNumber()
        let place = directory.source(number)
        try attempt { () throws(SystemError) in
            if mount.isReadOnly {
                try makePlace(place, isDirectory: part.isDirectory)
                try Mounts.bind(part.file, at: place)
                try Mounts.makeReadOnly(place)
            } else if part.isDirectory {
                try mountScratch(over: part, number, at: place)
            } else {
                let path = FilePath("/proc/self/fd/\(part.file.rawValue)")
                try Files.write(try Files.read(path), to: place, mode: 0o600)
                try copyOwner(of: part.info, to: place)
            }
        }
        mounts.append(
            ContainerMount(
                .bind(source: place, isRecursive: true), target: target(mount.target), isReadOnly: mount.isReadOnly))
    }

    /// An overlay on another directory, whose changes are discarded.
    private func mountScratch(over part: borrowing Part, _ number: Int, at place: FilePath) throws(SystemError) {
        let scratch = directory.scratch(number)
        let (upper, work) = (scratch.appending("upper"), scratch.appending("work"))
        for path in [place, scratch, upper, work] { try Files.createDirectory(path, mode: 0o700) }
        try copyOwner(of: part.info, to: upper)
        let lower = FilePath("/proc/self/fd/\(part.file.rawValue)")
        try Mounts.overlay(lowers: [lower], upper: upper, work: work, at: place, isVolatile: true)
    }

    private func makePlace(_ place: FilePath, isDirectory: Bool) throws(SystemError) {
        if isDirectory {
            try Files.createDirectory(place, mode: 0o700)
        } else {
            try Files.write([], to: place, mode: 0o600)
        }
    }

    private func copyOwner(of info: stat, to place: FilePath) throws(SystemError) {
        try Files.changeOwner(place, user: info.st_uid, group: info.st_gid)
        try systemCall("chmod", place.string) { place.withPlatformString { chmod($0, info.st_mode & 0o7777) } }
    }

    private mutating func part(_ path: String, of source: MountSource) throws(BuildError) -> Part {
        let root = try root(of: source)
        do throws(SystemError) {
            let opened = try OwnedDescriptor.open(root, CL_O_PATH | O_DIRECTORY)
            let file = try opened.openBeneath(TreePath(path).description, CL_O_PATH)
            let fd = file.rawValue
            var info = stat()
            try systemCall("fstat", path) { fstat(fd, &info) }
            return Part(file: file, info: info)
        } catch {
            guard error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory else {
                throw BuildError("mount `\(path)` of \(source.name)", error)
            }
            throw BuildError(
                .sourceMissing,
                "Could not run `\(request.name)`: the source `\(path)` of a mount is not in \(source.name).",
                cause: error)
        }
    }

    /// The whole tree as a directory of the host.
    private mutating func root(of source: MountSource) throws(BuildError) -> FilePath {
        switch source.place {
        case .directory(let path): return path
        case .layers(let layers):
            if layers.count == 1 { return layers[0] }
            let place = directory.source(nextNumber())
            try attempt { () throws(SystemError) in
                try Files.createDirectory(place, mode: 0o700)
                guard !layers.isEmpty else { return }
                try Mounts.overlay(lowers: layers, upper: nil, work: nil, at: place)
            }
            return place
        }
    }
}

// MARK: - Caches

extension StepMountSources {
    private static let literal = PatternLanguage(component: { pattern in { $0 == pattern } }, rules: { _ in nil })

    /// In the order of their keys, so that no two steps wait for each other.
    private mutating func mountCaches() throws(BuildError) {
        var wanted: [(key: String, mount: RunMount.Cache, seed: MountSource?)] = []
        for case .cache(let mount, let seed) in request.mounts {
            wanted.append((CacheMounts.key(mount, seed: seed), mount, seed))
        }
        wanted.sort { ($0.key, $0.mount.sharing.strictness) < ($1.key, $1.mount.sharing.strictness) }
        var last: (key: String, lease: CacheLease)?
        for (key, mount, seed) in wanted {
            // One step that mounts a cache twice must not wait for itself.
            let lease: CacheLease
            if let last, last.key == key {
                lease = last.lease
            } else {
                lease = try caches.lease(mount, key: key, interruption) { (path) throws(BuildError) in
                    if let seed { try self.fill(path, mount, seed) }
                }
            }
            last = (key, lease)
            resources.add { _ = lease }
            mounts.append(
                ContainerMount(
                    .bind(source: lease.path, isRecursive: false), target: target(mount.target),
                    isReadOnly: mount.isReadOnly))
        }
    }

    /// Copies the first content of a new cache.
    private mutating func fill(_ path: FilePath, _ mount: RunMount.Cache, _ seed: MountSource) throws(BuildError) {
        let tree = try SourceTree(root: try root(of: seed), named: seed.name)
        let selection = try tree.select(FileRequest(sources: [mount.source]), Self.literal)
        try DestinationRoot(path).copy(selection, from: tree, CopyOptions(destination: "/"))
    }
}

extension RunMount.Cache.Sharing {
    /// The most demanding first.
    fileprivate var strictness: Int {
        switch self {
        case .private: 0
        case .locked: 1
        case .shared: 2
        }
    }
}
