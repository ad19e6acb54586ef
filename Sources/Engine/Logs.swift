package import Sessions
package import Workspaces

/// `logs`.
extension Engine {
    /// The lines that the services wrote.
    package func logs(_ identity: EnvironmentTarget, _ request: LogRequest) throws -> LogStream {
        try sessions.logs(identity, request)
    }
}
