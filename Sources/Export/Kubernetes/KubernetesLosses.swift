internal import Envfile
internal import OCI
internal import Vocabulary

/// What services say and pods do not have: one report for each key that is written.
enum KubernetesLosses {
    static func report(_ workload: Workload, _ target: ExportOptions.Target, _ report: inout LossReport) {
        process(workload, &report)
        limits(workload, &report)
        security(workload, &report)
        namespaces(workload, &report)
        if target == .cluster { lifecycle(workload, &report) }
        for key in Self.unknown(workload.service) {
            report.loss(
                workload.key.key(key.name), key.reason, key.remedy)
        }
        for step in workload.steps { limits(step, &report) }
    }

    private struct Unknown {
        var name: String
        var reason: String
        var remedy: String
    }

    /// Keys that have no effect in any pod.
    private static func unknown(_ service: Service) -> [Unknown] {
        var keys: [Unknown] = []
        func add(_ isWritten: Bool, _ name: String, _ reason: String, _ remedy: String) {
            if isWritten { keys.append(Unknown(name: name, reason: reason, remedy: remedy)) }
        }
        add(
            service.lifecycle.logging != nil, "logging", "the cluster keeps the output of pods in its own way",
            "look for the settings of the cluster's logs")
        add(
            !service.naming.externalLinks.isEmpty, "external_links", "no container is outside of the cluster",
            "make a Service of the type ExternalName")
        add(
            service.naming.domainname != nil, "domainname", "pods have the domain of the cluster",
            "let nothing depend on it")
        add(service.naming.macAddress != nil, "mac_address", "pods have addresses of the cluster", "leave it out")
        add(
            !service.storage.models.isEmpty, "models", "language models belong to another engine",
            "run the model as a service")
        add(
            !service.storage.driverOptions.isEmpty, "storage_opt", "it is for the storage of another engine",
            "limit the space by `deploy`, in the overlay")
        add(
            service.security.usesAPISocket, "use_api_socket", "there is no socket of an engine in a pod",
            "use the interface of the cluster")
        add(
            service.lifecycle.provider != nil, "provider", "a program of this host provides the service",
            "make a Service of the type ExternalName")
        return keys
    }

    private static func process(_ workload: Workload, _ report: inout LossReport) {
        let service = workload.service
        if let signal = service.stopSignal, !isImageSignal(signal, workload) {
            report.loss(
                workload.key.key("stop_signal"), "Kubernetes sends the signal that the image names",
                "write STOPSIGNAL \(signal) into the Dockerfile")
        }
        if !service.tools.provisioners.isEmpty, !workload.isBaked {
            report.loss(
                workload.key.key("provision"), "steps run on this machine only",
                "make an image of their result by `trice bake`, and push it by `trice push --baked`")
        }
        let implied = Self.impliedDependencies(of: service)
        for dependency in service.dependencies where dependency.restarts && !implied.contains(dependency.service) {
            report.loss(
                workload.key.key("depends_on", dependency.service.rawValue),
                "`\(workload.name)` is not started again when `\(dependency.service)` is replaced",
                "let the program connect anew, or use `kubectl rollout restart`")
        }
        report.reportInterfaces(of: workload, "pods have one interface of the cluster")
        for attachment in service.networks where attachment.hasAddresses {
            report.loss(
                workload.key.key("networks", attachment.network.rawValue), "pods have addresses of the cluster",
                "look the service up by its name")
        }
    }

    /// What a service depends on without a word of `depends_on`.
    private static func impliedDependencies(of service: Service) -> Set<ServiceName> {
        let namespaces = service.namespaces
        let shared = [namespaces.network, namespaces.pid, namespaces.ipc].compactMap { mode in
            if case .service(let name)? = mode { name } else { nil }
        }
        let links = service.naming.links.map { ServiceName(unchecked: String($0.prefix { $0 != ":" })) }
        return Set(shared + links).union(service.storage.inheritedMounts.keys)
    }

    private static func isImageSignal(_ signal: String, _ workload: Workload) -> Bool {
        guard let configuration = workload.image.configuration else { return false }
        return Signal(parsing: signal) == Signal(parsing: configuration.stopSignal ?? "SIGTERM")
    }

    private static func limits(_ workload: Workload, _ report: inout LossReport) {
        let limits = workload.service.limits
        let kubelet = "limit it on the nodes"
        let keys: [(Bool, String, String)] = [
            (!limits.ulimits.isEmpty, "ulimits", "pods have the resource limits of their node"),
            (
                workload.service.processLimit.map { $0 > 0 } == true, "pids_limit",
                "the nodes limit the processes of pods"
            ),
            (limits.cgroupParent != nil, "cgroup_parent", "the nodes choose the cgroups of pods"),
            (limits.blockIO != nil, "blkio_config", "pods have no limits of block devices"),
            (limits.cpu.shares != nil, "cpu_shares", "a pod's weight follows from its request of processors"),
            (limits.cpu.set != nil, "cpuset", "the nodes choose the processors of pods"),
            (limits.cpu.realtimePeriod != nil, "cpu_rt_period", "pods have no real-time scheduling"),
            (limits.cpu.realtimeRuntime != nil, "cpu_rt_runtime", "pods have no real-time scheduling"),
            (limits.memory.swapLimit != nil, "memswap_limit", "the nodes decide about swap"),
            (limits.memory.swappiness != nil, "mem_swappiness", "the nodes decide about swap"),
            (limits.memory.isNeverKilled, "oom_kill_disable", "a pod that needs more memory than its limit is killed"),
            (limits.memory.scoreAdjustment != nil, "oom_score_adj", "the nodes decide which pod is killed first"),
        ]
        for (isWritten, name, reason) in keys where isWritten {
            report.loss(workload.key.key(name), reason, kubelet)
        }
    }

