internal import Containers
internal import Images
internal import LinuxSystem
internal import Planning
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// Decides whether a container of a user without root has a user namespace of its own, so that what its user writes into
/// shared folders belongs to the caller.
///
/// As root an idmapped mount does that for each folder. A user may not map a file system of the host, so all of the container
/// sees other IDs, and lies on copies of its image's layers. Containers whose program is root need none of it.
struct KeptIdentityPolicy {
    let workspace: Workspace
    let container: DesiredContainer
    /// As whom the container's program runs.
    let user: ResolvedUser
    /// The program of the runtime.
    let runtime: String
    /// Where a remark goes.
    let sink: any EventSink

    /// Whether nothing of the container needs rights over namespaces that are not its own.
    var isPossible: Bool {
        let (security, namespaces) = (container.security, container.namespaces)
        guard !security.isPrivileged, security.addedCapabilities.isEmpty, namespaces.parameters.isEmpty else {
            return false
        }
        return [namespaces.pid, namespaces.ipc, namespaces.uts, namespaces.cgroup].allSatisfy { source in
            switch source {
            case .host, .service: false
            case .shareable, .bare, nil: true
            }
        }
    }

    /// runc joins the user namespace before the network, which belongs to the one outside.
    private var canEnter: Bool { FilePath(runtime).lastComponent?.string.hasPrefix("runc") != true }

    /// The identity that the container keeps; `nil` where its root is the caller.
    func choice() throws -> KeptIdentity? {
        guard let wanted = try wanted() else { return nil }
        guard canEnter else {
            decline(
                wanted, "`\(runtime)` cannot enter a container with users and network of different owners; use crun")
            return nil
        }
        guard isPossible else {
            decline(
                wanted, "it asks for capabilities, namespaces or kernel parameters that only the whole environment has")
            return nil
        }
        let counts = (
            user: try OwnIdentities.count(in: "/proc/self/uid_map"),
            group: try OwnIdentities.count(in: "/proc/self/gid_map")
        )
        guard wanted.user < counts.user, wanted.group < counts.group else {
            decline(
                wanted, "you have the IDs below \(min(counts.user, counts.group)) only (`/etc/subuid`, `/etc/subgid`)")
            return nil
        }
        if let volume = try volumeWithout(wanted) {
            decline(
                wanted,
                "the volume at \(volume) has files of an earlier container; remove it with `trice down --volumes`")
            return nil
        }
        return wanted
    }

    private func decline(_ wanted: KeptIdentity, _ reason: String) {
        sink.note(
            "what user \(wanted.user) of \(container.id.service) writes into shared folders does not belong to you: \(reason)",
            isWarning: true)
    }

    /// The identity that the first folder or volume asks for.
    private func wanted() throws -> KeptIdentity? {
        let own = user.uid == 0 ? nil : KeptIdentity(user: user.uid, group: user.gid)
        for mount in container.mounts {
            switch (mount.source, mount.identity) {
            case (.bind(let path, _), .automatic):
                // What belongs to the container's user already needs no other owner.
                let owner = try Files.status(FilePath(path), followingLinks: true)?.owner
                if let own, owner != own.user { return own }
            case (.bind, .explicit(let hostUser, _, let user, let group)):
                guard hostUser == OutsideHost.user, user > 0 else { continue }
                return KeptIdentity(user: user, group: group)
            case (.volume(let name), _):
                let place = try VolumePlace(workspace: workspace).directory(of: name, mount.volume)
                if let own, VolumeIdentity.of(place) == own { return own }
            default: continue
            }
        }
        return nil
    }

    /// The target of a volume that the container's user has filled without such a namespace; `nil` for none.
    private func volumeWithout(_ identity: KeptIdentity) throws -> String? {
        for mount in container.mounts {
            guard case .volume(let name) = mount.source else { continue }
            let place = try VolumePlace(workspace: workspace).directory(of: name, mount.volume)
            if try isFilled(place, without: identity) { return mount.target }
        }
        let kept = MountSources.anonymousVolumes(of: container.id, in: workspace)
        for name in try Files.names(in: kept) where !name.hasPrefix(".") {
            if try isFilled(kept.appending(name), without: identity) { return "one of its own paths" }
        }
        return nil
    }

    private func isFilled(_ volume: FilePath, without identity: KeptIdentity) throws -> Bool {
        guard VolumeIdentity.of(volume) == nil else { return false }
        return try Files.status(volume)?.owner == identity.user
    }
}
