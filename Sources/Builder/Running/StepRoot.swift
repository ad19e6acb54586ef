internal import CLinux
internal import Containers
internal import Glibc
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// The root of a step: its layers with a throw-away work directory and the later layer on top.
///
/// Mount points that the image lacks come from a layer of their own between the two, so that none of them, and nothing of
/// our name files, is ever in the layer that the step makes.
struct StepRoot {
    let directory: StepDirectory
    let lowers: [FilePath]
    let resources: StepResources

    private var root: FilePath { directory.rootfs }

    /// Mounts the layers without the stubs.
    func mount() throws(SystemError) {
        try Files.createDirectory(root, mode: 0o755)
        if lowers.isEmpty { try Files.createDirectory(directory.empty, mode: 0o755) }
        try mountOverlay(stubs: [])
        resources.addMount(root)
    }

    private func mountOverlay(stubs: [FilePath]) throws(SystemError) {
        let layers = lowers.isEmpty ? [directory.empty] : lowers
        try makeUpper(like: layers[0])
        try Files.createDirectory(directory.work, mode: 0o700)
        try Mounts.overlay(
            lowers: stubs + layers, upper: directory.upper, work: directory.work, at: root, isVolatile: true)
    }

    /// The uppermost directory says what `/` is like: it takes that over from the layer below.
    private func makeUpper(like layer: FilePath) throws(SystemError) {
        guard let below = try Files.status(layer, followingLinks: true) else {
            throw SystemError("stat", layer.string, .noSuchFileOrDirectory)
        }
        let upper = directory.upper
        try Files.createDirectory(upper, mode: 0o700)
        try Files.changeOwner(upper, user: below.owner, group: below.group)
        try systemCall("chmod", upper.string) { upper.withPlatformString { chmod($0, mode_t(below.mode)) } }
    }

    /// Makes the places of mounts that the image lacks; the root is mounted anew when there are any.
    func addMountPoints(for mounts: [RuntimeSpecification.Mount]) throws(BuildError) {
        var stubs = MountPointLayer(directory.stubs)
        do throws(SystemError) {
            let opened = try OwnedDescriptor.open(root, O_RDONLY | O_DIRECTORY)
            let resolver = RootResolver(root: opened.rawValue)
            for mount in mounts {
                try stubs.add(mount, resolver)
            }
            guard !stubs.isEmpty else { return }
            try stubs.finish(resolver)
            _ = consume opened
            try Mounts.unmount(root)
            // A volatile mount's work directory cannot be mounted again.
            try Files.removeTree(directory.work)
            try mountOverlay(stubs: [directory.stubs])
        } catch {
            if error.errno == .notDirectory || error.errno == .tooManySymbolicLinkLevels {
                throw BuildError(
                    .destinationConflict,
                    "Could not make the mount point '/\(error.subject)': a file is in the way, or its links lead in a circle.",
                    cause: error)
            }
            throw BuildError("prepare the mount points in \(root)", error)
        }
    }

    /// Makes the working directory when it is missing, unless a mount will show it.
    func addWorkingDirectory(_ path: String, mounts: [ContainerMount]) throws(BuildError) {
        let wanted = TreePath(path)
        let targets = mounts.map { TreePath($0.target) }
        if targets.contains(where: { $0 == wanted || wanted.ancestors.contains($0) }) { return }
        let destination = try DestinationRoot(root)
        let place = try destination.place(of: wanted)
        try destination.makeDirectories(place.path, mode: 0o755, owner: .root)
    }
}

/// Collects mount points that are missing and makes a layer of them.
struct MountPointLayer {
    /// What the runtime itself fills.
    private static let kernelDirectories = ["/dev", "/proc", "/sys"].map { TreePath($0) }

    private let layer: FilePath
    /// Whether each missing path is a directory.
    private var missing: [TreePath: Bool] = [:]

    init(_ layer: FilePath) {
        self.layer = layer
    }

    var isEmpty: Bool { missing.isEmpty }

    /// Notes the mount's target and the directories above that are not there.
    mutating func add(_ mount: RuntimeSpecification.Mount, _ resolver: RootResolver) throws(SystemError) {
        let target = TreePath(mount.destination)
        if target.ancestors.contains(where: Self.kernelDirectories.contains) { return }
        let place = try resolver.resolve(target)
        guard place.info == nil else { return }
        var isDirectory = true
        if mount.type == "bind", let source = mount.source {
            isDirectory = try Files.status(FilePath(source), followingLinks: true)?.kind == .directory
        }
        missing[place.path] = isDirectory
        for ancestor in place.path.ancestors.reversed() {
            if missing[ancestor] != nil { break }
            if let info = try resolver.status(ancestor) {
                guard info.st_mode & S_IFMT == S_IFDIR else {
                    throw SystemError("mkdir", ancestor.description, .notDirectory)
                }
                break
            }
            missing[ancestor] = true
        }
    }

    /// Writes the layer. Directories that the image has are there too, and look as they do there.
    func finish(_ resolver: RootResolver) throws(SystemError) {
        try Files.createDirectory(layer, mode: 0o755)
        let opened = try OwnedDescriptor.open(layer, O_RDONLY | O_DIRECTORY)
        let root = opened.rawValue
        let all = Set(missing.keys.flatMap { $0.ancestors + [$0] }).sorted()
        for path in all {
            if missing[path] == false {
                try systemCall("mknodat", path.description) { mknodat(root, path.cPath, S_IFREG | 0o644, 0) }
            } else {
                try systemCall("mkdirat", path.description) { mkdirat(root, path.cPath, 0o755) }
            }
        }
        // From below, as making a name in a directory changes its time.
        for path in all.reversed() where missing[path] == nil {
            try copyAttributes(of: path, resolver, below: root)
        }
        _ = consume opened
    }

    private func copyAttributes(of path: TreePath, _ resolver: RootResolver, below root: Int32) throws(SystemError) {
        let source = try resolver.open(path, O_RDONLY | O_DIRECTORY)
        let made = try RootResolver(root: root).open(path, O_RDONLY | O_DIRECTORY)
        let (from, to) = (source.rawValue, made.rawValue)
        var info = stat()
        try systemCall("fstat", path.description) { fstat(from, &info) }
        try systemCall("fchown", path.description) { fchown(to, info.st_uid, info.st_gid) }
        try systemCall("fchmod", path.description) { fchmod(to, info.st_mode & 0o7777) }
        for (name, value) in try FileAttributes.all(of: from, path.description) {
            try systemCall("fsetxattr", path.description) {
                value.withUnsafeBytes { fsetxattr(to, name, $0.baseAddress, $0.count, 0) }
            }
        }
        let times = [info.st_atim, info.st_mtim]
        try systemCall("futimens", path.description) { futimens(to, times) }
        _ = consume source
        _ = consume made
    }
}
