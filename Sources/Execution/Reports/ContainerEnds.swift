internal import Images
internal import OCI
internal import Store
internal import Supervisor
internal import SupervisorProtocol
package import Workspaces

internal import struct Vocabulary.ContainerID

/// What `trice wait` tells of one container.
package struct ContainerEnd: Sendable, Encodable {
    package var container: String
    package var service: String
    /// `nil` when no supervisor saw the end.
    package var exitCode: Int32?
}

/// What `trice images` tells of one container.
package struct ContainerImage: Sendable, Encodable {
    package var container: String
    package var service: String
    /// As the service names it.
    package var image: String
    package var id: String
    /// Bytes; `nil` for an image that has no name any more.
    package var size: Int64?
    package var platform: String?
}

extension EnvironmentControl {
    /// Waits until the containers of services have ended, of all when none is named.
    ///
    /// - Parameter onEnd: called in the order of the containers.
    package func waitForEnds(
        _ identity: EnvironmentTarget, services: [String], onEnd: (ContainerEnd) -> Void
    ) throws {
        let workspace = Workspace(id: identity.id, host: try context.host())
        let rows = try rows(of: services, identity)
        guard !rows.isEmpty else { throw EngineError(.notRunning, "Nothing is up, so there is nothing to wait for.") }
        for row in rows {
            var code = row.exitCode
            // A container that is just being started again has not ended either, unlike one that waits for that.
            if ["running", "paused", "restarting"].contains(row.state), code == nil {
                code = try workspace.supervisor().wait(for: row.container).code
            }
            onEnd(ContainerEnd(container: row.container, service: row.service, exitCode: code))
        }
    }

    /// The images of the containers that are there.
    package func containerImages(_ identity: EnvironmentTarget, services: [String]) throws -> [ContainerImage] {
        let workspace = Workspace(id: identity.id, host: try context.host())
        let rows = try rows(of: services, identity)
        let records = try workspace.records().containers
        let stored = try workspace.host.images.list()
        return rows.compactMap { row in
            guard let record = records.first(where: { "\(ContainerID($0))" == row.container }) else { return nil }
            let entry = stored.first { "\($0.image.id)" == record.imageID }
            return ContainerImage(
                container: row.container, service: row.service, image: row.image, id: record.imageID, size: entry?.size,
                platform: entry.map { "\($0.image.configuration.platform)" })
        }
    }

    /// The named volumes of the environment that are there, sorted.
    package func volumeNames(_ identity: EnvironmentTarget) throws -> [String] {
        try context.host().durable.volumes(environmentID: identity.id).map { "\($0.name)" }.sorted()
    }
}
