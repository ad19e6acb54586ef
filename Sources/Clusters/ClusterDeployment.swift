internal import Envfile
package import Export
internal import Workspaces

/// What a deployment is asked for.
package struct DeployRequest: Sendable {
    /// The name of the project, which its objects have as a label.
    package var project: String
    /// The namespace of the objects; `nil` for that of kubectl's context.
    package var namespace: String?
    /// How long a wave may take.
    package var timeout: Duration

    package init(project: String, namespace: String?, timeout: Duration) {
        self.project = project
        self.namespace = namespace
        self.timeout = timeout
    }
}

/// Brings objects into a cluster through `kubectl`: looks at the differences, applies wave by wave, waits, and removes what
/// is gone from the files.
package struct ClusterDeployment: Sendable {
    /// What a deployment tells while it works.
    package typealias Report = @Sendable (String) -> Void

    let kubectl: Kubectl
    let objects: [KubernetesObject]
    let request: DeployRequest

    /// The manager of fields in server-side apply; Kubernetes, "Server-Side Apply".
    package static let fieldManager = "trice"

    package init(_ kubectl: Kubectl, _ objects: [KubernetesObject], _ request: DeployRequest) {
        self.kubectl = kubectl
        self.objects = objects
        self.request = request
    }

    /// The label that all objects of a project have.
    private var selector: String { ClusterNames.selector(ofProject: request.project) }
}

// MARK: - Looking

extension ClusterDeployment {
    /// What would change; nothing does.
    ///
    /// - Throws: `EngineError` where the cluster does not answer, or has a set of another tool.
    package func plan() throws -> DeployPlan {
        let set = ApplySet(project: request.project, namespace: try namespace())
        let contents = try ClusterContents(kubectl, set, objects, selector: selector)
        let objects = contents.prepared(objects, set)
        let output = try kubectl.run(
            ["diff", "--server-side", "--field-manager", Self.fieldManager, "--force-conflicts", "--filename", "-"],
            input: stream(objects))
        // 1 says that there are differences; more is a failure.
        guard output.exitCode <= 1 else {
            throw EngineError(
                .planFailed, "The cluster could not compare the objects with its own: \(Kubectl.reason(output)).")
        }
        let differences = ClusterDifference.parse(output.text)
        var rows = objects.map { object -> DeployPlan.Row in
            let key = "\(object.kind).\(object.name)"
            let lines = differences[key]
            let isNew = !contents.present.contains(key)
            return DeployPlan.Row(
                change: lines == nil ? .keep : isNew ? .create : .change, kind: object.kind, name: object.name,
                wave: object.wave, difference: isNew ? [] : lines ?? [])
        }
        let wanted = Set(objects.map { "\($0.kind).\($0.name)" })
        for key in contents.members.sorted() where !wanted.contains(key) {
            let parts = key.split(separator: ".", maxSplits: 1).map(String.init)
            rows.append(
                DeployPlan.Row(change: .remove, kind: parts[0], name: parts[1], wave: 0, difference: []))
        }
        return DeployPlan(rows: rows, objects: objects, formerKinds: contents.kinds, set: set)
    }

    /// The namespace of the objects: the user's choice, or that of kubectl's context.
    private func namespace() throws -> String {
        if let namespace = request.namespace { return namespace }
        let output = try kubectl.run(["config", "view", "--minify", "--output", "jsonpath={..namespace}"])
        let name = output.text.split(whereSeparator: \.isWhitespace).first.map(String.init)
        return name ?? "default"
    }

    /// - Throws: `EngineError` for a namespace that is not there.
    package static func check(namespace: String?, _ kubectl: Kubectl) throws {
        guard let namespace else { return }
        let output = try kubectl.run(["get", "namespace", namespace, "--output", "name"])
        if output.succeeded { return }
        guard output.errors.contains("NotFound") || output.errors.contains("not found") else {
            throw EngineError(.planFailed, "The cluster does not answer: \(Kubectl.reason(output)).")
        }
        throw EngineError(
            .invalidProject,
            "The cluster has no namespace `\(namespace)`. Make it by `kubectl create namespace \(namespace)`.")
    }
}

// MARK: - Acting

extension ClusterDeployment {
    /// Applies the objects wave by wave; each wave begins when the one before is ready.
    ///
    /// - Throws: `EngineError` with the last lines of the pods that are not ready.
    package func apply(_ plan: DeployPlan, _ report: Report) throws {
        let objects = plan.objects
        let kinds = Set(objects.filter(ApplySet.isMember).map(ApplySet.groupKind))
        // The set has the kinds of what goes and of what comes, so that a deployment that is broken off loses nothing.
        try record(plan.set, kinds.union(plan.formerKinds))
        for wave in Set(objects.map(\.wave)).sorted() {
            let part = objects.filter { $0.wave == wave }
            report("wave \(wave): apply \(part.count) \(part.count == 1 ? "object" : "objects")")
            try apply("The objects of wave \(wave) could not be applied", stream(part))
            for object in part where object.isAwaited { try wait(for: object, report) }
        }
        try prune(plan, report)
        if !plan.formerKinds.isSubset(of: kinds) { try record(plan.set, kinds) }
    }

