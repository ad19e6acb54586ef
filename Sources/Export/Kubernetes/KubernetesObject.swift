package import Envfile
internal import Vocabulary

/// One object of a cluster.
package struct KubernetesObject: Sendable {
    /// Such as `apps/v1`.
    package var apiVersion: String
    /// Such as `Deployment`.
    package var kind: String
    /// A DNS label of at most 63 characters.
    package var name: String
    /// The file of the base that has it, without a suffix.
    package var file: String
    /// When it is applied: after what has a lower number is ready.
    package var wave: Int
    /// The whole document.
    package var value: Value
    /// The service or job that it is for.
    package var workload: String?
    /// Whether a deployment waits for it: until it is ready, or complete.
    package var isAwaited = false
    /// The label `app.kubernetes.io/name` of its pods.
    package var workloadLabel: String?
    /// Whether it has a secret in it.
    package var isSecret = false

    /// The document as YAML.
    package var text: String { YAMLWriter.text(value, usesBlocks: true) }

    /// Whether it is a Job that does not run before a user lets it.
    package var isSuspendedJob: Bool { kind == "Job" && value["spec"]?["suspend"] == .bool(true) }

    /// Adds a label to the object, and not to its pods.
    package mutating func add(label: String, _ text: String) {
        value = value.setting(["metadata", "labels", label], to: .string(text))
    }

    /// Lets a Job run.
    package mutating func resume() {
        value = value.setting(["spec", "suspend"], to: .bool(false))
    }
}

/// How a project and its services are found in a cluster.
package enum ClusterNames {
    /// The name of a service or job.
    package static func label(of name: String) -> String { DNSLabel.make(name, limit: DNSLabel.workloadLimit) }

    /// The service in whose pod another is a container: the service itself, unless it uses a namespace of another.
    package static func pod(of service: String, in environment: Environment) -> String {
        let awaited = environment.awaitedServices
        return PodGroups(environment.services.filter { !awaited.contains($0.name.rawValue) }).pod(of: service)
    }

    /// The name of a project.
    package static func label(ofProject name: String) -> String { DNSLabel.make(name) }

    /// What selects everything that a project has.
    package static func selector(ofProject name: String) -> String {
        "app.kubernetes.io/managed-by=trice,\(ObjectFrame.instance)=\(label(ofProject: name))"
    }
}

/// The names and labels that all objects of one project have.
struct ObjectFrame {
    let project: String
    let namespace: String?

    static let name = "app.kubernetes.io/name"
    static let instance = "app.kubernetes.io/instance"

    /// What selects the containers of a workload; it may never change, so it is as small as it can be.
    func selector(_ label: String) -> [String: String] {
        [Self.name: label, Self.instance: project]
    }

    func labels(_ label: String) -> [String: String] {
        selector(label).merging(
            ["app.kubernetes.io/part-of": project, "app.kubernetes.io/managed-by": "trice"]
        ) { first, _ in first }
    }

    /// - Parameters:
    ///   - members: what follows `metadata`.
    ///   - label: the value of the label `app.kubernetes.io/name`.
    func object(
        _ apiVersion: String, _ kind: String, _ name: String, file: String, label: String, wave: Int = 0,
        annotations: [String: String] = [:], _ members: KeyValuePairs<String, Value?>
    ) -> KubernetesObject {
        var annotations = annotations
        if wave != 0 { annotations["argocd.argoproj.io/sync-wave"] = "\(wave)" }
        let metadata = Value.fields([
            "name": .string(name), "namespace": .text(namespace), "labels": .table(labels(label)),
            "annotations": .table(annotations),
        ])
        var fields = [
            Value.Member("apiVersion", .string(apiVersion)), Value.Member("kind", .string(kind)),
            Value.Member("metadata", metadata),
        ]
        for (key, value) in members {
            if let value { fields.append(Value.Member(key, value)) }
        }
        return KubernetesObject(
            apiVersion: apiVersion, kind: kind, name: name, file: file, wave: wave, value: .map(fields))
    }
}
