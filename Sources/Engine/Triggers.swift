package import Execution
package import Workspaces

/// `trust`, and what runs on the host around commands.
extension Engine {
    /// The triggers of a project, with what the user has agreed to.
    package func triggers(of project: Project) -> HostTriggers { HostTriggers(project, context) }
}
