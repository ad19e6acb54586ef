package import Execution
package import Workspaces

/// `status`.
extension Engine {
    package func status(_ identity: EnvironmentTarget) throws -> StatusReport {
        try environments.status(identity)
    }
}
