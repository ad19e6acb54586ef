internal import Envfile
internal import Vocabulary

/// What `podman kube play` reads: podman-kube-play(1). It knows pods, claims, ConfigMaps and Secrets, starts the pods in the
/// order of the file and waits for none of them. A pod is found by its name, so that each has the name of its service.
extension KubernetesWriter {
    /// Every object, in the order in which podman is to start them.
    mutating func podmanObjects() -> [KubernetesObject] {
        var objects = fileObjects() + secretObjects() + claims()
        for workload in application.workloads.sorted(by: { ($0.wave, $0.name) < ($1.wave, $1.name) }) {
            if let reason = Self.reasonWithoutPod(workload) {
                report.loss(
                    workload.key, reason, "start it by `trice run` on this host, or export for a cluster or as quadlet")
                continue
            }
            KubernetesLosses.report(workload, options.target, &report)
            PodmanLosses.report(workload, application, &report)
            if workload.pod == nil { objects.append(pod(workload)) }
        }
        reportNames(objects.filter { $0.kind == "Pod" }.map(\.name))
        for network in application.networks where separatesNetworks {
            report.loss(
                ConfigurationKey("networks", network.name.rawValue), "podman plays all pods in one network",
                "use `trice export quadlet`, which has networks")
        }
        return objects
    }

    /// A pod is found by its own name, so that no prefix can keep the projects of a host apart.
    private mutating func reportNames(_ pods: [String]) {
        guard !pods.isEmpty else { return }
        report.note(
            ConfigurationKey("name"),
            "the names of pods belong to the whole host: " + pods.map { "`\($0)`" }.joined(separator: ", "),
            "do not play two projects at the same time that have a service of one name, or use `trice export quadlet`")
    }

    private static func reasonWithoutPod(_ workload: Workload) -> String? {
        switch workload.kind {
        case .service where workload.replicas == 0: "a pod of podman starts when it is played"
        case .service, .task: nil
        case .manual, .scheduled: "podman plays no jobs"
        }
    }

    private mutating func pod(_ workload: Workload) -> KubernetesObject {
        let label = names.workload(workload.name)
        let restart =
            switch workload.service.lifecycle.restart {
            case .always, .unlessStopped: "Always"
            case .onFailure: "OnFailure"
            case .no, .unknown: "Never"
            case nil: Self.restart(by: workload.service.lifecycle.deployment?.restartPolicy?.condition)
            }
        var object = frame.object(
            "v1", "Pod", label, file: label, label: label, wave: workload.wave,
            annotations: annotations(of: workload), ["spec": spec(of: workload, restart: restart)])
        object.workload = workload.name
        return object
    }

    private static func restart(by condition: String?) -> String {
        switch condition {
        case "any": "Always"
        case "on-failure": "OnFailure"
        default: "Never"
        }
    }

    /// The ports of a container with those of this host that lead to them.
    func hostPorts(_ workload: Workload) -> [Value] {
        let names = portNames(workload.ports)
        return zip(workload.ports, names).flatMap { port, name -> [Value] in
            let plain: KeyValuePairs<String, Value?> = [
                "name": .string(name), "containerPort": .integer(Int(port.number)),
                "protocol": .string(port.transport.rawValue.uppercased()),
            ]
            let published = workload.service.ports.filter {
                $0.target.rawValue == port.number && $0.transportProtocol == port.transport && $0.published != nil
            }
            if published.isEmpty { return [.fields(plain)] }
            return published.enumerated().map { index, mapping in
                .fields([
                    "name": .string(index == 0 ? name : "\(name.prefix(12))-\(index + 1)"),
                    "containerPort": .integer(Int(port.number)),
                    "hostPort": .count(mapping.published.map { Int($0.lowerBound.rawValue) }),
                    "hostIP": .text(Self.address(of: mapping)),
                    "protocol": .string(port.transport.rawValue.uppercased()),
                ])
            }
        }
    }

    private static func address(of mapping: PortMapping) -> String? {
        switch mapping.hostAddress {
        case .any: nil
        case .loopback: "127.0.0.1"
        case .address(let address): "\(address)"
        }
    }
}

/// What services say and pods of podman do not have.
enum PodmanLosses {
    static func report(_ workload: Workload, _ application: Application, _ report: inout LossReport) {
        let service = workload.service
        let keys: [(Bool, String, String, String)] = [
            (
                workload.replicas > 1, service.lifecycle.scale == nil ? "deploy" : "scale",
                "podman plays one pod of each service", "export for a cluster"
            ),
            (
                workload.health != nil, "healthcheck", "podman asks a pod nothing before it is ready",
                "use `trice export quadlet`, which has health checks"
            ),
            (
                service.tools.readiness != nil, "wait", "podman waits for no pod",
                "let those that need the service try again"
            ),
            (
                !service.lifecycle.postStart.isEmpty, "post_start", "podman runs no commands in a pod",
                "let the program do it"
            ),
            (
                !service.lifecycle.preStop.isEmpty, "pre_stop", "podman runs no commands in a pod",
                "let the program do it"
            ),
            (
                service.namespaces.network == .disabled, "network_mode", "podman plays every pod in a network",
                "use `trice export quadlet`"
            ),
        ]
        for (isWritten, name, reason, remedy) in keys where isWritten {
            report.loss(workload.key.key(name), reason, remedy)
        }
        for alias in workload.aliases {
            report.loss(
                workload.key, "the name `\(alias)` leads to no pod: a pod has its own name only",
                "look it up as `\(workload.name)`, or use `trice export quadlet`")
        }
        for dependency in service.dependencies where dependency.condition != .started {
            report.loss(
                workload.key.key("depends_on", dependency.service.rawValue),
                "podman starts `\(workload.name)` after `\(dependency.service)` and does not wait for it",
                "let the program try again, or use `trice export quadlet`")
        }
        for port in service.ports where port.published == nil {
            report.loss(
                workload.key.key("ports").item("\(port.target)"), "podman chooses no free port of this host",
                "write the port of the host")
        }
        for mount in workload.mounts {
            switch mount.source {
            case .file, .secret:
                report.note(
                    workload.key,
                    "`\(mount.target)` is one file of a volume (`subPath`), which podman 4.3 does not have",
                    "use podman 5")
            default: continue
            }
        }
    }
}
