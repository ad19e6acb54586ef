/// What a developer does with a service: Trice's own keys.
public struct TriceExtensions: Hashable, Sendable {
    /// What commands without a service's name mean.
    public var isPrimary = false
    /// Whether `up` without names starts the service; it does unless the file says no.
    public var startsAutomatically = true
    public var ssh: SSHSettings?
    /// When the service counts as ready.
    public var readiness: ReadinessCheck?
    /// In order.
    public var provisioners: [Provisioner] = []

    public init() {}
}
