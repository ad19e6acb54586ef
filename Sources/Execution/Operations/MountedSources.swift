internal import LinuxSystem
internal import Planning
internal import SystemPackage
internal import Workspaces

internal import struct Vocabulary.ContainerID
internal import enum Vocabulary.JSONCoding

/// Which objects of the host a container's bind mounts showed when it started.
///
/// A mount keeps the object that it was made from. Where a path leads to another one by now, as after a folder was
/// removed and made again or a file was replaced by renaming, the container no longer sees what the user sees.
struct MountedSources {
    private struct Entry: Codable {
        /// The absolute path on the host.
        var path: String
        /// Where it is in the container.
        var target: String
        var device: UInt64
        var inode: UInt64
    }

    let workspace: Workspace
    let id: ContainerID

    private var file: FilePath { workspace.runDirectory(of: id).appending("sources") }

    /// Notes what the container is about to mount.
    func record(_ mounts: [DesiredContainer.Mount]) throws {
        let entries = try mounts.compactMap { mount -> Entry? in
            guard case .bind(let path, _) = mount.source,
                let status = try Files.status(FilePath(path), followingLinks: true)
            else { return nil }
            return Entry(path: path, target: mount.target, device: status.device, inode: status.inode)
        }
        try Files.write(try JSONCoding.encode(entries), to: file, mode: 0o600)
    }

    /// The targets of the mounts whose path leads to another object now, or to none.
    func replaced() throws -> [String] {
        // A container that an earlier release started has no such file.
        guard let text = try Files.text(file) else { return [] }
        return try JSONCoding.decode([Entry].self, from: text).filter { entry in
            let status = try Files.status(FilePath(entry.path), followingLinks: true)
            return status?.device != entry.device || status?.inode != entry.inode
        }.map(\.target).sorted()
    }
}
