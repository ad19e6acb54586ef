package import Sessions
package import Workspaces

/// `logs`.
extension Engine {
    /// The lines that the services wrote.
    package func logs(_ identity: EnvironmentTarget, services: [String], tail: Int?) throws -> LogStream {
        try sessions.logs(identity, services: services, tail: tail)
    }
}
