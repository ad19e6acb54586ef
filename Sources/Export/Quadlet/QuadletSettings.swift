internal import Envfile
internal import Vocabulary

/// Limits, permissions, checks and restarts of a container as keys of its unit.
extension QuadletWriter {
    func settings(_ workload: Workload, _ unit: inout UnitText) {
        let service = workload.service
        let security = service.security
        unit.set("AddCapability", security.addedCapabilities)
        unit.set("DropCapability", security.droppedCapabilities)
        unit.set("ReadOnly", service.isReadOnly)
        unit.set("AddDevice", security.devices.map { "\($0.source):\($0.target):\($0.permissions)" })
        for option in security.options {
            switch option {
            case .noNewPrivileges(let isSet): unit.set("NoNewPrivileges", isSet)
            case .seccomp(.unconfined): unit.set("SeccompProfile", "unconfined")
            case .seccomp(.file(let path)): unit.set("SeccompProfile", path)
            case .labelDisabled: unit.set("SecurityLabelDisable", true)
            case .label(let part, let text):
                unit.set("SecurityLabel\(part.rawValue.prefix(1).uppercased())\(part.rawValue.dropFirst())", text)
            case .systemPathsShown: unit.set("Unmask", "ALL")
            case .appArmor(let profile): unit.set("PodmanArgs", "--security-opt=apparmor=\(profile)")
            case .seccomp(.standard): continue
            }
        }
        Self.logs(service, &unit)
        if security.isPrivileged { unit.set("PodmanArgs", "--privileged") }
        for (flag, mode) in [
            ("pid", service.namespaces.pid), ("ipc", service.namespaces.ipc), ("uts", service.namespaces.uts),
        ] {
            switch mode {
            case .host: unit.set("PodmanArgs", "--\(flag)=host")
            case .service(let other):
                unit.set("PodmanArgs", UnitText.word("--\(flag)=container:\(self.unit(other.rawValue))"))
            case .shareable: unit.set("PodmanArgs", "--\(flag)=shareable")
            default: continue
            }
        }
        unit.set("Sysctl", service.namespaces.sysctls.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
        unit.set(
            "Ulimit",
            service.limits.ulimits.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.soft):\($0.value.hard)" })
        unit.set("PidsLimit", service.processLimit.map { "\($0)" })
        if let memory = service.memoryLimit { unit.set("PodmanArgs", "--memory=\(memory)") }
        if let memory = service.memoryReservation { unit.set("PodmanArgs", "--memory-reservation=\(memory)") }
        if let processors = service.processorLimit { unit.set("PodmanArgs", "--cpus=\(processors)") }
        unit.set("PodmanArgs", Self.flags(of: service))
        unit.set("Label", service.labels.sorted { $0.key < $1.key }.map { UnitText.word("\($0.key)=\($0.value)") })
        unit.set(
            "Annotation", service.annotations.sorted { $0.key < $1.key }.map { UnitText.word("\($0.key)=\($0.value)") })
    }

    /// What has no key of a unit and is a flag of podman-run(1).
    private static func flags(of service: Service) -> [String] {
        let cpu = service.limits.cpu
        let memory = service.limits.memory
        let values: [(String, String?)] = [
            ("cpu-shares", cpu.shares.map { "\($0)" }), ("cpu-period", cpu.period.map { "\($0)" }),
            ("cpu-quota", cpu.quota.map { "\($0)" }), ("cpu-rt-period", cpu.realtimePeriod.map { "\($0)" }),
            ("cpu-rt-runtime", cpu.realtimeRuntime.map { "\($0)" }), ("cpuset-cpus", cpu.set),
            ("memory-swap", memory.swapLimit.map { "\($0)" }),
            ("memory-swappiness", memory.swappiness.map { "\($0)" }),
            ("oom-kill-disable", memory.isNeverKilled ? "true" : nil),
            ("oom-score-adj", memory.scoreAdjustment.map { "\($0)" }), ("cgroup-parent", service.limits.cgroupParent),
            ("platform", service.platform.platform), ("pull", pull(service.lifecycle.pullPolicy)),
            ("userns", service.namespaces.user == .host ? "host" : nil),
            ("cgroupns", service.namespaces.cgroup == .host ? "host" : nil),
        ]
        let rules = service.security.deviceRules.map { ("device-cgroup-rule", Optional($0)) }
        return (values + rules).compactMap { name, value in value.map { UnitText.word("--\(name)=\($0)") } }
    }

    private static func pull(_ policy: PullPolicy?) -> String? {
        switch policy {
        case .always: "always"
        case .never: "never"
        case .missing: "missing"
        case .refresh, .daily, .weekly, .every: "newer"
        case .build, nil: nil
        }
    }

    private static func logs(_ service: Service, _ unit: inout UnitText) {
        guard let logging = service.lifecycle.logging else { return }
        // Docker's files are podman's; other drivers have the same names.
        unit.set("LogDriver", logging.driver.map { $0 == "json-file" || $0 == "local" ? "k8s-file" : $0 })
        let known = ["max-size", "tag", "path"]
        unit.set(
            "PodmanArgs",
            logging.options.sorted { $0.key < $1.key }.filter { known.contains($0.key) }
                .map { UnitText.word("--log-opt=\($0.key)=\($0.value)") })
    }

    func health(_ workload: Workload, _ unit: inout UnitText) {
        guard let check = workload.health, let test = check.test else { return }
        switch test {
        case .off: return
        case .command(let words):
            let list = words.map { "\"" + $0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\"" }
            unit.set(
                "HealthCmd", "[\(list.joined(separator: ","))]".replacing("%", with: "%%").replacing("$", with: "$$"))
        case .shell(let words):
            unit.set("HealthCmd", words.joined(separator: " ").replacing("%", with: "%%").replacing("$", with: "$$"))
        }
        unit.set("HealthInterval", check.interval?.composeText)
        unit.set("HealthTimeout", check.timeout?.composeText)
        unit.set("HealthRetries", check.retries.map { "\($0)" })
        unit.set("HealthStartPeriod", check.startPeriod?.composeText)
        if workload.service.tools.restartsWhenUnhealthy { unit.set("HealthOnFailure", "kill") }
        // Those that wait start when the check has succeeded.
        if awaitedHealthy.contains(workload.name) { unit.set("Notify", "healthy") }
    }

    func service(_ workload: Workload, isStep: Bool, _ unit: inout UnitText) {
        unit.section("Service")
        // A start may have to pull the image.
        unit.set("TimeoutStartSec", "900")
        guard workload.kind == .service, !isStep else {
            unit.set("Type", "oneshot")
            if workload.kind == .task || isStep { unit.set("RemainAfterExit", "yes") }
            return
        }
        switch workload.service.lifecycle.restart {
        case .always, .unlessStopped: unit.set("Restart", "always")
        case .onFailure: unit.set("Restart", "on-failure")
        case .no, .unknown: unit.set("Restart", "no")
        case nil:
            let condition = workload.service.lifecycle.deployment?.restartPolicy.map { $0.condition ?? "any" }
            unit.set("Restart", ["any": "always", "on-failure": "on-failure"][condition ?? ""] ?? "no")
        }
        if let delay = workload.service.lifecycle.deployment?.restartPolicy?.delay {
            unit.set("RestartSec", "\(KubernetesWriter.seconds(delay, atLeast: 0))")
        }
        if workload.service.tools.startsAutomatically {
            unit.section("Install")
            unit.set("WantedBy", "default.target")
        }
    }
}
