package import Setup

/// `doctor`.
extension Engine {
    /// Asks the host for everything that `up` needs.
    package func doctor() throws -> [DoctorCheck] {
        try HostChecks(context).run()
    }
}
