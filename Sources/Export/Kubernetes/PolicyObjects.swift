internal import Envfile
internal import Vocabulary

/// What keeps workloads of different networks from each other.
extension KubernetesWriter {
    /// The networks of a workload's pods; none where one network has all of them.
    func networkLabels(of workload: Workload) -> [String] {
        guard separatesNetworks else { return [] }
        return workload.service.networks.map { names.network($0.network.rawValue) }.sorted()
    }

    mutating func policies() -> [KubernetesObject] {
        var objects: [KubernetesObject] = []
        if separatesNetworks {
            objects += application.networks.map(policy)
            objects += application.workloads.compactMap { openPorts(of: $0) }
            objects += application.workloads.compactMap { isInside($0) ? outbound($0) : nil }
        }
        objects += application.workloads.filter { $0.service.namespaces.network == .disabled }.map(closed)
        return objects
    }

    private func selector(ofNetwork label: String) -> Value {
        .fields(["matchLabels": .table([Self.networkPrefix + label: "true", ObjectFrame.instance: frame.project])])
    }

    /// Pods of one network reach each other; a pod of two networks is reached from both.
    private func policy(_ network: Envfile.Network) -> KubernetesObject {
        let label = names.network(network.name.rawValue)
        let pods = selector(ofNetwork: label)
        return frame.object(
            "networking.k8s.io/v1", "NetworkPolicy", DNSLabel.make("network-\(label)"), file: "networks", label: label,
            [
                "spec": .fields([
                    "podSelector": pods, "policyTypes": .texts(["Ingress"]),
                    "ingress": .list([.fields(["from": .list([.fields(["podSelector": pods])])])]),
                ])
            ])
    }

    /// Published ports are open to all.
    private func openPorts(of workload: Workload) -> KubernetesObject? {
        guard options.exposure != .none, !workload.service.networks.isEmpty, workload.kind == .service else {
            return nil
        }
        var seen: Set<String> = []
        let ports = workload.service.ports.compactMap { port -> Value? in
            guard seen.insert("\(port.target)/\(port.transportProtocol)").inserted else { return nil }
            return .fields([
                "protocol": .string(port.transportProtocol.rawValue.uppercased()),
                "port": .integer(Int(port.target.rawValue)),
            ])
        }
        guard !ports.isEmpty else { return nil }
        let label = names.workload(workload.name)
        return frame.object(
            "networking.k8s.io/v1", "NetworkPolicy", DNSLabel.make("public-\(label)"), file: "networks", label: label,
            [
                "spec": .fields([
                    "podSelector": .fields(["matchLabels": .table(selector(of: workload))]),
                    "policyTypes": .texts(["Ingress"]), "ingress": .list([.fields(["ports": .list(ports)])]),
                ])
            ])
    }

    /// Whether all networks of a workload are internal.
    private func isInside(_ workload: Workload) -> Bool {
        let own = Set(workload.service.networks.map(\.network))
        return !own.isEmpty && application.networks.filter { own.contains($0.name) }.allSatisfy(\.isInternal)
    }

    /// A workload of internal networks alone reaches its networks and the names of the cluster, and nothing else.
    private func outbound(_ workload: Workload) -> KubernetesObject {
        let label = names.workload(workload.name)
        let others = networkLabels(of: workload).map { Value.fields(["podSelector": selector(ofNetwork: $0)]) }
        let names = ["UDP", "TCP"].map { Value.fields(["protocol": .string($0), "port": .integer(53)]) }
        return frame.object(
            "networking.k8s.io/v1", "NetworkPolicy", DNSLabel.make("internal-\(label)"), file: "networks", label: label,
            [
                "spec": .fields([
                    "podSelector": .fields(["matchLabels": .table(selector(of: workload))]),
                    "policyTypes": .texts(["Egress"]),
                    "egress": .list([
                        .fields(["to": .list(others)]),
                        // To any address: a node may answer for the name server of the cluster.
                        .fields(["ports": .list(names)]),
                    ]),
                ])
            ])
    }

    /// `network_mode: none`.
    private func closed(_ workload: Workload) -> KubernetesObject {
        let label = names.workload(workload.name)
        return frame.object(
            "networking.k8s.io/v1", "NetworkPolicy", DNSLabel.make("none-\(label)"), file: "networks", label: label,
            [
                "spec": .fields([
                    "podSelector": .fields(["matchLabels": .table(selector(of: workload))]),
                    "policyTypes": .texts(["Ingress", "Egress"]),
                ])
            ])
    }
}
