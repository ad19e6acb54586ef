internal import Envfile
internal import Vocabulary

/// What services say and Swarm's form does not have.
enum StackLosses {
    static func report(_ workload: Workload, _ report: inout LossReport) {
        let service = workload.service
        for (isWritten, name, reason) in lifecycle(workload) + surroundings(workload) + limits(workload) where isWritten
        {
            report.loss(workload.key.key(name), reason, "see that the service does without it")
        }
        for mount in workload.mounts {
            if case .volume(_, _?) = mount.source {
                report.loss(
                    workload.key.key("volumes").item(mount.target), "Swarm mounts the whole volume",
                    "use a volume of its own")
            }
        }
        if service.lifecycle.deployment?.endpointMode == "dnsrr",
            service.ports.contains(where: { $0.details.mode == .ingress })
        {
            report.note(
                workload.key.key("ports"), "with `endpoint_mode: dnsrr` ports are published in the mode `host`",
                "reach them on the nodes where the service runs")
        }
        for port in service.ports {
            if let range = port.published, range.count > 1 {
                report.loss(
                    workload.key.key("ports").item("\(port.target)"),
                    "Swarm publishes one port, \(range.lowerBound), and not a free one of a range",
                    "write the port that is free")
            }
            guard let address = port.details.hostAddressText, !["", "0.0.0.0", "::"].contains(address) else { continue }
            report.loss(
                workload.key.key("ports").item("\(port.target)"), "Swarm publishes ports on every address",
                "close the port \(port.target) by the nodes' packet filter")
        }
        for attachment in service.networks where attachment.hasAddresses {
            report.loss(
                workload.key.key("networks", attachment.network.rawValue), "Swarm gives the addresses",
                "look the service up by its name")
        }
        report.reportInterfaces(of: workload, "Swarm has no such setting of an interface")
        report.reportPriorities(of: workload, "Swarm joins the networks in its own order")
        report.reportBinds(of: workload, "the form 3.8 of a bind has no such setting here")
    }

    /// Whether a key is written, its name and why it is lost: how the containers live.
    private static func lifecycle(_ workload: Workload) -> [(Bool, String, String)] {
        let service = workload.service
        return [
            (!service.dependencies.isEmpty, "depends_on", "Swarm starts all services at once"),
            (!service.lifecycle.preStart.isEmpty, "pre_start", "Swarm runs nothing before a service"),
            (!service.lifecycle.postStart.isEmpty, "post_start", "Swarm runs no commands in containers"),
            (!service.lifecycle.preStop.isEmpty, "pre_stop", "Swarm runs no commands in containers"),
            (!service.security.devices.isEmpty, "devices", "Swarm gives no devices to services"),
            (!service.deviceRequests.isEmpty, "gpus", "Swarm gives GPUs as generic resources of its nodes"),
            (service.security.isPrivileged, "privileged", "Swarm runs no privileged containers"),
            (!service.security.givenOptions.isEmpty, "security_opt", "Swarm has no such setting"),
            (!service.security.groups.isEmpty, "group_add", "Swarm's form has no further groups"),
            (service.namespaces.network != nil, "network_mode", "Swarm's services have networks of the swarm"),
            (service.namespaces.pid != nil, "pid", "Swarm's containers have namespaces of their own"),
            (service.namespaces.ipc != nil, "ipc", "Swarm's containers have namespaces of their own"),
            (service.namespaces.user != nil, "userns_mode", "Swarm's containers have namespaces of their own"),
            (service.namespaces.uts != nil, "uts", "Swarm's containers have namespaces of their own"),
            (service.namespaces.cgroup != nil, "cgroup", "Swarm's containers have namespaces of their own"),
            (service.naming.domainname != nil, "domainname", "Swarm has no such setting"),
        ]
    }

    /// The same for what is around the containers.
    private static func surroundings(_ workload: Workload) -> [(Bool, String, String)] {
        let service = workload.service
        return [
            (!service.naming.dnsOptions.isEmpty, "dns_opt", "version 3.8 has no options of the resolver"),
            (
                service.naming.extraHosts.addresses.values.contains { $0.contains("host-gateway") }, "extra_hosts",
                "a swarm has no one host that `host-gateway` could be"
            ),
            (!service.annotations.isEmpty, "annotations", "version 3.8 has no annotations"),
            (!service.storage.driverOptions.isEmpty, "storage_opt", "version 3.8 has no such setting"),
            (!service.storage.models.isEmpty, "models", "language models belong to another engine"),
            (service.security.usesAPISocket, "use_api_socket", "version 3.8 has no such setting"),
            (!service.security.deviceRules.isEmpty, "device_cgroup_rules", "Swarm gives no devices to services"),
            (!service.unsetVariables.isEmpty, "environment", "Swarm takes no variable of the image away"),
            (service.naming.macAddress != nil, "mac_address", "Swarm gives the addresses"),
            (!service.naming.links.isEmpty, "links", "every container knows the name of the link"),
            (!service.naming.externalLinks.isEmpty, "external_links", "Swarm has no links"),
            (service.lifecycle.provider != nil, "provider", "Swarm starts no program that provides a service"),
            (
                service.lifecycle.pullPolicy.map { $0 != .missing } == true, "pull_policy",
                "the nodes pull images that they do not have"
            ),
            (service.platform.runtime != nil, "runtime", "the nodes choose the runtime"),
            (service.lifecycle.healthCheck?.startInterval != nil, "healthcheck", "version 3.8 has no `start_interval`"),
            (service.tools.readiness != nil, "wait", "Swarm waits for health checks only"),
            (
                service.tools.restartsWhenUnhealthy, "restart_unhealthy",
                "Swarm starts what is unhealthy again in any case"
            ),
            (
                !service.tools.provisioners.isEmpty && !workload.isBaked, "provision",
                "Swarm runs no steps inside of a container"
            ),
        ]
    }

    /// The same for limits.
    private static func limits(_ workload: Workload) -> [(Bool, String, String)] {
        let service = workload.service
        let limits = service.limits
        return [
            (limits.cgroupParent != nil, "cgroup_parent", "Swarm chooses the cgroups"),
            (limits.blockIO != nil, "blkio_config", "Swarm has no limits of block devices"),
            (limits.cpu.set != nil, "cpuset", "Swarm chooses the processors"),
            (limits.cpu.shares != nil, "cpu_shares", "Swarm has limits and reservations of processors only"),
            (
                limits.cpu.quota != nil && service.processorLimit == nil, "cpu_quota",
                "Swarm has limits and reservations of processors only"
            ),
            (limits.cpu.realtimePeriod != nil, "cpu_rt_period", "Swarm has no real-time scheduling"),
            (limits.cpu.realtimeRuntime != nil, "cpu_rt_runtime", "Swarm has no real-time scheduling"),
            (limits.memory.swappiness != nil, "mem_swappiness", "Swarm has no limit of swap"),
            (limits.memory.isNeverKilled, "oom_kill_disable", "Swarm has no such setting"),
            (limits.memory.swapLimit != nil, "memswap_limit", "Swarm has no limit of swap"),
            (limits.memory.scoreAdjustment != nil, "oom_score_adj", "Swarm has no such setting"),
        ]
    }
}
