/// The permissions of a service's processes.
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

extension ServiceDraft {
    /// The permissions of processes.
    static let securityKeys: Keys = [
        .init(
            "cap_add", .none(.notYet), decode: { $1.service.security.addedCapabilities = $0.keyedStrings() },
            render: { .texts($0.security.addedCapabilities) }),
        .init(
            "cap_drop", .none(.notYet), decode: { $1.service.security.droppedCapabilities = $0.keyedStrings() },
            render: { .texts($0.security.droppedCapabilities) }),
        .init(
            "device_cgroup_rules", .none(.notYet),
            decode: { $1.service.security.deviceRules = $0.strings()?.map(\.value) ?? [] },
            render: { .texts($0.security.deviceRules) }),
        .init(
            "devices", .none(.notYet), keys: .entries(DeviceMapping.keys),
            decode: { $1.service.security.devices = DeviceMapping.decodedList(from: $0).map(\.value) },
            render: { model in .items(model.security.devices) { $0.rendered() } }),
        .init(
            "gpus", .none(.notYet), keys: .entries(DeviceRequest.keys),
            decode: { $1.service.security.gpus = DeviceRequest.decodedGPUs(from: $0) ?? [] },
            render: { model in .items(model.security.gpus) { $0.rendered() } }),
        .init(
            "group_add", .none(.notYet), decode: { $1.service.security.groups = $0.texts() },
            render: { .texts($0.security.groups) }),
        .init(
            "privileged", .none(.notYet), decode: { $1.service.security.isPrivileged = $0.bool() ?? false },
            render: { .flag($0.security.isPrivileged) }),
        .init(
            "security_opt", .none(.notYet), decode: { $1.service.security.options = $0.strings()?.map(\.value) ?? [] },
            render: { .texts($0.security.options) }),
        .init(
            "use_api_socket", .none(.foreign), decode: { $1.service.security.usesAPISocket = $0.bool() ?? false },
            render: { .flag($0.security.usesAPISocket) }),
    ]
}
