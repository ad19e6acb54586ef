internal import Envfile
internal import Vocabulary

/// The ways from outside of the cluster to published ports.
extension KubernetesWriter {
    /// A published port of a workload.
    struct Published {
        var port: PortMapping
        var workload: Workload
    }

    /// What an API server hands out unless it is told otherwise.
    private static let nodePorts: ClosedRange<UInt16> = 30000...32767

    mutating func exposures() -> [KubernetesObject] {
        var published: [Published] = []
        for workload in application.workloads where workload.kind == .service {
            for port in workload.service.ports where !isRefused(port, workload) {
                published.append(Published(port: port, workload: workload))
            }
        }
        switch options.exposure {
        case .none:
            for entry in published {
                report.note(
                    key(of: entry), "the port \(entry.port.target) is open inside of the cluster only",
                    "choose a way by --expose nodeport, loadbalancer, ingress or gateway, or use `trice port-forward`")
            }
            return []
        case .nodeport:
            for entry in published {
                let outside = entry.port.published?.lowerBound.rawValue
                let nodePorts = Self.nodePorts
                if let outside, nodePorts.contains(outside) { continue }
                report.note(
                    key(of: entry),
                    "the cluster chooses the port of its nodes"
                        + (outside.map { ": \($0) is not between \(nodePorts.lowerBound) and \(nodePorts.upperBound)" }
                            ?? ""),
                    "see it by `kubectl get services`, or publish a port of that range")
            }
            return publicServices(published, type: "NodePort")
        case .loadbalancer: return publicServices(published, type: "LoadBalancer")
        case .ingress: return routes(published) { writer, host, entry in writer.ingress(host, entry) }
        case .gateway: return routes(published) { writer, host, entry in writer.route(host, entry) }
        }
    }

    private func key(of entry: Published) -> ConfigurationKey {
        entry.workload.key.key("ports").item("\(entry.port.target)")
    }

    /// A port that the file opens to this host alone is not opened to others.
    private mutating func isRefused(_ port: PortMapping, _ workload: Workload) -> Bool {
        guard options.exposure != .none, let address = port.details.hostAddressText,
            !["", "0.0.0.0", "::", "[::]"].contains(address)
        else { return false }
        guard address.hasPrefix("127.") || address == "::1" || address == "[::1]" || address == "localhost" else {
            report.loss(
                workload.key.key("ports").item("\(port.target)"),
                "the cluster chooses the addresses of the port \(port.target), and not \(address)",
                "limit who may reach it by the cluster's own means")
            return false
        }
        report.loss(
            workload.key.key("ports").item("\(port.target)"),
            "the port \(port.target) is published on \(address) only, so that nothing outside gets it",
            "leave the address out, or use `trice port-forward`")
        return true
    }

    /// One Service of its own for each workload, beside the one that the others use.
    private func publicServices(_ published: [Published], type: String) -> [KubernetesObject] {
        let ports = Dictionary(grouping: published, by: \.workload.name)
        return application.workloads.compactMap { workload in
            guard let own = ports[workload.name]?.map(\.port) else { return nil }
            var taken: Set<String> = []
            let ports = own.compactMap { port -> Value? in
                let outside = port.published?.lowerBound.rawValue ?? port.target.rawValue
                let name = "\(port.transportProtocol.rawValue)-\(outside)"
                guard taken.insert(name).inserted else { return nil }
                let isNodePort = type == "NodePort" && Self.nodePorts.contains(outside)
                return .fields([
                    "name": .string(name), "port": .integer(Int(outside)),
                    "targetPort": .integer(Int(port.target.rawValue)),
                    "nodePort": isNodePort ? .integer(Int(outside)) : nil,
                    "protocol": .string(port.transportProtocol.rawValue.uppercased()),
                ])
            }
            let label = names.workload(workload.name)
            var object = frame.object(
                "v1", "Service", DNSLabel.make("\(label)-public"), file: label, label: label, wave: workload.wave,
                [
                    "spec": .fields([
                        "type": .string(type), "selector": .table(selector(of: workload)), "ports": .list(ports),
                    ])
                ])
            object.workload = workload.name
            return object
        }
    }

    /// One route for each published port of TCP: the only one takes every host, several have one each below the domain.
    private mutating func routes(
        _ published: [Published], _ make: (KubernetesWriter, String?, Published) -> KubernetesObject
    ) -> [KubernetesObject] {
        var seen: Set<String> = []
        var entries: [Published] = []
        for entry in published {
            guard seen.insert("\(entry.workload.name) \(entry.port.target) \(entry.port.transportProtocol)").inserted
            else { continue }
            if entry.port.transportProtocol == .tcp {
                entries.append(entry)
            } else {
                report.loss(
                    key(of: entry), "a route of HTTP leads to no port of \(entry.port.transportProtocol)",
                    "use --expose loadbalancer for it")
            }
        }
        guard entries.count > 1, options.domain == nil else {
            return entries.map { make(self, host(of: $0, among: entries), $0) }
        }
        for entry in entries {
            report.problem(
                key(of: entry),
                "\(entries.count) ports are published, and one host name cannot lead to all of them",
                "give a domain by --domain, below which each of them has a host")
        }
        return []
    }

    private func host(of entry: Published, among entries: [Published]) -> String? {
        guard let domain = options.domain else { return nil }
        let label = names.workload(entry.workload.name)
        let isAlone = entries.filter { $0.workload.name == entry.workload.name }.count == 1
        return isAlone ? "\(label).\(domain)" : "\(label)-\(entry.port.target).\(domain)"
    }

    private func routeName(_ entry: Published) -> String {
        DNSLabel.make("\(names.workload(entry.workload.name))-\(entry.port.target)")
    }

    private func ingress(_ host: String?, _ entry: Published) -> KubernetesObject {
        let label = names.workload(entry.workload.name)
        let backend = Value.fields([
            "service": .fields([
                "name": .string(label), "port": .fields(["number": .integer(Int(entry.port.target.rawValue))]),
            ])
        ])
        let path = Value.fields(["path": .string("/"), "pathType": .string("Prefix"), "backend": backend])
        var object = frame.object(
            "networking.k8s.io/v1", "Ingress", routeName(entry), file: label, label: label, wave: entry.workload.wave,
            [
                "spec": .fields([
                    "rules": .list([
                        .fields(["host": .text(host), "http": .fields(["paths": .list([path])])])
                    ])
                ])
            ])
        object.workload = entry.workload.name
        return object
    }

    private func route(_ host: String?, _ entry: Published) -> KubernetesObject {
        let label = names.workload(entry.workload.name)
        let backend = Value.fields([
            "name": .string(label), "port": .integer(Int(entry.port.target.rawValue)),
        ])
        var object = frame.object(
            "gateway.networking.k8s.io/v1", "HTTPRoute", routeName(entry), file: label, label: label,
            wave: entry.workload.wave,
            [
                "spec": .fields([
                    "parentRefs": .list([.fields(["name": .string(options.gateway)])]),
                    "hostnames": .items(host.map { [.string($0)] } ?? []),
                    "rules": .list([.fields(["backendRefs": .list([backend])])]),
                ])
            ])
        object.workload = entry.workload.name
        return object
    }
}
