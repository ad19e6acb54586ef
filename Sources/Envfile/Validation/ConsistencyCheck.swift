internal import Vocabulary

/// Checks that the attributes of each service are consistent.
struct ConsistencyCheck {
    let context: DecodingContext

    private var report: DiagnosticCollector { context.report }

    func check(_ services: [ServiceDraft], jobs: [ServiceDraft] = []) {
        checkContainerNames(services)
        checkNames(services, jobs)
        for workload in services.flatMap(\.preStart) + jobs {
            checkImage(workload)
            checkNetworkMode(workload)
            checkPlatforms(workload)
            LimitCheck(context: context).check(workload)
        }
        for service in services {
            checkImage(service)
            checkNetworkMode(service)
            checkPlatforms(service)
            checkDeployment(service)
            LimitCheck(context: context).check(service)
            checkReplicas(service)
            checkHealth(service)
        }
    }

    private func error(_ message: String, _ key: String, of service: ServiceDraft, hint: String? = nil) {
        let mark = service.cursor.node[key]?.mark ?? service.mark
        report.error(message, at: mark, path: .key(service.path, key), hint: hint)
    }

    private func checkImage(_ service: ServiceDraft) {
        if service.service.tools.external != nil { return }
        let isBuilt = service.service.build != nil
        let hasOrigin = isBuilt || service.image != nil || service.service.lifecycle.provider != nil
        let isReported = ["image", "build", "provider"].contains { service.cursor.node[$0] != nil }
        // The step of a service that is built has its image.
        guard !hasOrigin, !isReported, !isStep(service) else { return }
        report.error(
            "\(service.path) has no `image`", at: service.mark, path: service.path,
            hint: "add one, such as `image: bootstrap:busybox`")
    }

    private func isStep(_ workload: ServiceDraft) -> Bool { "\(workload.path)".contains(".pre_start[") }

    /// A service cannot have the name of a job or of a step of another service, which are containers beside it.
    private func checkNames(_ services: [ServiceDraft], _ jobs: [ServiceDraft]) {
        var owners: [ServiceName: String] = [:]
        for job in jobs { owners[job.name] = "the job `\(job.name)`" }
        for service in services {
            for number in 1..<(service.preStart.count + 1) {
                owners[service.service.stepName(number)] = "step \(number) of `pre_start` of `\(service.name)`"
            }
        }
        for service in services {
            guard let owner = owners[service.name] else { continue }
            report.error(
                "\(service.path) has the name of \(owner)", at: service.mark, path: service.path,
                hint: "give one of them another name")
        }
    }

    private func checkContainerNames(_ services: [ServiceDraft]) {
        var owners: [String: ServiceName] = [:]
        for service in services {
            guard let name = service.service.naming.containerName else { continue }
            if let owner = owners.updateValue(service.name, forKey: name) {
                error(
                    "the container name `\(name)` is taken by the service `\(owner)`", "container_name", of: service)
            }
            let lifecycle = service.service.lifecycle
            let count = lifecycle.containerCount
            if count > 1 {
                let key = lifecycle.scale == nil ? "deploy.replicas" : "scale"
                error(
                    "\(service.path) has \(count) containers, which cannot all be named `\(name)`", "container_name",
                    of: service, hint: "remove `container_name` or `\(key)`")
            }
        }
    }

    private func checkNetworkMode(_ service: ServiceDraft) {
        guard let mode = service.service.namespaces.network, service.networks?.isEmpty == false else { return }
        error(
            "\(service.path) cannot join networks with `network_mode: \(mode.text)`", "networks", of: service,
            hint: "remove `networks` or `network_mode`")
    }

    private func checkPlatforms(_ service: ServiceDraft) {
        if let platform = service.service.platform.platform, !ServicePlatform.isOfHost(platform) {
            let report = context.dialect == .compose ? context.unsupported : context.report
            report.error(
                "\(service.path) is for `\(platform)`, and this host runs programs of "
                    + "`\(ServicePlatform.nameOfHost)` only",
                at: service.cursor.node["platform"]?.mark ?? service.mark, path: .key(service.path, "platform"),
                hint: "leave `platform` out where the image has one for this host")
        }
        guard let platforms = service.service.build?.platforms, !platforms.isEmpty,
            let platform = service.service.platform.platform, !platforms.contains(platform)
        else { return }
        error(
            "\(service.path) is built for other platforms than its own, `\(platform)`", "platform", of: service,
            hint: "add it to `build.platforms`")
    }

    /// Compose accepts it and fails when it starts the second container.
    private func checkReplicas(_ service: ServiceDraft) {
        let count = service.service.lifecycle.containerCount
        let problem = Replicas.problem(count, containerName: nil, ports: service.ports.map(\.value))
        guard let problem else { return }
        let mark = service.cursor.node[problem.key]?.mark ?? service.mark
        (context.dialect == .compose ? context.unsupported : report).error(
            "\(service.path) has \(count) containers, and \(problem.reason)", at: mark,
            path: .key(service.path, problem.key), hint: problem.remedy)
    }

    private func checkHealth(_ service: ServiceDraft) {
        guard service.service.tools.readiness != nil, let check = service.service.lifecycle.healthCheck,
            !check.isDisabled, check.test != .off
        else { return }
        error(
            "\(service.path) has both `healthcheck` and `wait`", "wait", of: service,
            hint: "keep the one that says when the service is ready")
    }

    /// A value in both a service and its `deploy` must be the same.
    private func checkDeployment(_ service: ServiceDraft) {
        let limits = service.service.limits
        guard let deployment = service.service.lifecycle.deployment else { return }
        func compare<Number: Equatable>(_ own: Number?, _ other: Number?, _ key: String, _ place: String) {
            guard let own, let other, own != other else { return }
            error(
                "\(service.path) says `\(key)` and `deploy.\(place)`, and not the same", key, of: service,
                hint: "leave one of them out")
        }
        compare(service.service.lifecycle.scale, deployment.replicas, "scale", "replicas")
        compare(limits.cpu.cpus, deployment.limits?.processors, "cpus", "resources.limits.cpus")
        compare(limits.pids, deployment.limits?.processes, "pids_limit", "resources.limits.pids")
        compare(
            limits.memory.limit, deployment.limits.map { Int(clamping: $0.memory ?? 0) }, "mem_limit",
            "resources.limits.memory")
        compare(
            limits.memory.reservation, deployment.reservations.map { Int(clamping: $0.memory ?? 0) },
            "mem_reservation", "resources.reservations.memory")
    }
}