    private func record(_ set: ApplySet, _ kinds: Set<String>) throws {
        try apply("The set of objects `\(set.parent)` could not be written", set.document(kinds: kinds))
    }

    private func apply(_ failure: String, _ documents: String) throws {
        try kubectl.expect(
            failure,
            ["apply", "--server-side", "--field-manager", Self.fieldManager, "--force-conflicts", "--filename", "-"],
            input: documents)
    }

    private func wait(for object: KubernetesObject, _ report: Report) throws {
        let name = "\(object.kind.lowercased())/\(object.name)"
        report("wait for \(name)")
        let seconds = max(1, request.timeout.components.seconds)
        let output: Kubectl.Output
        if object.kind == "Job" {
            output = try waitForJob(name, seconds)
        } else {
            output = try kubectl.run(["rollout", "status", name, "--timeout", "\(seconds)s"])
        }
        if output.succeeded { return }
        throw EngineError(
            .dependencyFailed,
            "\(object.kind) `\(object.name)` did not become \(object.kind == "Job" ? "complete" : "ready"): "
                + "\(Kubectl.reason(output)).\(try lastLines(of: object))")
    }

    /// A Job that has failed never becomes complete: both ends are asked for in turns.
    private func waitForJob(_ name: String, _ seconds: Int64) throws -> Kubectl.Output {
        var left = seconds
        while true {
            let step = min(5, left)
            let output = try kubectl.run(["wait", name, "--for", "condition=complete", "--timeout", "\(step)s"])
            if output.succeeded { return output }
            let failed = try kubectl.run([
                "get", name, "--output", "jsonpath={.status.conditions[?(@.type==\"Failed\")].message}",
            ])
            if !failed.text.isEmpty { return Kubectl.Output(exitCode: 1, text: "", errors: failed.text) }
            left -= step
            if left <= 0 || !output.errors.contains("timed out") { return output }
        }
    }

    /// The state and the last lines of the pods of an object, for a message.
    private func lastLines(of object: KubernetesObject) throws -> String {
        guard let label = object.workloadLabel else { return "" }
        let selector = "app.kubernetes.io/name=\(label),app.kubernetes.io/instance=\(request.project)"
        let pods = try kubectl.run(["get", "pods", "--selector", selector, "--no-headers"])
        let logs = try kubectl.run([
            "logs", "--selector", selector, "--all-containers", "--tail", "10", "--prefix", "--ignore-errors",
        ])
        let text = [pods.text, logs.text].filter { !$0.isEmpty }.joined()
        return text.isEmpty
            ? "" : "\n" + text.split(whereSeparator: \.isNewline).map { "  \($0)" }.joined(separator: "\n")
    }

    /// Removes what an earlier deployment made and the files do not have any more; claims stay.
    private func prune(_ plan: DeployPlan, _ report: Report) throws {
        let gone = plan.rows.filter { $0.change == .remove }
        guard !gone.isEmpty else { return }
        report("remove \(gone.count) \(gone.count == 1 ? "object" : "objects") that the files do not have")
        try kubectl.expect(
            "What the files do not have any more could not be removed",
            ["delete", "--ignore-not-found"] + gone.map { "\($0.kind.lowercased())/\($0.name)" })
    }

    /// Removes everything of the project; claims only with `includesVolumes`.
    package func remove(includesVolumes: Bool, _ report: Report) throws {
        try Self.check(namespace: request.namespace, kubectl)
        let set = ApplySet(project: request.project, namespace: try namespace())
        let contents = try ClusterContents(kubectl, set, [], selector: selector)
        guard !contents.present.isEmpty || !contents.kinds.isEmpty else {
            return report("nothing of `\(request.project)` is in the cluster")
        }
        report("remove what the cluster has of `\(request.project)`")
        if !contents.kinds.isEmpty {
            try delete(contents.kinds.sorted(), set.selector)
        }
        let kinds = ClusterContents.commonKinds.filter { includesVolumes || $0 != "persistentvolumeclaims" }
        // The set itself is a ConfigMap with the labels of the project, and so the last to go.
        try delete(kinds, selector)
        if !includesVolumes, contents.present.contains(where: { $0.hasPrefix("PersistentVolumeClaim.") }) {
            report("claims with their data are kept; `trice deploy --down --volumes` removes them")
        }
    }

    private func delete(_ kinds: [String], _ selector: String) throws {
        try kubectl.expect(
            "The objects could not be removed",
            ["delete", kinds.joined(separator: ","), "--selector", selector, "--ignore-not-found"])
    }

    private func stream(_ objects: [KubernetesObject]) -> String {
        KubernetesExport.stream(of: objects.map(\.text))
    }
}
