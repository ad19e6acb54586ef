internal import Envfile
internal import Vocabulary

/// `deploy` of a service in Swarm's form.
extension StackWriter {
    func deployment(_ workload: Workload) -> Value? {
        let deployment = workload.service.lifecycle.deployment
        return .someFields([
            "mode": .text(deployment?.mode),
            "replicas": deployment?.mode == "global" || workload.replicas == 1 ? nil : .integer(workload.replicas),
            "endpoint_mode": .text(deployment?.endpointMode), "labels": .table(deployment?.labels ?? [:]),
            "update_config": update(deployment?.update), "rollback_config": update(deployment?.rollback),
            "restart_policy": restart(workload), "resources": resources(workload.service),
            "placement": placement(deployment?.placement),
        ])
    }

    private func update(_ update: DeploymentUpdate?) -> Value? {
        guard let update else { return nil }
        return .someFields([
            "parallelism": .count(update.parallelism),
            "delay": update.delay == .zero ? nil : .string(update.delay.composeText),
            "failure_action": .text(update.failureAction),
            "monitor": update.monitor == .zero ? nil : .string(update.monitor.composeText),
            "max_failure_ratio": update.failureRatio == 0 ? nil : .number(update.failureRatio),
            "order": .text(update.order?.rawValue),
        ])
    }

    /// Swarm starts everything again that ends, unless the file says otherwise.
    private func restart(_ workload: Workload) -> Value? {
        if let policy = workload.service.lifecycle.deployment?.restartPolicy {
            return .someFields([
                "condition": .text(policy.condition), "delay": .text(policy.delay?.composeText),
                "max_attempts": .count(policy.attempts), "window": .text(policy.window?.composeText),
            ])
        }
        switch workload.service.lifecycle.restart {
        case .always, .unlessStopped: return .fields(["condition": .string("any")])
        case .onFailure(let attempts):
            return .fields([
                "condition": .string("on-failure"), "max_attempts": .count(attempts == 0 ? nil : attempts),
            ])
        case .no, .unknown, nil: return .fields(["condition": .string("none")])
        }
    }

    private func resources(_ service: Service) -> Value? {
        func processors(_ count: Double) -> Value {
            let thousandths = Int((count * 1000).rounded())
            let fraction = String(String(1000 + thousandths % 1000).dropFirst())
            return .string("\(thousandths / 1000).\(fraction)")
        }
        let reserved = service.lifecycle.deployment?.reservations
        return .someFields([
            "limits": .someFields([
                "cpus": service.processorLimit.map(processors), "memory": service.memoryLimit.map { .string("\($0)") },
                "pids": service.processLimit.flatMap { $0 > 0 ? .integer($0) : nil },
            ]),
            "reservations": .someFields([
                "cpus": reserved.flatMap { $0.processors == 0 ? nil : processors($0.processors) },
                "memory": service.memoryReservation.map { .string("\($0)") },
            ]),
        ])
    }

    private func placement(_ placement: DeploymentPlacement?) -> Value? {
        guard let placement else { return nil }
        return .someFields([
            "constraints": .texts(placement.constraints),
            "preferences": .items(placement.spreads.map { .fields(["spread": .string($0)]) }),
            "max_replicas_per_node": placement.replicasPerNode == 0 ? nil : .integer(placement.replicasPerNode),
        ])
    }
}

/// What services say and Swarm's form does not have.
enum StackLosses {
    static func report(_ workload: Workload, _ report: inout LossReport) {
        let service = workload.service
        let limits = service.limits
        let keys: [(Bool, String, String)] = [
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
            (service.naming.domainname != nil, "domainname", "Swarm has no such setting"),
            (service.naming.macAddress != nil, "mac_address", "Swarm gives the addresses"),
            (!service.naming.links.isEmpty, "links", "every container knows the name of the link"),
            (!service.naming.externalLinks.isEmpty, "external_links", "Swarm has no links"),
            (limits.cgroupParent != nil, "cgroup_parent", "Swarm chooses the cgroups"),
            (limits.blockIO != nil, "blkio_config", "Swarm has no limits of block devices"),
            (limits.cpu.set != nil, "cpuset", "Swarm chooses the processors"),
            (limits.memory.swapLimit != nil, "memswap_limit", "Swarm has no limit of swap"),
            (limits.memory.scoreAdjustment != nil, "oom_score_adj", "Swarm has no such setting"),
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
        for (isWritten, name, reason) in keys where isWritten {
            report.loss(workload.key.key(name), reason, "see that the service does without it")
        }
        if service.lifecycle.deployment?.endpointMode == "dnsrr",
            service.ports.contains(where: { $0.details.mode == .ingress })
        {
            report.note(
                workload.key.key("ports"), "with `endpoint_mode: dnsrr` ports are published in the mode `host`",
                "reach them on the nodes where the service runs")
        }
        for port in service.ports {
            guard let address = port.details.hostAddressText, !["", "0.0.0.0", "::"].contains(address) else { continue }
            report.loss(
                workload.key.key("ports").item("\(port.target)"), "Swarm publishes ports on every address",
                "close the port \(port.target) by the nodes' packet filter")
        }
        for attachment in service.networks where attachment.ipv4Address != nil || attachment.ipv6Address != nil {
            report.loss(
                workload.key.key("networks", attachment.network.rawValue), "Swarm gives the addresses",
                "look the service up by its name")
        }
    }
}
