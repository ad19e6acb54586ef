internal import Envfile
internal import Vocabulary

/// Which workloads share a pod: a service that uses a namespace of another service is a container in the pod of that one.
///
/// Pods run on any node, and containers share a network, processes or memory in one pod only.
struct PodGroups {
    /// The service that a pod is named after, by the name of each service that joins it.
    private let owners: [String: String]

    /// - Parameter services: those that run until they are stopped; what runs to its end has a pod of its own, which ends
    ///   with it.
    init(_ services: [Service]) {
        let services = Dictionary(services.map { ($0.name.rawValue, $0) }, uniquingKeysWith: { first, _ in first })
        owners = services.compactMapValues { Self.owner(of: $0, among: services) }
    }

    /// The end of the chain of services that begins here; `nil` for a service that joins none, or that leads to itself.
    private static func owner(of service: Service, among services: [String: Service]) -> String? {
        var seen: Set<String> = [service.name.rawValue]
        var current = service
        while let name = modes(of: current).lazy.compactMap({ other(in: $0.mode) }).first(where: { services[$0] != nil }
        ),
            let next = services[name]
        {
            guard seen.insert(name).inserted else { return nil }
            current = next
        }
        return current.name == service.name ? nil : current.name.rawValue
    }

    private static func modes(of service: Service) -> [(key: String, mode: NamespaceMode?)] {
        let namespaces = service.namespaces
        return [("network_mode", namespaces.network), ("pid", namespaces.pid), ("ipc", namespaces.ipc)]
    }

    private static func other(in mode: NamespaceMode?) -> String? {
        if case .service(let name) = mode { name.rawValue } else { nil }
    }

    /// The service that the pod of a service is named after.
    func pod(of name: String) -> String { owners[name] ?? name }

    /// The keys of a service that its pod fulfils.
    func sharedKeys(of service: Service) -> Set<String> {
        guard let pod = owners[service.name.rawValue] else { return [] }
        return Set(
            Self.modes(of: service).filter { Self.other(in: $0.mode).map { self.pod(of: $0) == pod } == true }.map(
                \.key))
    }
}

extension ApplicationAssembly {
    /// Puts services into the pods of others, and reports what a container of a pod cannot have for itself.
    mutating func joinPods(_ workloads: inout [Workload]) {
        let groups = PodGroups(workloads.filter { $0.kind == .service }.map(\.service))
        let replicas = Dictionary(
            workloads.map { ($0.name, $0.replicas) }, uniquingKeysWith: { first, _ in first })
        for index in workloads.indices where workloads[index].kind == .service {
            let workload = workloads[index]
            let pod = groups.pod(of: workload.name)
            for dependency in workload.service.dependencies
            where dependency.condition != .started && dependency.service.rawValue != workload.name
                && groups.pod(of: dependency.service.rawValue) == pod
            {
                report.loss(
                    workload.key.key("depends_on", dependency.service.rawValue),
                    "`\(workload.name)` and `\(dependency.service)` are containers of one pod, which start at the same time",
                    "let the program try again until the other is ready")
            }
            guard pod != workload.name else { continue }
            workloads[index].pod = pod
            workloads[index].sharedKeys = groups.sharedKeys(of: workload.service)
            if let count = replicas[pod], count != workload.replicas {
                report.loss(
                    workload.key, "it is a container in each of the \(count) pods of `\(pod)`",
                    "give both the same number of containers")
            }
        }
    }
}
