internal import Envfile
internal import Export
internal import OCI
internal import Workspaces

/// What a project has in a cluster, as a set that tools of Kubernetes understand: KEP-3659, "ApplySet". A parent object lists
/// the kinds of the set's members, and each member has the set's id as a label.
///
/// Claims are no members: they have data, and nothing but a user's `--volumes` removes them.
struct ApplySet: Sendable {
    /// The label of members.
    static let partOf = "applyset.kubernetes.io/part-of"
    private static let annotation = "applyset.kubernetes.io/"
    private static let tool = "trice"

    /// The name of the project in the cluster.
    let project: String
    /// The parent's namespace, which the id is made of.
    let namespace: String

    /// The parent is a ConfigMap. No other object of a project has a name with a dot.
    var parent: String { "\(project).trice" }

    /// The hash of the parent's name, namespace, kind and group, so that no other object can have the same id.
    var id: String {
        let hex = Array(Digester.digest(of: Array("\(parent).\(namespace).ConfigMap.".utf8)).hex)
        let bytes = stride(from: 0, to: hex.count - 1, by: 2).compactMap { UInt8(String(hex[$0...$0 + 1]), radix: 16) }
        let text = Base64.text(bytes).replacing("+", with: "-").replacing("/", with: "_").prefix { $0 != "=" }
        return "applyset-\(text)-v1"
    }

    /// What selects the members.
    var selector: String { "\(Self.partOf)=\(id)" }

    static func isMember(_ object: KubernetesObject) -> Bool { object.kind != "PersistentVolumeClaim" }

    /// Such as `Deployment.apps`, for an object of the core group its kind alone.
    static func groupKind(of object: KubernetesObject) -> String {
        let parts = object.apiVersion.split(separator: "/")
        return parts.count > 1 ? "\(object.kind).\(parts[0])" : object.kind
    }

    /// The parent object.
    ///
    /// - Parameter kinds: those that the set has, and during a deployment also those that it had.
    func document(kinds: Set<String>) -> String {
        let labels = [
            "applyset.kubernetes.io/id": id, "app.kubernetes.io/managed-by": "trice",
            "app.kubernetes.io/instance": project, "app.kubernetes.io/part-of": project,
        ]
        func table(_ texts: [String: String]) -> Value {
            .map(texts.sorted { $0.key < $1.key }.map { Value.Member($0.key, .string($0.value)) })
        }
        let annotations = [
            Self.annotation + "tooling": "\(Self.tool)/v1.0.0",
            Self.annotation + "contains-group-kinds": kinds.sorted().joined(separator: ","),
        ]
        let metadata = Value.map([
            Value.Member("name", .string(parent)), Value.Member("namespace", .string(namespace)),
            Value.Member("labels", table(labels)), Value.Member("annotations", table(annotations)),
        ])
        let object = Value.map([
            Value.Member("apiVersion", .string("v1")), Value.Member("kind", .string("ConfigMap")),
            Value.Member("metadata", metadata),
        ])
        return KubernetesExport.stream(of: [YAMLWriter.text(object, usesBlocks: true)])
    }

    /// The kinds of the set as the cluster knows it; none where there is no such set yet.
    ///
    /// - Throws: `EngineError` for a set that belongs to another tool.
    func kinds(_ kubectl: Kubectl) throws -> Set<String> {
        let keys = ["tooling", "contains-group-kinds"].map {
            "{.metadata.annotations.applyset\\.kubernetes\\.io/\($0)}"
        }
        let text = try kubectl.expect(
            "The cluster could not show the set of objects `\(parent)`",
            ["get", "configmap", parent, "--ignore-not-found", "--output", "jsonpath=\(keys.joined(separator: " "))"])
        let words = text.split(whereSeparator: \.isWhitespace)
        guard let tooling = words.first else { return [] }
        guard tooling.split(separator: "/").first.map(String.init) == Self.tool else {
            throw EngineError(
                .invalidProject,
                "The set of objects `\(parent)` in the cluster belongs to the tool `\(tooling)`. Deploy under another project "
                    + "name by --project-name, or remove the ConfigMap.")
        }
        return Set(words.dropFirst().flatMap { $0.split(separator: ",").map(String.init) })
    }
}
