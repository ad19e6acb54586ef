package import ImageCommands
package import Sessions
package import Workspaces

/// `commit`.
extension Engine {
    /// Makes an image of what a container is now: its image with its own changes as one more layer.
    ///
    /// The layer has no tar and no digest before it is pushed or saved.
    package func commit(_ commit: CommitRequest, _ identity: EnvironmentTarget, sink: any EventSink) throws -> ImageRow
    {
        try sessions.commit(commit, identity, sink: sink)
    }
}
