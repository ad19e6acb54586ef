internal import Containers
internal import Glibc
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// The root of a step: its layers, with a temporary work directory and the new layer on top.
///
/// Mount points that the image lacks are in a separate layer between the two, so that neither they nor the name files
/// are ever in the layer of the step.
struct StepRoot {
    let directory: StepDirectory
    let lowers: [FilePath]

    private var root: FilePath { directory.rootfs }

    /// The image before the step, read-only.
    var image: FilePath { lowers.count > 1 ? directory.image : lowers.first ?? directory.empty }

    /// Makes the image readable. The root itself takes longer to mount, and is mounted when all is known of it.
    func openImage() throws(SystemError) {
        if lowers.isEmpty { try Files.createDirectory(directory.empty, mode: 0o755) }
        guard lowers.count > 1 else { return }
        try Files.createDirectory(image, mode: 0o700)
        try Mounts.overlay(lowers: lowers, upper: nil, work: nil, at: image)
    }

    /// Mounts the root, with the places of mounts that the image lacks.
    func mount(for mounts: [RuntimeSpecification.Mount]) throws(BuildError) {
        let stubs = try makeMountPoints(for: mounts)
        try attempting("mount the layers of a step at \(root)") { () throws(SystemError) in
            let layers = lowers.isEmpty ? [directory.empty] : lowers
            try makeUpper(like: layers[0])
            try Files.createDirectory(directory.work, mode: 0o700)
            try Files.createDirectory(root, mode: 0o755)
            try Mounts.overlay(
                lowers: stubs + layers, upper: directory.upper, work: directory.work, at: root, isVolatile: true)
        }
    }

    /// The uppermost directory has the attributes of `/`: copies them from the layer below.
    private func makeUpper(like layer: FilePath) throws(SystemError) {
        guard let below = try Files.status(layer, followingLinks: true) else {
            throw SystemError("stat", layer.string, .noSuchFileOrDirectory)
        }
        let upper = directory.upper
        try Files.createDirectory(upper, mode: 0o700)
        try Files.changeOwner(upper, user: below.owner, group: below.group)
        try systemCall("chmod", upper.string) { upper.withPlatformString { chmod($0, mode_t(below.mode)) } }
    }

    /// A layer of the mount points that the image lacks; none when it has all.
    private func makeMountPoints(for mounts: [RuntimeSpecification.Mount]) throws(BuildError) -> [FilePath] {
        var stubs = MountPointLayer(directory.stubs)
        do throws(SystemError) {
            let opened = try OwnedDescriptor.open(image, O_RDONLY | O_DIRECTORY)
            let resolver = RootResolver(root: opened.rawValue)
            for mount in mounts {
                try stubs.add(mount, resolver)
            }
            if stubs.isEmpty { return [] }
            try stubs.finish(resolver)
            _ = consume opened
            return [directory.stubs]
        } catch {
            if error.errno == .notDirectory || error.errno == .tooManySymbolicLinkLevels {
                throw BuildError(
                    .destinationConflict,
                    "Could not make the mount point `/\(error.subject)`: a file is in the way, or its links lead in a circle.",
                    cause: error)
            }
            throw BuildError("prepare the mount points in \(image)", error)
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
