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
        if security.isPrivileged { unit.set("PodmanArgs", "--privileged") }
        for (flag, mode) in [
            ("pid", service.namespaces.pid), ("ipc", service.namespaces.ipc), ("uts", service.namespaces.uts),
        ] {
            if mode == .host { unit.set("PodmanArgs", "--\(flag)=host") }
        }
        unit.set("Sysctl", service.namespaces.sysctls.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
        unit.set(
            "Ulimit",
            service.limits.ulimits.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.soft):\($0.value.hard)" })
        unit.set("PidsLimit", service.processLimit.map { "\($0)" })
        if let memory = service.memoryLimit { unit.set("PodmanArgs", "--memory=\(memory)") }
        if let memory = service.memoryReservation { unit.set("PodmanArgs", "--memory-reservation=\(memory)") }
        if let processors = service.processorLimit { unit.set("PodmanArgs", "--cpus=\(processors)") }
        unit.set("Label", service.labels.sorted { $0.key < $1.key }.map { UnitText.word("\($0.key)=\($0.value)") })
        unit.set(
            "Annotation", service.annotations.sorted { $0.key < $1.key }.map { UnitText.word("\($0.key)=\($0.value)") })
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
        if workload.service.tools.startsAutomatically {
            unit.section("Install")
            unit.set("WantedBy", "default.target")
        }
    }
}

/// What services say and a unit does not have.
enum QuadletLosses {
    static func report(_ workload: Workload, _ report: inout LossReport) {
        let service = workload.service
        let keys: [(Bool, String, String, String)] = [
            (
                workload.replicas > 1, service.lifecycle.scale == nil ? "deploy" : "scale",
                "a unit has one container", "write a template unit by hand"
            ),
            (
                service.tools.readiness != nil, "wait", "podman waits for health checks only",
                "write a `healthcheck` that asks the same"
            ),
            (
                !service.tools.provisioners.isEmpty && !workload.isBaked, "provision",
                "podman runs no steps inside of a container", "make an image of their result by `trice bake`"
            ),
            (
                !service.lifecycle.postStart.isEmpty, "post_start", "a unit runs no commands in its container",
                "let the program do it"
            ),
            (
                !service.lifecycle.preStop.isEmpty, "pre_stop", "a unit runs no commands in its container",
                "let the program do it"
            ),
            (
                service.naming.macAddress != nil, "mac_address", "the first network gives the address",
                "see that the service does without it"
            ),
            (
                service.limits.blockIO != nil, "blkio_config", "the unit has no limits of block devices",
                "set `IOWeight` in a drop-in of the unit"
            ),
            (
                !service.deviceRequests.isEmpty, "gpus", "podman gives GPUs by the Container Device Interface",
                "write `AddDevice=nvidia.com/gpu=all` into a drop-in of the unit"
            ),
            (
                service.platform.runtime != nil, "runtime", "podman chooses the runtime",
                "set it in containers.conf"
            ),
        ]
        for (isWritten, name, reason, remedy) in keys where isWritten {
            report.loss(workload.key.key(name), reason, remedy)
        }
    }
}
