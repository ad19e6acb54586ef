internal import Containers
internal import Images
internal import LinuxSystem
internal import OCI
internal import Planning
internal import Store
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// The root file system of a container that is built, and whose files in it are the caller's.
struct ContainerRoot {
    let workspace: Workspace
    let container: DesiredContainer
    let sink: any EventSink

    /// Mounts the root upon the image's layers, or upon copies of them with other owners.
    ///
    /// - Returns: the user of the container's program, and the identity that it keeps; `nil` for root's.
    func mount(_ record: ContainerRecord, _ image: Image) throws -> (user: ResolvedUser, identity: KeptIdentity?) {
        let state = workspace.stateDirectory(of: container.id)
        let directory = workspace.host.images.store.layers.directory
        let layers = record.layersTaken(from: image).map { directory.appending($0) } + image.layerDirectories
        let earlier = try ContainerOrigin.identity(in: state)
        // A restored snapshot has an empty one.
        let isNew = try Files.names(in: state.appending("upper")).isEmpty
        try mount(layers, record, for: earlier)
        let user = try UserResolver(rootfs: workspace.rootfs(of: container.id)).resolve(
            container.process.user ?? image.configuration.config.user)
        guard OutsideHost.isAway else { return (user, nil) }
        let policy = KeptIdentityPolicy(
            workspace: workspace, container: container, user: user, runtime: record.runtime, sink: sink)
        // What an earlier container wrote has its owners, so this one goes on as that one did.
        if !isNew, earlier == nil || policy.isPossible { return (user, earlier) }
        let choice = try policy.choice()
        if choice == earlier { return (user, choice) }
        if !isNew {
            sink.note(
                "what \(container.id) wrote before is removed: its files have owners that it cannot show any more",
                isWarning: true)
        }
        try RootFilesystem.unmount(workspace.rootfs(of: container.id))
        for name in ["upper", "work"] { try Files.removeTree(state.appending(name)) }
        try mount(layers, record, for: choice)
        return (user, choice)
    }

    private func mount(_ layers: [FilePath], _ record: ContainerRecord, for identity: KeptIdentity?) throws {
        guard identity != nil else { return try place(layers, record, for: nil) }
        // The copies of layers stay until the container's record says that they are needed.
        let protection = try workspace.host.images.store.protect()
        try place(layers, record, for: identity)
        _ = consume protection
    }

    private func place(_ layers: [FilePath], _ record: ContainerRecord, for identity: KeptIdentity?) throws {
        try ContainerOrigin(record, identity: identity).write(in: workspace.stateDirectory(of: container.id))
        try workspace.rootFilesystem(of: container.id, upon: layers, for: identity) {
            sink.note(
                "copying the image of \(container.id.service) once, with you as its user \(identity?.user ?? 0)",
                isWarning: false)
        }.mount()
    }
}

/// The maps of a user namespace.
struct NamespaceMaps: Sendable {
    var users: [RuntimeSpecification.IDMapping]
    var groups: [RuntimeSpecification.IDMapping]
}

extension KeptIdentity {
    /// The maps of a container's user namespace within that of Trice.
    func namespaceMaps() throws -> NamespaceMaps {
        NamespaceMaps(
            users: Self.mappings(user, count: try OwnIdentities.count(in: "/proc/self/uid_map")),
            groups: Self.mappings(group, count: try OwnIdentities.count(in: "/proc/self/gid_map")))
    }
}

/// The IDs that there are in the user namespace of this process.
enum OwnIdentities {
    /// How many follow each other from 0; user_namespaces(7).
    static func count(in map: FilePath) throws -> UInt32 {
        let lines = (try Files.text(map) ?? "").split(separator: "\n")
        return count(lines.map { line in line.split(whereSeparator: \.isWhitespace).compactMap { UInt32($0) } })
    }

    private static func count(_ ranges: [[UInt32]]) -> UInt32 {
        var end: UInt32 = 0
        for range in ranges.filter({ $0.count == 3 }).sorted(by: { $0[0] < $1[0] }) {
            guard range[0] == end else { break }
            end = range[0].addingReportingOverflow(range[2]).partialValue
        }
        return end
    }
}
