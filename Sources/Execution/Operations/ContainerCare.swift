internal import Envfile
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// How a container is looked after, and what runs inside at its start and its end. It is written when the container is
/// made, because neither the Envfile nor the image need be there when it starts again or stops.
struct ContainerCare: Codable, Sendable {
    var care: Care
    var postStart: [LifecycleHook]
    var preStop: [LifecycleHook]
    /// `nil` in a record of an earlier release.
    var preSnapshot: [LifecycleHook]?

    /// `nil` for a container that an earlier release made.
    static func read(of id: ContainerID, in workspace: Workspace) throws -> ContainerCare? {
        guard let text = try Files.text(workspace.careRecord(of: id)) else { return nil }
        return try JSONCoding.decode(ContainerCare.self, from: text)
    }

    func write(of id: ContainerID, in workspace: Workspace) throws {
        // The environment of hooks may be secret.
        try Files.write(try JSONCoding.encode(self), to: workspace.careRecord(of: id), mode: 0o600)
    }
}
