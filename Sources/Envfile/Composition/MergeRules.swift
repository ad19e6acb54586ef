/// The rule by which values of several files, or of a service and its base, are merged.
enum MergeRule: Sendable {
    /// Mappings merge by key, lists are appended, anything else is replaced.
    case structure
    /// The later value replaces the earlier one.
    case replace
    /// `key=value` pairs, as a list or as a mapping: merged by key.
    case keyValues
    /// A list of names, or a mapping by name: merged by name. `NameForm` defines the value of a name alone.
    case names(NameForm)
    /// One or a list: appended, and of the entries with equal keys the last one stays, at the place of the first.
    case list(UniqueKey?)
    /// Host names with addresses, as a list or as a mapping: appended, each pair once.
    case hosts
    /// A string is the context.
    case build
    /// Merged only when both speak of the same driver.
    case logging
    /// Address ranges of a network: by subnet.
    case subnets
    /// Published ports: each once; in Trice's own meaning a later entry replaces those of its container port.
    case ports

    enum NameForm: Sendable {
        case nothing
        /// `condition: service_started` and `required: true`.
        case dependency
    }
}

/// The rules of all attributes, as a tree by the parts of their paths.
///
/// Compose Specification, "Merge and override", and otherwise the behaviour of Compose.
struct MergeRules: Sendable {
    private var tree: PathTree<MergeRule>

    var rule: MergeRule { tree.value ?? .structure }

    /// The rules below a key.
    subscript(key: String) -> MergeRules {
        MergeRules(tree: tree.child(key) ?? tree.item ?? PathTree())
    }

    private init(tree: PathTree<MergeRule>) {
        self.tree = tree
    }

    private init(_ rules: [(String, MergeRule)]) {
        tree = PathTree(rules)
    }

    static let document = MergeRules(
        topLevel + service.flatMap { path, rule in [("services.*.\(path)", rule)] }
            + ours.flatMap { path, rule in
                [("services.*.\(path)", rule), ("services.*.x-trice.\(path)", rule)]
            })

    /// The rules of one service.
    static let oneService = document["services"]["*"]

    private static let topLevel: [(String, MergeRule)] = [
        ("networks.*.labels", .keyValues), ("networks.*.ipam.config", .subnets),
        ("volumes.*.labels", .keyValues), ("secrets.*.labels", .keyValues), ("configs.*.labels", .keyValues),
    ]

    private static let service: [(String, MergeRule)] = [
        ("annotations", .keyValues),
        ("blkio_config.device_read_bps", .list(.field("path"))),
        ("blkio_config.device_read_iops", .list(.field("path"))),
        ("blkio_config.device_write_bps", .list(.field("path"))),
        ("blkio_config.device_write_iops", .list(.field("path"))),
        ("blkio_config.weight_device", .list(.field("path"))),
        ("build", .build),
        ("build.additional_contexts", .keyValues),
        ("build.args", .keyValues),
        ("build.cache_from", .list(.text)),
        ("build.cache_to", .list(.text)),
        ("build.extra_hosts", .hosts),
        ("build.labels", .keyValues),
        ("build.platforms", .list(.text)),
        ("build.secrets", .list(.grant(directory: "/run/secrets"))),
        ("build.ssh", .keyValues),
        ("build.tags", .list(.text)),
        ("build.ulimits.*", .replace),
        ("cap_add", .list(.text)),
        ("cap_drop", .list(.text)),
        ("command", .replace),
        ("configs", .list(.grant(directory: ""))),
        ("depends_on", .names(.dependency)),
        ("deploy.labels", .keyValues),
        ("device_cgroup_rules", .list(.text)),
        ("devices", .list(.deviceTarget)),
        ("dns", .list(.text)),
        ("dns_opt", .list(.keyOfValue)),
        ("dns_search", .list(.text)),
        ("entrypoint", .replace),
        ("env_file", .list(.file)),
        ("environment", .keyValues),
        ("expose", .list(.text)),
        ("external_links", .list(.text)),
        ("extra_hosts", .hosts),
        ("group_add", .list(.text)),
        ("healthcheck.test", .replace),
        ("label_file", .list(.file)),
        ("labels", .keyValues),
        ("links", .list(.text)),
        ("logging", .logging),
        ("models", .names(.nothing)),
        ("networks", .names(.nothing)),
        ("networks.*.aliases", .list(.text)),
        ("networks.*.link_local_ips", .list(.text)),
        ("ports", .ports),
        ("profiles", .list(.text)),
        ("secrets", .list(.grant(directory: "/run/secrets"))),
        ("security_opt", .list(.text)),
        ("sysctls", .keyValues),
        ("tmpfs", .list(.memoryTarget)),
        ("ulimits.*", .replace),
        ("volumes", .list(.mountTarget)),
        ("volumes_from", .list(.text)),
    ]

    /// Trice's own keys: a step of `provision` is known by its name.
    private static let ours: [(String, MergeRule)] = [
        ("provision", .list(.field("name"))), ("wait", .replace),
    ]
}
