internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// Collects mount points that are missing and makes a layer of them.
struct MountPointLayer {
    /// The directories that the runtime fills.
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

    /// Writes the layer. Directories that the image has are in it, too, with the attributes of the image.
    func finish(_ resolver: RootResolver) throws(SystemError) {
        try Files.createDirectory(layer, mode: 0o755)
        let opened = try OwnedDescriptor.open(layer, O_RDONLY | O_DIRECTORY)
        let root = opened.rawValue
        let all = Set(missing.keys.flatMap { $0.ancestors + [$0] }).sorted()
        for path in all {
            let isFile = missing[path] == false
            if isFile {
                try systemCall("mknodat", path.description) { mknodat(root, path.cPath, S_IFREG | 0o600, 0) }
            } else {
                try systemCall("mkdirat", path.description) { mkdirat(root, path.cPath, 0o700) }
            }
            // The umask must not decide whether the step's user gets through.
            try systemCall("fchmodat", path.description) { fchmodat(root, path.cPath, isFile ? 0o644 : 0o755, 0) }
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