    private static func security(_ workload: Workload, _ report: inout LossReport) {
        let service = workload.service
        for option in service.security.options {
            switch option {
            case .seccomp(.file):
                report.loss(
                    workload.key.key("security_opt"), "a profile of seccomp has to be on the nodes",
                    "put it there, and name it in the overlay")
            case .systemPathsShown, .label(.filetype, _):
                report.loss(
                    workload.key.key("security_opt"), "pods have no such setting", "see whether the program needs it")
            case .noNewPrivileges(true) where service.security.isPrivileged:
                report.loss(
                    workload.key.key("security_opt"), "a privileged container may always gain privileges",
                    "leave one of the two out")
            default: continue
            }
        }
        if !service.security.devices.isEmpty || !service.security.deviceRules.isEmpty {
            report.loss(
                workload.key.key(service.security.devices.isEmpty ? "device_cgroup_rules" : "devices"),
                "pods get devices from a plugin of the node", "ask for the plugin's resource in the overlay")
        }
        for request in service.deviceRequests where request.selection == .all || request.selection == .unspecified {
            report.loss(
                workload.key.key(service.security.gpus.isEmpty ? "deploy" : "gpus"),
                "a pod asks for a number of GPUs: one",
                "write the number")
        }
        for name in service.namespaces.sysctls.keys.sorted() where !safeParameters.contains(name) {
            report.note(
                workload.key.key("sysctls", name), "the nodes have to allow the parameter `\(name)`",
                "name it in `--allowed-unsafe-sysctls` of the kubelet")
        }
    }

    /// What every node allows; kubernetes.io, "Using sysctls in a Kubernetes Cluster".
    private static let safeParameters: Set<String> = [
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
    ]

    private static func namespaces(_ workload: Workload, _ report: inout LossReport) {
        let namespaces = workload.service.namespaces
        let modes = [
            ("network_mode", namespaces.network), ("ipc", namespaces.ipc), ("pid", namespaces.pid),
            ("uts", namespaces.uts), ("userns_mode", namespaces.user), ("cgroup", namespaces.cgroup),
        ]
        for (name, mode) in modes {
            guard let mode else { continue }
            switch mode {
            case .service where workload.sharedKeys.contains(name): continue
            case .service, .container:
                report.loss(
                    workload.key.key(name), "two workloads share no namespace",
                    "let them talk over the network")
            case .host where ["uts", "userns_mode", "cgroup"].contains(name):
                report.loss(
                    workload.key.key(name), "pods have a namespace of their own", "see that the program accepts it")
            case .host where name == "network_mode":
                report.note(
                    workload.key.key(name), "the pod uses the network of whichever node it is on",
                    "see that the ports are free there")
            default: continue
            }
        }
    }

    private static func lifecycle(_ workload: Workload, _ report: inout LossReport) {
        let lifecycle = workload.service.lifecycle
        if workload.kind == .service {
            switch lifecycle.restart {
            case .no, .onFailure:
                report.loss(
                    workload.key.key("restart"), "the containers of a Deployment are always started again",
                    "make it a job under `jobs`, or write `restart: always`")
            case .always, .unlessStopped, .unknown, nil: break
            }
            if let condition = lifecycle.deployment?.restartPolicy?.condition, condition != "any",
                lifecycle.restart == nil
            {
                report.loss(
                    workload.key.key("deploy", "restart_policy"),
                    "the containers of a Deployment are always started again", "make it a job under `jobs`")
            }
            if !workload.service.tools.startsAutomatically {
                report.note(
                    workload.key.key("autostart"), "the service has no pods at first",
                    "start it by `kubectl scale --replicas 1`")
            }
        }
        if let deployment = lifecycle.deployment { self.deployment(deployment, workload, &report) }
    }

    /// What of `deploy` a Deployment does not have.
    private static func deployment(_ deployment: Deployment, _ workload: Workload, _ report: inout LossReport) {
        if let policy = deployment.restartPolicy, workload.kind == .service,
            policy.delay != nil || policy.attempts != nil || policy.window != nil
        {
            report.loss(
                workload.key.key("deploy", "restart_policy"),
                "pods are started again without end, after delays of the cluster", "let the program expect that")
        }
        if deployment.endpointMode == "dnsrr" {
            report.loss(
                workload.key.key("deploy", "endpoint_mode"), "a Service with ports has an address of its own",
                "write `clusterIP: None` in the overlay")
        }
        if !deployment.labels.isEmpty {
            report.loss(
                workload.key.key("deploy", "labels"), "they are labels of a service of Swarm",
                "write them under `labels`, or as annotations in the overlay")
        }
        if let mode = deployment.mode, mode != "replicated", mode != "replicated-job" {
            report.loss(
                workload.key.key("deploy", "mode"), "a Deployment has a number of pods, and not one for each node",
                "write a DaemonSet by hand")
        }
        if !deployment.placement.spreads.isEmpty || deployment.placement.replicasPerNode > 0 {
            report.loss(
                workload.key.key("deploy", "placement"), "the cluster spreads pods in its own way",
                "write `topologySpreadConstraints` in the overlay")
        }
        if deployment.rollback != nil {
            report.loss(
                workload.key.key("deploy", "rollback_config"), "a rollback is an update like others",
                "use `kubectl rollout undo`")
        }
        if deployment.reservations?.genericResources.isEmpty == false {
            report.loss(
                workload.key.key("deploy", "resources", "reservations", "generic_resources"),
                "generic resources are those of Swarm", "ask for a resource of the cluster in the overlay")
        }
    }
}
