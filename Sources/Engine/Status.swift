package import Execution
package import Workspaces

/// `status`.
extension Engine {
    /// The environment as it is now. Nothing is changed.
    package func status(_ identity: EnvironmentTarget) throws -> StatusReport {
        try environments.status(identity)
    }

    /// The containers as they are now, without what takes a process to find out.
    package func containers(_ identity: EnvironmentTarget) throws -> [StatusReport.Service] {
        try environments.rows(of: [], identity)
    }
}
