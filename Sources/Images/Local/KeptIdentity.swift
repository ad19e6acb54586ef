internal import CArchive
internal import Glibc
package import OCI

/// The user and the group of a container that stand for the caller, who has no root: the container has a user namespace of its
/// own, in which 0 and these exchange their places. Podman's `--userns=keep-id` does the same.
///
/// In the user's namespaces 0 is the caller. What root of such a container owns therefore belongs to `user` on the disk, and
/// what `user` owns to the caller.
package struct KeptIdentity: Codable, Hashable, Sendable, CustomStringConvertible {
    package var user: UInt32
    package var group: UInt32

    package init(user: UInt32, group: UInt32) {
        self.user = user
        self.group = group
    }

    package var description: String { "\(user)-\(group)" }

    /// The owner on the disk of what a user of the container owns, and the other way round.
    package func exchanged(user id: UInt32) -> UInt32 { Self.exchanged(id, user) }

    /// The same for a group.
    package func exchanged(group id: UInt32) -> UInt32 { Self.exchanged(id, group) }

    private static func exchanged(_ id: UInt32, _ kept: UInt32) -> UInt32 {
        id == 0 ? kept : id == kept ? 0 : id
    }

    /// The map of a user namespace in which 0 and an ID exchange their places; user_namespaces(7). No range has 0 and others, since
    /// the kernel takes none that spans two of the namespace outside, where 0 is the caller.
    ///
    /// - Parameters:
    ///   - id: one below `count`.
    ///   - count: how many IDs there are outside, from 0.
    package static func mappings(_ id: UInt32, count: UInt32) -> [RuntimeSpecification.IDMapping] {
        let ranges: [(UInt32, UInt32, UInt32)] =
            id == 0
            ? [(0, 0, 1), (1, 1, count - 1)]
            : [(0, id, 1), (1, 1, id - 1), (id, 0, 1), (id + 1, id + 1, count - id - 1)]
        return ranges.filter { $0.2 > 0 }.map { .init(containerID: $0.0, hostID: $0.1, size: $0.2) }
    }
}

extension Optional<KeptIdentity> {
    /// The owner of a copy of a file; the file's own where nothing is exchanged.
    func owner(_ info: stat) -> (user: uid_t, group: gid_t) {
        map { ($0.exchanged(user: info.st_uid), $0.exchanged(group: info.st_gid)) } ?? (info.st_uid, info.st_gid)
    }
}
