internal import Execution
package import ImageCommands
internal import Sessions
package import Vocabulary
package import Workspaces

/// `bake`.
extension Engine {
    /// Makes an image of each service with what its steps have written; `up` begins with it where base and steps are the same.
    ///
    /// - Returns: the images, those that were there already too.
    package func bake(_ project: Project, _ services: [ServiceName], sink: any EventSink) throws -> [ImageRow] {
        let host = try context.host()
        let workspace = Workspace(id: project.id, host: host)
        let target = EnvironmentTarget(id: project.id, project: project)
        return try environments.bakeOrders(project, services, workspace).map { order in
            for remark in order.remarks { sink.note(remark, isWarning: true) }
            if order.isThere { return try images.row(of: order.image) }
            var commit = CommitRequest(
                service: order.service.rawValue, name: order.image, message: "provisioned by trice bake")
            commit.labels = order.labels
            return try sessions.commit(commit, target, sink: sink)
        }
    }
}
