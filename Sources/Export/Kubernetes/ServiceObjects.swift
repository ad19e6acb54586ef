internal import Envfile
internal import Vocabulary

/// The names by which workloads find each other.
extension KubernetesWriter {
    /// The ports of a container, as the pod lists them.
    func containerPorts(_ workload: Workload) -> [Value] {
        let portNames = portNames(workload.ports)
        return zip(workload.ports, portNames).map { port, name in
            .fields([
                "name": .string(name), "containerPort": .integer(Int(port.number)),
                "protocol": .string(port.transport.rawValue.uppercased()),
            ])
        }
    }

    /// One Service by the workload's own name, on the ports that the container has; without ports it has the addresses of
    /// the pods. Jobs get none: nothing is there to be found when they have ended.
    func services(of workload: Workload) -> [KubernetesObject] {
        guard workload.kind == .service else { return [] }
        let label = names.workload(workload.name)
        return [
            service(
                label, for: workload, ports: workload.ports, selector: selector(of: workload), wave: workload.wave)
        ]
    }

    private func service(
        _ name: String, for workload: Workload, ports: [WorkloadPort], selector: [String: String], wave: Int
    ) -> KubernetesObject {
        let label = names.workload(workload.name)
        let portNames = portNames(ports)
        let list = zip(ports, portNames).map { port, name in
            Value.fields([
                "name": .string(name), "port": .integer(Int(port.number)),
                // Two containers of a pod may have a name for one port.
                "targetPort": workload.pod == nil ? .string(name) : .integer(Int(port.number)),
                "protocol": .string(port.transport.rawValue.uppercased()), "appProtocol": .text(port.appProtocol),
            ])
        }
        var object = frame.object(
            "v1", "Service", name, file: label, label: label, wave: wave,
            [
                "spec": .fields([
                    "clusterIP": ports.isEmpty ? .string("None") : nil, "selector": .table(selector),
                    "ports": .items(list),
                ])
            ])
        object.workload = workload.name
        return object
    }

    /// The names of ports, none twice: those given where they can be, else protocol and number.
    func portNames(_ ports: [WorkloadPort]) -> [String] {
        var taken: Set<String> = []
        return ports.map { port in
            let plain = "\(port.transport.rawValue)-\(port.number)"
            guard let name = port.name, Self.isPortName(name), taken.insert(name).inserted else {
                taken.insert(plain)
                return plain
            }
            return name
        }
    }

    /// RFC 6335, section 5.1: at most 15 lower-case letters, digits and `-`, with a letter among them.
    private static func isPortName(_ name: String) -> Bool {
        name.utf8.count <= 15 && DNSLabel.make(name) == name && !name.contains("--")
            // This form is that of the names made here.
            && !["tcp-", "udp-", "sctp-"].contains { name.hasPrefix($0) }
    }

    /// One Service for each further name; a name that several workloads have leads to all of them.
    mutating func aliasServices() -> [KubernetesObject] {
        var owners: [String: [Workload]] = [:]
        for workload in application.workloads where workload.kind == .service {
            for alias in workload.aliases { owners[alias, default: []].append(workload) }
        }
        let taken = Dictionary(
            application.workloads.map { (names.workload($0.name), $0.name) }, uniquingKeysWith: { first, _ in first })
        var objects: [KubernetesObject] = []
        for (alias, workloads) in owners.sorted(by: { $0.key < $1.key }) {
            guard let first = workloads.first else { continue }
            let key = first.key.key("networks")
            guard DNSLabel.make(alias) == alias else {
                report.loss(
                    key,
                    "the alias `\(alias)` is no name of a Service: it has more than lower-case letters, digits and `-`",
                    "use a name such as `\(DNSLabel.make(alias))`")
                continue
            }
            if let other = taken[alias] {
                if workloads.map(\.name) != [other] {
                    report.loss(
                        key, "the alias `\(alias)` is the name of the service `\(other)`",
                        "give the alias another name")
                }
                continue
            }
            guard workloads.count == 1 else {
                report.loss(
                    key,
                    "the alias `\(alias)` leads to `\(first.name)` alone, and not to "
                        + workloads.dropFirst().map { "`\($0.name)`" }.joined(separator: ", "),
                    "give each service an alias of its own")
                objects.append(aliasService(alias, first))
                continue
            }
            objects.append(aliasService(alias, first))
        }
        return objects
    }

    private func aliasService(_ alias: String, _ workload: Workload) -> KubernetesObject {
        service(
            alias, for: workload, ports: workload.ports, selector: selector(of: workload),
            wave: workload.wave)
    }
}
