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

    /// The kinds that a project may have, for looking at those that are gone from the files.
    static let kinds =
        "deployments.apps,statefulsets.apps,jobs.batch,cronjobs.batch,services,configmaps,secrets,"
        + "networkpolicies.networking.k8s.io,ingresses.networking.k8s.io,persistentvolumeclaims"
}

// MARK: - Looking

extension ClusterDeployment {
    /// What would change; nothing does.
    ///
    /// - Throws: `EngineError` where the cluster does not answer, or has no such namespace.
    package func plan() throws -> DeployPlan {
        try checkNamespace()
        let output = try kubectl.run(
            ["diff", "--server-side", "--field-manager", Self.fieldManager, "--force-conflicts", "--filename", "-"],
            input: stream(objects))
        // 1 says that there are differences; more is a failure.
        guard output.exitCode <= 1 else {
            throw EngineError(
                .planFailed, "The cluster could not compare the objects with its own: \(Kubectl.reason(output)).")
        }
        let differences = ClusterDifference.parse(output.text)
        let present = try presentObjects()
        var rows = objects.map { object -> DeployPlan.Row in
            let key = "\(object.kind).\(object.name)"
            let lines = differences[key]
            let isNew = !present.contains(key)
            return DeployPlan.Row(
                change: lines == nil ? .keep : isNew ? .create : .change, kind: object.kind, name: object.name,
                wave: object.wave, difference: isNew ? [] : lines ?? [])
        }
        let wanted = Set(objects.map { "\($0.kind).\($0.name)" })
        for key in present.sorted() where !wanted.contains(key) {
            let parts = key.split(separator: ".", maxSplits: 1).map(String.init)
            // Claims have data; they go only when a user removes them.
            guard parts[0] != "PersistentVolumeClaim" else { continue }
            rows.append(
                DeployPlan.Row(change: .remove, kind: parts[0], name: parts[1], wave: 0, difference: []))
        }
        return DeployPlan(rows: rows)
    }

    /// - Throws: `EngineError` for a namespace that is not there.
    private func checkNamespace() throws {
        guard let namespace = request.namespace else { return }
        let output = try kubectl.run(["get", "namespace", namespace, "--output", "name"])
        if output.succeeded { return }
        guard output.errors.contains("NotFound") || output.errors.contains("not found") else {
            throw EngineError(.planFailed, "The cluster does not answer: \(Kubectl.reason(output)).")
        }
        throw EngineError(
            .invalidProject,
            "The cluster has no namespace `\(namespace)`. Make it by `kubectl create namespace \(namespace)`.")
    }

    /// What the cluster has of the project, as `KIND.NAME`.
    private func presentObjects() throws -> Set<String> {
        let text = try kubectl.expect(
            "The cluster could not list what it has of `\(request.project)`",
            [
                "get", Self.kinds, "--selector", selector, "--ignore-not-found", "--output",
                "jsonpath={range .items[*]}{.kind}.{.metadata.name}{\"\\n\"}{end}",
            ])
        return Set(text.split(whereSeparator: \.isNewline).map(String.init))
    }
}

// MARK: - Acting

extension ClusterDeployment {
    /// Applies the objects wave by wave; each wave begins when the one before is ready.
    ///
    /// - Throws: `EngineError` with the last lines of the pods that are not ready.
    package func apply(_ plan: DeployPlan, _ report: Report) throws {
        for wave in Set(objects.map(\.wave)).sorted() {
            let part = objects.filter { $0.wave == wave }
            report("wave \(wave): apply \(part.count) \(part.count == 1 ? "object" : "objects")")
            try kubectl.expect(
                "The objects of wave \(wave) could not be applied",
                [
                    "apply", "--server-side", "--field-manager", Self.fieldManager, "--force-conflicts", "--filename",
                    "-",
                ], input: stream(part))
            for object in part where object.isAwaited { try wait(for: object, report) }
        }
        try prune(plan, report)
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
        try checkNamespace()
        let all = Self.kinds.split(separator: ",").map(String.init)
        let kinds = includesVolumes ? all : all.filter { $0 != "persistentvolumeclaims" }
        let present = try presentObjects()
        guard !present.isEmpty else { return report("nothing of `\(request.project)` is in the cluster") }
        report("remove what the cluster has of `\(request.project)`")
        try kubectl.expect(
            "The objects could not be removed",
            ["delete", kinds.joined(separator: ","), "--selector", selector, "--ignore-not-found"])
        if !includesVolumes, present.contains(where: { $0.hasPrefix("PersistentVolumeClaim.") }) {
            report("claims with their data are kept; `trice deploy --down --volumes` removes them")
        }
    }

    private func stream(_ objects: [KubernetesObject]) -> String {
        KubernetesExport.stream(of: objects.map(\.text))
    }
}
