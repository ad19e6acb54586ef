extension ServiceDraft {
    /// What processes may do.
    static let securityKeys: Keys = [
        "cap_add": { $1.service.security.addedCapabilities = $0.keyedStrings() },
        "cap_drop": { $1.service.security.droppedCapabilities = $0.keyedStrings() },
        "device_cgroup_rules": { $1.service.security.deviceRules = $0.strings()?.map(\.value) ?? [] },
        "devices": { $1.service.security.devices = DeviceMapping.decodedList(from: $0).map(\.value) },
        "gpus": { $1.service.security.gpus = DeviceRequest.decodedGPUs(from: $0) ?? [] },
        "group_add": { $1.service.security.groups = $0.texts() },
        "privileged": { $1.service.security.isPrivileged = $0.bool() ?? false },
        "security_opt": { $1.service.security.options = $0.strings()?.map(\.value) ?? [] },
        "use_api_socket": { $1.service.security.usesAPISocket = $0.bool() ?? false },
    ]

    /// What is shared with the host or with other containers.
    static let namespaceKeys: Keys = [
        "cgroup": { cursor, draft in
            draft.service.namespaces.cgroup = cursor.choice(CgroupNamespace.self).map { NamespaceMode($0.rawValue) }
        },
        "ipc": { $1.service.namespaces.ipc = $0.nonEmptyString().map { NamespaceMode($0) } },
        "network_mode": { $1.service.namespaces.network = $0.nonEmptyString().map { NamespaceMode($0) } },
        "pid": { cursor, draft in
            if cursor.node.isNull { return }
            draft.service.namespaces.pid = cursor.nonEmptyString().map { NamespaceMode($0) }
        },
        "sysctls": { $1.service.namespaces.sysctls = Labels.decoded(from: $0) },
        "userns_mode": { $1.service.namespaces.user = $0.nonEmptyString().map { NamespaceMode($0) } },
        "uts": { $1.service.namespaces.uts = $0.nonEmptyString().map { NamespaceMode($0) } },
    ]

    private enum CgroupNamespace: String, CaseIterable {
        case host
        case own = "private"
    }
}
