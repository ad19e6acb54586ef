internal import Export

/// What a cluster has of a project before a deployment.
struct ClusterContents: Sendable {
    /// All objects with the labels of the project, as `KIND.NAME`.
    var present: Set<String> = []
    /// The members of the project's set, as `KIND.NAME`.
    var members: Set<String> = []
    /// The kinds that the set had.
    var kinds: Set<String> = []
    /// The Jobs that a user has let run: their names.
    var resumed: Set<String> = []

    /// The kinds that a project may have, for looking at those that are gone from the files.
    static let commonKinds = [
        "deployments.apps", "statefulsets.apps", "jobs.batch", "cronjobs.batch", "services", "configmaps", "secrets",
        "networkpolicies.networking.k8s.io", "ingresses.networking.k8s.io", "persistentvolumeclaims",
    ]

    private static let list = "jsonpath={range .items[*]}{.kind}.{.metadata.name}{\"\\n\"}{end}"

    /// - Throws: `EngineError` where the cluster does not answer.
    init(_ kubectl: Kubectl, _ set: ApplySet, _ objects: [KubernetesObject], selector: String) throws {
        kinds = try set.kinds(kubectl)
        present = try Self.names(kubectl, set.project, Self.commonKinds, selector)
        present.remove("ConfigMap.\(set.parent)")
        if !kinds.isEmpty { members = try Self.names(kubectl, set.project, kinds.sorted(), set.selector) }
        present.formUnion(members)
        if objects.contains(where: \.isSuspendedJob) {
            let text = try kubectl.expect(
                "The cluster could not list the jobs of `\(set.project)`",
                [
                    "get", "jobs.batch", "--selector", selector, "--ignore-not-found", "--output",
                    "jsonpath={range .items[*]}{.metadata.name}={.spec.suspend}{\"\\n\"}{end}",
                ])
            for line in text.split(whereSeparator: \.isNewline) where !line.hasSuffix("=true") {
                resumed.insert(String(line.prefix { $0 != "=" }))
            }
        }
    }

    private static func names(
        _ kubectl: Kubectl, _ project: String, _ kinds: [String], _ selector: String
    ) throws -> Set<String> {
        let text = try kubectl.expect(
            "The cluster could not list what it has of `\(project)`",
            [
                "get", kinds.joined(separator: ","), "--selector", selector, "--ignore-not-found", "--output", list,
            ])
        return Set(text.split(whereSeparator: \.isNewline).map(String.init))
    }

    /// The objects as they are to be applied: members of the set, and a Job that the user has let run stays so.
    func prepared(_ objects: [KubernetesObject], _ set: ApplySet) -> [KubernetesObject] {
        objects.map { object in
            var object = object
            if ApplySet.isMember(object) { object.add(label: ApplySet.partOf, set.id) }
            if object.isSuspendedJob, resumed.contains(object.name) { object.resume() }
            return object
        }
    }
}
