package import Execution

/// `ls`.
extension Engine {
    /// Every environment of this user on this host.
    package func environmentList(includesDown: Bool) throws -> EnvironmentList {
        try environments.list(includesDown: includesDown)
    }
}
