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
            // A process that somebody starts just now has our descriptors until it becomes its program.
            try StepResources.unmount(root)
            // The mount may last that long, and a volatile one's work directory cannot be mounted again anyway.
            try Files.removeTree(directory.work)
            try Files.removeTree(directory.upper)
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
