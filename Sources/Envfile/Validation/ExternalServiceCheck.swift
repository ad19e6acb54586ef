internal import Vocabulary

/// Checks services that are those of other environments: that they say nothing of containers, and that no other service
/// needs more of them than that they run.
struct ExternalServiceCheck {
    let report: DiagnosticCollector

    /// The keys that such a service may have.
    private static let keys: Set<String> = ["external", "networks", "profiles"]

    func check(_ services: [ServiceDraft], jobs: [ServiceDraft]) {
        let externals = Set(services.filter { $0.service.tools.external != nil }.map(\.name))
        guard !externals.isEmpty else { return }
        for service in services where externals.contains(service.name) { checkKeys(of: service) }
        for service in services + jobs where !externals.contains(service.name) {
            for workload in [service] + service.preStart { checkSharing(of: workload, externals) }
            for dependency in service.dependencies where externals.contains(dependency.value.service) {
                check(dependency, of: service)
            }
        }
    }

    private func checkKeys(of service: ServiceDraft) {
        let own = service.cursor.entries ?? []
        let extras = own.first { $0.key.name == "x-trice" }?.value.entries ?? []
        // `config` shows some keys without a value.
        let written = (own + extras).filter { !$0.value.node.isNull }
        for entry in written where !Self.keys.contains(entry.key.name) && !entry.key.name.hasPrefix("x-") {
            entry.keyError(
                "\(service.path) is a service of another environment, and `\(entry.key.name)` has no meaning for it",
                hint: "remove it; where another file has it, write `\(entry.key.name): !reset null`")
        }
    }

    /// Containers of another environment share neither volumes nor namespaces.
    private func checkSharing(of service: ServiceDraft, _ externals: Set<ServiceName>) {
        let namespaces = service.service.namespaces
        let modes = [
            ("network_mode", namespaces.network), ("ipc", namespaces.ipc), ("pid", namespaces.pid),
            ("uts", namespaces.uts), ("cgroup", namespaces.cgroup),
        ]
        for case (let key, .service(let name)?) in modes where externals.contains(name) {
            refuse(key, name, of: service)
        }
        for text in service.service.storage.volumesFrom {
            let name = VolumeOrigin(text).service
            if externals.contains(name) { refuse("volumes_from", name, of: service) }
        }
    }

    private func refuse(_ key: String, _ name: ServiceName, of service: ServiceDraft) {
        report.error(
            "\(service.path) cannot share with `\(name)`, a service of another environment",
            at: service.cursor.node[key]?.mark ?? service.mark, path: .key(service.path, key),
            hint: "remove `\(key)`; `\(name)` is reached by its name")
    }

    private func check(_ dependency: Located<Dependency>, of service: ServiceDraft) {
        let name = dependency.value.service
        if dependency.value.condition == .completedSuccessfully {
            report.error(
                "\(service.path) waits for the end of `\(name)`, a service of another environment",
                at: dependency.mark, path: dependency.path, hint: "wait for `service_healthy` or `service_started`")
        }
    }
}
