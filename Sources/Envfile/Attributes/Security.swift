internal import Diagnostics
internal import Vocabulary

/// The permissions of a service's processes.
package struct ServiceSecurity: Hashable, Sendable {
    /// As written, with or without `CAP_`, or `ALL`.
    package var addedCapabilities: [String] = []
    package var droppedCapabilities: [String] = []
    package var isPrivileged = false
    /// `security_opt` as written, such as `no-new-privileges:true`.
    package var givenOptions: [String] = []
    /// The same, as far as they are known.
    package var options: [SecurityOption] = []
    /// Names or ids of further groups.
    package var groups: [String] = []
    /// Rules of the device cgroup, such as `c 1:3 mr`.
    package var deviceRules: [String] = []
    package var devices: [DeviceMapping] = []
    package var gpus: [DeviceRequest] = []
    /// Whether the engine's API is to be reachable from inside.
    package var usesAPISocket = false

    package init() {}
}

extension ServiceDraft {
    /// The permissions of processes.
    static let securityKeys: Keys = [
        .init(
            "cap_add", .container, decode: { $1.service.security.addedCapabilities = capabilities(from: $0) },
            render: { .texts($0.security.addedCapabilities) }
        ).merged(.list(.text)),
        .init(
            "cap_drop", .container, decode: { $1.service.security.droppedCapabilities = capabilities(from: $0) },
            render: { .texts($0.security.droppedCapabilities) }
        ).merged(.list(.text)),
        .init(
            "device_cgroup_rules", .container,
            decode: { $1.service.security.deviceRules = DeviceRule.decodedList(from: $0) },
            render: { .texts($0.security.deviceRules) }
        ).merged(.list(.text)),
        .init(
            "devices", .container, keys: .entries(DeviceMapping.keys),
            decode: { cursor, draft in
                draft.devices = DeviceMapping.decodedList(from: cursor)
                draft.service.security.devices = draft.devices.map(\.value)
            },
            render: { model in .items(model.security.devices) { $0.rendered() } }
        ).merged(.list(.deviceTarget)),
        .init(
            "gpus", .container, keys: .entries(DeviceRequest.keys),
            decode: { $1.service.security.gpus = DeviceRequest.decodedGPUs(from: $0) ?? [] },
            render: { model in .items(model.security.gpus) { $0.rendered() } }),
        .init(
            "group_add", .container, decode: { $1.service.security.groups = $0.texts() },
            render: { .texts($0.security.groups) }
        ).merged(.list(.text)),
        .init(
            "privileged", .container, decode: { $1.service.security.isPrivileged = $0.bool() ?? false },
            render: { .flag($0.security.isPrivileged) }),
        .init(
            "security_opt", .container,
            decode: { cursor, draft in
                (draft.service.security.givenOptions, draft.service.security.options) = SecurityOption.decodedList(
                    from: cursor)
            }, render: { .texts($0.security.givenOptions) }
        ).merged(.list(.text)),
        .init(
            "use_api_socket", .none(.foreign), decode: { $1.service.security.usesAPISocket = $0.bool() ?? false },
            render: { .flag($0.security.usesAPISocket) }),
    ]
    /// The names as written; one that is no capability is reported.
    private static func capabilities(from cursor: Cursor) -> [String] {
        cursor.keyedStrings { name, item in
            if Capability.number(of: name) != nil || Capability.isAll(name) { return }
            let bare = name.uppercased().hasPrefix("CAP_") ? String(name.dropFirst(4)) : name
            item.unusable(
                "`\(name)` is no capability", expected: "a name of capabilities(7) such as `NET_ADMIN`, or `ALL`",
                hint: Suggestion.hint(for: bare.uppercased(), in: Capability.names + ["ALL"]))
        }
    }
}
