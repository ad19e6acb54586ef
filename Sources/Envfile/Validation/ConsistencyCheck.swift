/// Checks that the attributes of each service are consistent.
struct ConsistencyCheck {
    let context: DecodingContext

    private var report: DiagnosticCollector { context.report }

    func check(_ services: [ServiceDraft]) {
        checkContainerNames(services)
        for service in services {
            checkImage(service)
            checkNetworkMode(service)
            checkPlatforms(service)
            checkDeployment(service)
        }
    }

    private func error(_ message: String, _ key: String, of service: ServiceDraft, hint: String? = nil) {
        let mark = service.cursor.node[key]?.mark ?? service.mark
        report.error(message, at: mark, path: .key(service.path, key), hint: hint)
    }

    private func checkImage(_ service: ServiceDraft) {
        let isBuilt = service.service.build != nil
        let hasOrigin = isBuilt || service.image != nil || service.service.lifecycle.provider != nil
        let isReported = ["image", "build", "provider"].contains { service.cursor.node[$0] != nil }
        guard !hasOrigin, !isReported else { return }
        report.error(
            "\(service.path) has no `image`", at: service.mark, path: service.path,
            hint: "add one, such as `image: bootstrap:busybox`")
    }

    private func checkContainerNames(_ services: [ServiceDraft]) {
        var owners: [String: String] = [:]
        for service in services {
            guard let name = service.service.naming.containerName else { continue }
            if let owner = owners.updateValue(service.name, forKey: name) {
                error(
                    "the container name `\(name)` is taken by the service `\(owner)`", "container_name", of: service)
            }
            let lifecycle = service.service.lifecycle
            let count = lifecycle.scale ?? lifecycle.deployment?.replicas ?? 1
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
        guard let platforms = service.service.build?.platforms, !platforms.isEmpty,
            let platform = service.service.platform.platform, !platforms.contains(platform)
        else { return }
        error(
            "\(service.path) is built for other platforms than its own, `\(platform)`", "platform", of: service,
            hint: "add it to `build.platforms`")
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
