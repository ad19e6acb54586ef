internal import CLinux
internal import Containers
internal import Envfile
internal import Glibc
internal import Images
internal import LinuxSystem
internal import OCI
internal import Planning
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

internal import struct Vocabulary.ContainerID
internal import struct Vocabulary.ServiceName

/// Finds or makes the host side of a container's mounts.
///
/// The runtime resolves each source path again, when the container starts. So a source is never a path that a container
/// can change: what lies inside a volume is opened without leaving the volume, and the opened file is bound to a place
/// that only Trice can reach.
struct MountSources: Sendable {
    let workspace: Workspace
    let container: DesiredContainer
    /// The paths that the image declares with `VOLUME`.
    var imageVolumes: [String] = []
    /// The ids that the container's program runs with.
    var user: (uid: UInt32, gid: UInt32) = (0, 0)
    /// Whose files are the caller's in the container's own user namespace; `nil` where it has none.
    var identity: KeptIdentity?
    /// Where remarks go.
    let sink: any EventSink

    /// Where opened files are bound.
    static func pins(of id: ContainerID, in workspace: Workspace) -> FilePath {
        workspace.runDirectory(of: id).appending("mounts")
    }

    /// Where the volumes without a name lie, one directory for each target.
    static func anonymousVolumes(of id: ContainerID, in workspace: Workspace) -> FilePath {
        workspace.stateDirectory(of: id).appending("volumes")
    }

    /// The container's mounts in their order; the root file system is mounted already.
    func resolve() throws -> [ContainerMount] {
        var mounts: [ContainerMount] = []
        for (index, mount) in container.mounts.enumerated() {
            guard let kind = try kind(of: mount, index) else { continue }
            mounts.append(
                ContainerMount(
                    kind, target: mount.target,
                    isReadOnly: mount.isReadOnly || mount.volume?.device?.isReadOnlyBind == true,
                    options: mount.options))
        }
        mounts += try inherited(besides: Set(mounts.map(\.target)))
        for target in undeclaredVolumes(besides: container.mounts.map(\.target) + mounts.map(\.target)) {
            mounts.append(
                ContainerMount(.bind(source: try anonymousVolume(target), isRecursive: false), target: target))
        }
        return mounts
    }

    /// What the containers of `volumes_from` mount, where this one mounts nothing itself.
    private func inherited(besides targets: Set<String>) throws -> [ContainerMount] {
        var taken = Set(targets.map(Self.normalized))
        var found: [ContainerMount] = []
        for origin in container.volumesFrom {
            let id = ContainerID(service: origin.service, number: 1)
            guard let bundle = try workspace.bundle(of: id).read() else {
                throw EngineError(
                    .dependencyFailed,
                    "Service `\(container.id.service)` has the volumes of `\(origin.service)`, whose container has not been "
                        + "started.")
            }
            let own = "\(workspace.runDirectory(of: id))/"
            let pins = "\(Self.pins(of: id, in: workspace))/"
            for mount in bundle.mounts ?? [] where mount.type == "bind" {
                guard let source = mount.source, Self.isVolume(mount.destination),
                    source.hasPrefix(pins) || !source.hasPrefix(own),
                    !source.hasPrefix("\(workspace.nameFiles(of: id))/"),
                    taken.insert(Self.normalized(mount.destination)).inserted
                else { continue }
                let options = mount.options ?? []
                found.append(
                    ContainerMount(
                        .bind(source: FilePath(source), isRecursive: options.contains("rbind")),
                        target: mount.destination, isReadOnly: origin.isReadOnly || options.contains("ro"),
                        options: options.filter { !["bind", "rbind", "ro", "rw"].contains($0) }))
            }
        }
        return found
    }

    /// What every container has of its own is no volume.
    private static func isVolume(_ target: String) -> Bool {
        !["/dev/", "/proc/", "/sys/"].contains { target.hasPrefix($0) }
    }

    /// The image's volumes at which the service mounts nothing itself.
    private func undeclaredVolumes(besides targets: [String]) -> [String] {
        var taken = Set(targets.map(Self.normalized))
        return imageVolumes.map(Self.normalized).filter { $0 != "/" && taken.insert($0).inserted }
    }

