package import Sessions
package import Workspaces

/// `ssh` and `exec`.
extension Engine {
    /// Replaces this process by the command inside the container; returns only by throwing.
    package func enter(_ request: EnterRequest, sink: any EventSink) throws -> Int32 {
        try sessions.enter(request, sink: sink)
    }
}
