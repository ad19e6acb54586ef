internal import Envfile

/// On which nodes pods run.
extension KubernetesWriter {
    /// The labels that a node has to have.
    mutating func nodes(of workload: Workload) -> [String: String] {
        var labels: [String: String] = [:]
        if let platform = workload.service.platform.platform {
            let parts = platform.lowercased().split(separator: "/").map(String.init)
            if let system = parts.first, parts.count > 1 {
                labels["kubernetes.io/os"] = system
                labels["kubernetes.io/arch"] = Self.architecture(parts[1])
            }
        }
        let placement = workload.service.lifecycle.deployment?.placement ?? DeploymentPlacement()
        for constraint in placement.constraints {
            if let (name, value) = Self.label(constraint) {
                labels[name] = value
            } else {
                report.loss(
                    workload.key.key("deploy", "placement", "constraints"),
                    "`\(constraint)` has no label of a node that Kubernetes knows",
                    "write `node.labels.NAME == VALUE`")
            }
        }
        return labels
    }

    private static func architecture(_ name: String) -> String {
        ["x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64"][name] ?? name
    }

    /// A constraint of Swarm as a label; `nil` for what no label says, such as `!=`.
    private static func label(_ constraint: String) -> (name: String, value: String)? {
        let text = constraint.filter { $0 != " " }
        guard let range = text.firstRange(of: "==") else { return nil }
        let (name, value) = (String(text[..<range.lowerBound]), String(text[range.upperBound...]))
        if value.isEmpty || value.contains("=") { return nil }
        switch name {
        case "node.hostname": return ("kubernetes.io/hostname", value)
        case "node.platform.os": return ("kubernetes.io/os", value.lowercased())
        case "node.platform.arch": return ("kubernetes.io/arch", architecture(value.lowercased()))
        default:
            let prefix = "node.labels."
            return name.hasPrefix(prefix) ? (String(name.dropFirst(prefix.count)), value) : nil
        }
    }
}