    private static func normalized(_ target: String) -> String {
        FilePath("/" + target).lexicallyNormalized().string
    }

    /// Makes sure that what is bound is there, for a container whose mounts were resolved before.
    func checkBinds() throws {
        for (index, mount) in container.mounts.enumerated() {
            switch mount.source {
            case .bind(let path, let creates):
                // The path may lead to another folder by now.
                _ = try identified(try bindSource(FilePath(path), creates: creates), mount, "\(index)")
            case .volume(let name):
                // A snapshot that was saved meanwhile has made layers of it.
                _ = try VolumePlace(workspace: workspace).directory(of: name, mount.volume)
            case .memory, .anonymous, .foreign: continue
            }
        }
        let anonymous = Self.anonymousVolumes(of: container.id, in: workspace)
        for name in try Files.names(in: anonymous) where !name.hasPrefix(".") {
            try workspace.host.mountVolume(at: anonymous.appending(name))
        }
    }

    /// `nil` for what is not mounted here.
    private func kind(of mount: DesiredContainer.Mount, _ index: Int) throws -> ContainerMount.Kind? {
        switch mount.source {
        case .memory(let size, let mode): .tmpfs(size: size, mode: mode)
        case .bind(let path, let createsSource):
            .bind(
                source: try identified(try bindSource(FilePath(path), creates: createsSource), mount, "\(index)"),
                isRecursive: !mount.leavesOutMountsBelow)
        case .volume(let name): .bind(source: try volume(name, mount, index), isRecursive: false)
        case .anonymous:
            .bind(
                source: try anonymousVolume(Self.normalized(mount.target), skipsCopy: mount.skipsCopy),
                isRecursive: false)
        case .foreign: nil
        }
    }

    private func bindSource(_ path: FilePath, creates: Bool) throws -> FilePath {
        if Files.exists(path) { return path }
        guard creates else {
            throw EngineError(
                .invalidProject, "\(path), which service \(container.id.service) mounts, is not there. Create it first."
            )
        }
        try Files.createDirectory(path, keepsUmask: true)
        return path
    }

    /// The path, or a place where it is mounted with other owners.
    private func identified(_ path: FilePath, _ mount: DesiredContainer.Mount, _ name: String) throws -> FilePath {
        // A user namespace of the container's own does it for all of its mounts.
        guard identity == nil, let (users, groups) = try maps(of: mount.identity, path),
            !users.isEmpty || !groups.isEmpty
        else { return path }
        let opened = try OwnedDescriptor.open(path, CL_O_PATH)
        do throws(SystemError) {
            return try pin(opened, name) { source, place throws(SystemError) in
                try Mounts.bind(source, at: place.string, users: users, groups: groups)
            }
        } catch {
            guard [.invalidArgument, .notPermitted, .noFunction].contains(error.errno) else { throw error }
            sink.note(
                "the file system of `\(path)` cannot show other owners, so `idmap` of \(mount.target) has no effect",
                isWarning: true)
            return try pin(opened, name)
        }
    }

    private func maps(
        of identity: DesiredContainer.Mount.Identity?, _ path: FilePath
    ) throws(SystemError) -> (IdentityMap, IdentityMap)? {
        switch identity {
        case nil: return nil
        case .automatic:
            let owner = try Files.status(path, followingLinks: true)
            let sudo = SudoCaller.current
            // What belongs to the container's user already needs no other owner, even when root brings it up.
            return (
                IdentityMap(
                    stored: owner?.owner == user.uid ? user.uid : sudo?.user ?? getuid(), shown: user.uid),
                IdentityMap(
                    stored: owner?.group == user.gid ? user.gid : sudo?.group ?? getgid(), shown: user.gid)
            )
        case .explicit(let hostUser, let hostGroup, let user, let group):
            return (
                IdentityMap(stored: hostUser, shown: user), IdentityMap(stored: hostGroup, shown: group)
            )
        }
    }

    private func volume(_ name: VolumeName, _ mount: DesiredContainer.Mount, _ index: Int) throws -> FilePath {
        let root = try VolumePlace(workspace: workspace).directory(of: name, mount.volume)
        try VolumeIdentity.mark(root, identity)
        if !mount.skipsCopy { try fill(root, from: mount.target, isForeign: mount.volume?.device != nil) }
        guard let subpath = mount.subpath else { return root }
        return try pin(try open(subpath, of: name, at: root), "\(index)")
    }

