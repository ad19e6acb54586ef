internal import Containers
internal import Envfile
internal import Glibc
internal import LinuxSystem
internal import Planning
internal import SystemPackage
internal import Workspaces

internal import struct Vocabulary.ContainerID

/// Finds or makes the host side of a container's mounts.
struct MountSources: Sendable {
    let workspace: Workspace
    let container: DesiredContainer

    /// The container's mounts in their order; the root file system is mounted already.
    func resolve() throws -> [ContainerMount] {
        var mounts: [ContainerMount] = []
        for (index, mount) in container.mounts.enumerated() {
            guard let kind = try kind(of: mount, index) else { continue }
            let options: [String] = if case .memory = mount.source { ["nosuid", "nodev"] } else { [] }
            mounts.append(
                ContainerMount(kind, target: mount.target, isReadOnly: mount.isReadOnly, options: options))
        }
        return mounts
    }

    /// `nil` for what is not mounted here.
    private func kind(of mount: DesiredContainer.Mount, _ index: Int) throws -> ContainerMount.Kind? {
        switch mount.source {
        case .memory(let size, let mode): .tmpfs(size: size, mode: mode)
        case .bind(let path, let createsSource):
            .bind(source: try bindSource(FilePath(path), creates: createsSource), isRecursive: true)
        case .volume(let name): .bind(source: try volume(name, mount), isRecursive: false)
        case .anonymous: .bind(source: try anonymousVolume(index, mount), isRecursive: false)
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
        try Files.createDirectory(path)
        return path
    }

    private func volume(_ name: String, _ mount: DesiredContainer.Mount) throws -> FilePath {
        let root = workspace.layout.volumes(of: workspace.id).appending(name)
        try fillIfEmpty(root, from: mount.target)
        guard let subpath = mount.subpath else { return root }
        let directory = try OwnedDescriptor.open(root, O_RDONLY | O_DIRECTORY)
        do throws(SystemError) {
            // What is opened below the root is what is mounted: no link of the volume leads out of it.
            _ = try directory.openBeneath(subpath)
        } catch {
            throw EngineError(
                .invalidProject, "Volume \(name) has no `\(subpath)`, which service \(container.id.service) mounts.",
                causes: [error])
        }
        return root.appending(subpath)
    }

    private func anonymousVolume(_ index: Int, _ mount: DesiredContainer.Mount) throws -> FilePath {
        let path = workspace.stateDirectory(of: container.id).appending("volumes").appending("\(index)")
        try Files.createDirectory(path)
        try fillIfEmpty(path, from: mount.target)
        return path
    }

    /// An empty volume begins with what the image has at the target, with owner and mode, as in Compose.
    private func fillIfEmpty(_ volume: FilePath, from target: String) throws {
        guard try Files.names(in: volume).isEmpty else { return }
        let root = try OwnedDescriptor.open(workspace.rootfs(of: container.id), O_RDONLY | O_DIRECTORY)
        guard let source = try contents(of: target, in: root) else { return }
        let output = try ProcessOutput.of(
            ChildProcess.Command(
                "cp", ["--archive", "--reflink=auto", "/proc/self/fd/3/.", volume.string],
                descriptors: [3: source.rawValue]))
        guard output.status.isSuccess else {
            // Half a copy would count as filled the next time.
            for name in try Files.names(in: volume) { try Files.removeTree(volume.appending(name)) }
            throw EngineError(
                .planFailed, "The image's content of \(target) could not be copied into \(volume): \(output.message)")
        }
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
