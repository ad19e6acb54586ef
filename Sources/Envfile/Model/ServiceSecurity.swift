/// What a service's processes may do.
public struct ServiceSecurity: Hashable, Sendable {
    /// As written, with or without `CAP_`, or `ALL`.
    public var addedCapabilities: [String] = []
    public var droppedCapabilities: [String] = []
    public var isPrivileged = false
    /// `security_opt`, such as `no-new-privileges:true`.
    public var options: [String] = []
    /// Names or ids of further groups.
    public var groups: [String] = []
    /// Rules of the device cgroup, such as `c 1:3 mr`.
    public var deviceRules: [String] = []
    public var devices: [DeviceMapping] = []
    public var gpus: [DeviceRequest] = []
    /// Whether the engine's API is to be reachable from inside.
    public var usesAPISocket = false

    public init() {}
}