    /// A file or directory of a volume, reached without leaving the volume.
    private func open(_ subpath: String, of name: VolumeName, at root: FilePath) throws -> OwnedDescriptor {
        let directory = try OwnedDescriptor.open(root, O_RDONLY | O_DIRECTORY)
        do throws(SystemError) {
            return try directory.openBeneath(subpath, CL_O_PATH)
        } catch {
            throw EngineError(
                .invalidProject,
                "Volume \(name) has no `\(subpath)`, which service \(container.id.service) mounts. Make it first, for "
                    + "example by a service that mounts the whole volume and that this one depends on.",
                causes: [error])
        }
    }

    /// Binds an opened file or directory to a place that no container can reach.
    ///
    /// - Parameter bind: mounts the opened file at the place.
    private func pin(
        _ opened: borrowing OwnedDescriptor, _ name: String,
        _ bind: (borrowing OwnedDescriptor, FilePath) throws(SystemError) -> Void = {
            source, place throws(SystemError) in try Mounts.bind(source, at: place)
        }
    ) throws(SystemError) -> FilePath {
        let pins = Self.pins(of: container.id, in: workspace)
        let place = pins.appending(name)
        try Files.createDirectory(pins, mode: 0o700)
        // What an earlier try has left.
        while try Mounts.unmount(place, isLazy: true) {}
        var info = stat()
        let fd = opened.rawValue
        try systemCall("fstat", name) { fstat(fd, &info) }
        if info.st_mode & S_IFMT == S_IFDIR {
            try Files.createDirectory(place, mode: 0o700)
        } else if !Files.exists(place) {
            try Files.write([], to: place, mode: 0o600)
        }
        try bind(opened, place)
        return place
    }

    private func anonymousVolume(_ target: String, skipsCopy: Bool = false) throws -> FilePath {
        // A target may be longer than a name.
        let name = String(Digester.digest(of: Array(target.utf8), .sha256).hex.prefix(32))
        let path = Self.anonymousVolumes(of: container.id, in: workspace).appending(name)
        try Files.createDirectory(path.removingLastComponent(), mode: 0o700)
        try Files.createDirectory(path)
        try workspace.host.mountVolume(at: path)
        try VolumeIdentity.mark(path, identity)
        if !skipsCopy { try fill(path, from: target) }
        return path
    }

    /// An empty volume begins with what the image has at the target, with owner and mode, as in Compose.
    ///
    /// - Parameter isForeign: whether it is no directory of Trice, beside which nothing may be put.
    private func fill(_ volume: FilePath, from target: String, isForeign: Bool = false) throws {
        if isForeign {
            let lock = try FileLock(waitingFor: workspace.layout.hostLock)
            if try Files.names(in: volume).isEmpty { _ = try copy(target, to: volume, for: volume) }
            _ = consume lock
            return
        }
        try VolumeContent(volume).fillIfEmpty { side in try copy(target, to: side, for: volume) }
    }

    /// - Returns: whether the image has something there.
    private func copy(_ target: String, to side: FilePath, for volume: FilePath) throws -> Bool {
        let root = try OwnedDescriptor.open(workspace.rootfs(of: container.id), O_RDONLY | O_DIRECTORY)
        guard let source = try contents(of: target, in: root) else { return false }
        let output = try ProcessOutput.of(
            ChildProcess.Command(
                "cp", ["--archive", "--reflink=auto", "/proc/self/fd/3/.", side.string],
                descriptors: [3: source.rawValue]))
        guard output.status.isSuccess else {
            throw EngineError(
                .planFailed, "The image's content of \(target) could not be copied into \(volume): \(output.message)")
        }
        return true
    }

    /// The image's directory at the target, reached without leaving the root; `nil` where it has none.
    private func contents(
        of target: String, in root: borrowing OwnedDescriptor
    ) throws(SystemError) -> OwnedDescriptor? {
        do throws(SystemError) {
            return try root.openBeneath(target, O_RDONLY | O_DIRECTORY)
        } catch  where error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory {
            return nil
        }
    }
}
