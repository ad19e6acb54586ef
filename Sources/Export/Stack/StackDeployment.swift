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
            "placement": placement(deployment?.placement, workload.service.platform.platform),
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
                "generic_resources": .items(
                    (reserved?.genericResources ?? []).map {
                        .fields([
                            "discrete_resource_spec": .fields([
                                "kind": .string($0.kind), "value": .integer($0.value),
                            ])
                        ])
                    }),
            ]),
        ])
    }

    /// The form 3.8 has no `platform`: nodes of another kind are kept out by constraints.
    private func placement(_ placement: DeploymentPlacement?, _ platform: String?) -> Value? {
        var constraints = placement?.constraints ?? []
        let parts = (platform ?? "").lowercased().split(separator: "/").map(String.init)
        if parts.count > 1 {
            // Swarm's nodes say what uname(2) does.
            let machine = ["amd64": "x86_64", "arm64": "aarch64"][parts[1]] ?? parts[1]
            constraints += ["node.platform.os == \(parts[0])", "node.platform.arch == \(machine)"]
        }
        let most = placement?.replicasPerNode ?? 0
        return .someFields([
            "constraints": .texts(constraints),
            "preferences": .items((placement?.spreads ?? []).map { .fields(["spread": .string($0)]) }),
            "max_replicas_per_node": most == 0 ? nil : .integer(most),
        ])
    }
}
