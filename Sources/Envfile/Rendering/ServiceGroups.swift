extension ServiceNaming {
    var members: [(String, Value?)] {
        [
            ("container_name", .text(containerName)),
            ("dns", .texts(dnsServers)),
            ("dns_opt", .texts(dnsOptions)),
            ("dns_search", .texts(dnsSearch)),
            ("domainname", .text(domainname)),
            ("external_links", .texts(externalLinks)),
            ("extra_hosts", extraHosts.isEmpty ? nil : extraHosts.rendered()),
            ("hostname", .text(hostname)),
            ("links", .texts(links)),
            ("mac_address", .text(macAddress)),
        ]
    }
}

extension ServiceLifecycle {
    var members: [(String, Value?)] {
        [
            ("attach", attaches.map { .bool($0) }),
            ("deploy", deployment?.rendered()),
            ("develop", development?.rendered()),
            ("healthcheck", healthCheck?.rendered()),
            ("logging", logging?.rendered()),
            ("post_start", .items(postStart) { $0.rendered() }),
            ("pre_stop", .items(preStop) { $0.rendered() }),
            ("provider", provider?.rendered()),
            ("pull_policy", .text(pullPolicy?.text)),
            ("pull_refresh_after", .text(pullRefreshAfter)),
            ("restart", .text(restart?.text)),
            ("scale", .whole(scale)),
        ]
    }
}

extension ServiceLimits {
    func members(_ context: RenderingContext) -> [(String, Value?)] {
        [
            ("blkio_config", blockIO?.rendered(context.format)),
            ("cgroup_parent", .text(cgroupParent)),
            ("cpu_count", .whole(cpu.count)),
            ("cpu_percent", cpu.percent.flatMap { .single($0) }),
            ("cpu_period", .whole(cpu.period)),
            ("cpu_quota", .whole(cpu.quota)),
            ("cpu_rt_period", .whole(cpu.realtimePeriod)),
            ("cpu_rt_runtime", .whole(cpu.realtimeRuntime)),
            ("cpu_shares", .whole(cpu.shares)),
            ("cpus", cpu.cpus.flatMap { .single($0) }),
            ("cpuset", .text(cpu.set)),
            ("mem_limit", .size(memory.limit)),
            ("mem_reservation", .size(memory.reservation)),
            ("mem_swappiness", .size(memory.swappiness)),
            ("memswap_limit", .size(memory.swapLimit)),
            ("oom_kill_disable", .flag(memory.isNeverKilled)),
            ("oom_score_adj", .whole(memory.scoreAdjustment)),
            ("pids_limit", .whole(pids)),
            ("shm_size", .size(memory.shared)),
            ("ulimits", Ulimit.rendered(ulimits, context.format)),
        ]
    }
}

extension ServiceSecurity {
    var members: [(String, Value?)] {
        [
            ("cap_add", .texts(addedCapabilities)),
            ("cap_drop", .texts(droppedCapabilities)),
            ("device_cgroup_rules", .texts(deviceRules)),
            ("devices", .items(devices) { $0.rendered() }),
            ("gpus", .items(gpus) { $0.rendered() }),
            ("group_add", .texts(groups)),
            ("privileged", .flag(isPrivileged)),
            ("security_opt", .texts(options)),
            ("use_api_socket", .flag(usesAPISocket)),
        ]
    }
}

extension ServiceNamespaces {
    var members: [(String, Value?)] {
        [
            ("cgroup", .text(cgroup?.text)),
            ("ipc", .text(ipc?.text)),
            ("network_mode", .text(network?.text)),
            ("pid", .text(pid?.text)),
            ("sysctls", .texts(sysctls)),
            ("userns_mode", .text(user?.text)),
            ("uts", .text(uts?.text)),
        ]
    }
}

extension ServicePlatform {
    var members: [(String, Value?)] {
        [
            ("credential_spec", credentialSpecification?.rendered()), ("isolation", .text(isolation)),
            ("platform", .text(platform)), ("runtime", .text(runtime)),
        ]
    }
}

extension ServiceStorage {
    var members: [(String, Value?)] {
        [
            ("configs", .items(configs) { $0.rendered() }),
            ("models", .members(models) { ($0.model, $0.rendered()) }),
            ("secrets", .items(secrets) { $0.rendered() }),
            ("storage_opt", .texts(driverOptions)),
            ("volumes_from", .texts(volumesFrom)),
        ]
    }
}

extension TriceExtensions {
    var members: [(String, Value?)] {
        [
            ("autostart", startsAutomatically ? nil : .bool(false)),
            ("primary", .flag(isPrimary)),
            ("provision", .items(provisioners) { $0.rendered() }),
            ("ssh", ssh?.rendered()),
            ("wait", readiness?.rendered()),
        ]
    }
}
