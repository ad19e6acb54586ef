/// What one service says, with the places of what is checked later.
struct ServiceDraft {
    var name: String
    /// The place of the service's key.
    var mark: Mark
    var path: Path
    var image: String?
    var build: Located<Void>?
    var extends: Located<Void>?
    var entrypoint: CommandOverride = .image
    var command: CommandOverride = .image
    var environment: [String: String] = [:]
    var workingDirectory: String?
    var user: String?
    var hostname: String?
    var labels: [String: String] = [:]
    var mounts: [Located<Mount>] = []
    /// The mounts of `tmpfs:`, which follow those of `volumes:` wherever the key stands.
    var memoryMounts: [Located<Mount>] = []
    var ports: [Located<PortMapping>] = []
    var networks: [Located<NetworkAttachment>] = []
    var dependencies: [Located<Dependency>] = []
    var stopSignal: String?
    var stopGracePeriod: Duration = .seconds(10)
    var hasTerminal = false
    var isReadOnly = false
    var usesInit: Bool?
    var profiles: [String] = []
}

extension ServiceDraft {
    static func decoded(from entry: Cursor.Entry) -> ServiceDraft? {
        var draft = ServiceDraft(name: entry.key.name, mark: entry.key.mark, path: entry.value.path)
        guard table.decode(entry.value, into: &draft) else { return nil }
        draft.checkImage(entry)
        return draft
    }

    private mutating func checkImage(_ entry: Cursor.Entry) {
        if let build {
            if image != nil {
                entry.value.context.report.warning(
                    "`build` is not supported yet and is ignored", at: build.mark, path: build.path)
            } else {
                entry.value.context.report.error(
                    "\(path) is built from a Dockerfile, and building is not there yet", at: build.mark,
                    path: build.path, hint: "name an `image:` instead")
            }
        } else if let extends, image == nil {
            entry.value.context.report.error(
                "\(path) takes its image through `extends`, which is not supported yet", at: extends.mark,
                path: extends.path, hint: "name the `image:` in the service itself")
        } else if let extends {
            entry.value.context.report.warning(
                "`extends` is not supported yet and is ignored", at: extends.mark, path: extends.path)
        } else if image == nil, entry.value.node["image"] == nil {
            entry.keyError("\(path) has no `image`", hint: "add one, such as `image: bootstrap:busybox`")
        }
    }

    /// The keys of a service; one small decoder each, kept with its concern.
    private static let table = AttributeTable<ServiceDraft>(
        [
            "build": { $1.build = $0.located(()) },
            "command": { $1.command = CommandOverride.decoded(from: $0) },
            "depends_on": { $1.dependencies = Dependency.decodedList(from: $0) },
            "entrypoint": { $1.entrypoint = CommandOverride.decoded(from: $0) },
            "environment": { $1.environment = EnvironmentVariables.decoded(from: $0) },
            "expose": { cursor, _ in PortMapping.checkExposed(cursor) },
            "extends": { $1.extends = $0.located(()) },
            "hostname": { $1.hostname = hostname(from: $0) },
            "image": { $1.image = imageReference(from: $0) },
            "init": { $1.usesInit = $0.bool() },
            "labels": { $1.labels = Labels.decoded(from: $0) },
            "networks": { $1.networks = NetworkAttachment.decodedList(from: $0) },
            "ports": { $1.ports = PortMapping.decodedList(from: $0) },
            "profiles": { $1.profiles = profiles(from: $0) },
            "read_only": { $1.isReadOnly = $0.bool() ?? false },
            "stdin_open": { cursor, _ in _ = cursor.bool() },
            "stop_grace_period": { $1.stopGracePeriod = GoDuration.decoded(from: $0) ?? $1.stopGracePeriod },
            "stop_signal": { $1.stopSignal = SignalName.decoded(from: $0) },
            "tmpfs": { $1.memoryMounts = Mount.decodedMemoryList(from: $0) },
            "tty": { $1.hasTerminal = $0.bool() ?? false },
            "user": { $1.user = $0.nonEmptyString() },
            "volumes": { $1.mounts = Mount.decodedList(from: $0) },
            "working_dir": { $1.workingDirectory = workingDirectory(from: $0) },
        ],
        unsupported: unsupportedKeys,
        unsupportedExtras: ["primary", "autostart", "ssh", "wait", "provision"])

    /// Attributes of a service in the Compose Specification that are not done yet.
    static let unsupportedKeys: Set<String> = [
        "annotations", "attach", "blkio_config", "cap_add", "cap_drop", "cgroup", "cgroup_parent", "configs",
        "container_name", "cpu_count", "cpu_percent", "cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime",
        "cpu_shares", "cpus", "cpuset", "credential_spec", "deploy", "develop", "device_cgroup_rules", "devices",
        "dns", "dns_opt", "dns_search", "domainname", "env_file", "external_links", "extra_hosts", "gpus",
        "group_add", "healthcheck", "ipc", "isolation", "label_file", "links", "logging", "mac_address",
        "mem_limit", "mem_reservation", "mem_swappiness", "memswap_limit", "models", "network_mode",
        "oom_kill_disable", "oom_score_adj", "pid", "pids_limit", "platform", "post_start", "pre_stop",
        "privileged", "provider", "pull_policy", "pull_refresh_after", "restart", "runtime", "scale", "secrets",
        "security_opt", "shm_size", "storage_opt", "sysctls", "ulimits", "use_api_socket", "userns_mode", "uts",
        "volumes_from",
    ]

    /// Every key of a service in the Compose Specification that the loader knows.
    static var knownKeys: Set<String> { Set(table.supported.keys).union(table.unsupported) }
}

// MARK: - Single strings

extension ServiceDraft {
    private static func imageReference(from cursor: Cursor) -> String? {
        guard let text = cursor.string() else { return nil }
        if !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) { return text }
        cursor.error(
            "\(cursor.path) must name an image, but \(text.isEmpty ? "is empty" : "contains blanks")",
            expected: "an image reference")
        return nil
    }

    private static func hostname(from cursor: Cursor) -> String? {
        guard let text = cursor.nonEmptyString() else { return nil }
        let isValid = text.utf8.allSatisfy {
            ResourceName.isAlphanumeric($0) || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_")].contains($0)
        }
        if isValid, text.utf8.count <= 64 { return text }
        cursor.error(
            "`\(text)` is no host name", expected: "up to 64 letters, digits, `.`, `-` and `_`")
        return nil
    }

    private static func workingDirectory(from cursor: Cursor) -> String? {
        guard let text = cursor.nonEmptyString() else { return nil }
        if text.hasPrefix("/") { return text }
        cursor.error("\(cursor.path) must be an absolute path, but is `\(text)`", expected: "an absolute path")
        return nil
    }

    private static func profiles(from cursor: Cursor) -> [String] {
        (cursor.strings() ?? []).compactMap { profile in
            if ResourceName.isValid(profile.value) { return profile.value }
            cursor.context.report.error(
                "`\(profile.value)` is no valid profile name", at: profile.mark, path: profile.path)
            return nil
        }
    }
}
