/// What the Compose Specification can say and has no effect here, with the reason.
///
/// The one place for it: whoever makes an attribute work deletes its line.
enum IgnoredAttributes {
    enum Reason: String {
        case notYet = "is not applied yet"
        case swarm = "is for Swarm"
        case windows = "is for Windows"
        case foreign = "belongs to other engines"
    }

    /// By the place below a service; `*` stands for one key or item.
    static let ofServices: PathTree<Reason> = [
        "annotations": .notYet, "attach": .notYet, "blkio_config": .notYet, "cap_add": .notYet, "cap_drop": .notYet,
        "cgroup": .notYet, "cgroup_parent": .notYet, "configs": .notYet, "container_name": .notYet,
        "cpu_count": .windows, "cpu_percent": .windows, "cpu_period": .notYet, "cpu_quota": .notYet,
        "cpu_rt_period": .notYet, "cpu_rt_runtime": .notYet, "cpu_shares": .notYet, "cpus": .notYet,
        "cpuset": .notYet, "credential_spec": .windows, "develop": .notYet, "device_cgroup_rules": .notYet,
        "devices": .notYet, "dns": .notYet, "dns_opt": .notYet, "dns_search": .notYet, "domainname": .notYet,
        "external_links": .foreign, "extra_hosts": .notYet, "gpus": .notYet, "group_add": .notYet,
        "healthcheck": .notYet, "ipc": .notYet, "isolation": .windows, "links": .notYet, "logging": .notYet,
        "mac_address": .notYet, "mem_limit": .notYet, "mem_reservation": .notYet, "mem_swappiness": .notYet,
        "memswap_limit": .notYet, "models": .foreign, "network_mode": .notYet, "oom_kill_disable": .notYet,
        "oom_score_adj": .notYet, "pid": .notYet, "pids_limit": .notYet, "platform": .notYet,
        "post_start": .notYet, "pre_stop": .notYet, "privileged": .notYet, "provider": .foreign,
        "restart": .notYet, "runtime": .notYet,
        "scale": .notYet, "secrets": .notYet, "security_opt": .notYet, "shm_size": .notYet,
        "stdin_open": .notYet, "storage_opt": .notYet, "sysctls": .notYet, "ulimits": .notYet,
        "use_api_socket": .foreign, "userns_mode": .notYet, "uts": .notYet, "volumes_from": .notYet,

        "deploy.endpoint_mode": .swarm, "deploy.labels": .swarm, "deploy.mode": .swarm, "deploy.placement": .swarm,
        "deploy.replicas": .notYet, "deploy.resources": .notYet, "deploy.restart_policy": .notYet,
        "deploy.rollback_config": .swarm, "deploy.update_config": .swarm,

        "networks.*.driver_opts": .notYet, "networks.*.gw_priority": .notYet, "networks.*.interface_name": .notYet,
        "networks.*.ipv4_address": .notYet, "networks.*.ipv6_address": .notYet,
        "networks.*.link_local_ips": .notYet, "networks.*.mac_address": .notYet, "networks.*.priority": .notYet,

        "volumes.*.bind.propagation": .notYet, "volumes.*.bind.recursive": .notYet,
        "volumes.*.volume.labels": .notYet, "volumes.*.volume.nocopy": .notYet,
        "ssh": .notYet, "wait": .notYet, "provision": .notYet,
        "volumes.*.idmap": .notYet, "volumes.*.exclude": .notYet,
    ]

    /// By the place in the file, for what belongs to no service.
    static let ofProject: PathTree<Reason> = [
        "configs": .notYet, "models": .foreign,
        "networks.*.attachable": .swarm, "networks.*.driver_opts": .notYet, "networks.*.enable_ipv4": .notYet,
        "networks.*.enable_ipv6": .notYet, "networks.*.external": .notYet, "networks.*.ipam": .notYet,
        "volumes.*.driver_opts": .notYet, "volumes.*.external": .notYet,
        "triggers": .notYet,
    ]
}
