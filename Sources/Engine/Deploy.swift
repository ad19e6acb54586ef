internal import Building
package import Clusters
internal import Envfile
package import Export
internal import ImageCommands
package import Workspaces

/// What a deployment is asked for.
package struct ClusterRequest: Sendable {
    /// How the objects are written.
    package var options: ExportOptions
    /// The registry that gets images of this machine.
    package var choice: RegistryChoice
    /// Of kubectl.
    package var context: String?
    /// How long each wave may take.
    package var timeout = Duration.seconds(300)
    /// Whether images may be named by tags.
    package var allowsTags = false
    /// Whether a loss is an error.
    package var isStrict = false
    /// Whether what is made here is built and pushed.
    package var pushes = true

    package init(options: ExportOptions, choice: RegistryChoice, context: String?) {
        self.options = options
        self.choice = choice
        self.context = context
    }
}

/// A deployment that is ready to be looked at and applied.
package struct PreparedDeployment: Sendable {
    /// What the cluster cannot have, or has in another form.
    package let losses: [Loss]
    let deployment: ClusterDeployment

    /// Asks the cluster for the differences; nothing changes there.
    package func plan() throws -> DeployPlan { try deployment.plan() }

    /// Applies the plan, wave by wave, and waits for each wave.
    package func apply(_ plan: DeployPlan, _ report: ClusterDeployment.Report) throws {
        try deployment.apply(plan, report)
    }
}

/// `deploy` and the commands with `--cluster`.
extension Engine {
    /// The user's kubectl, in a context and a namespace.
    package func kubectl(context: String?, namespace: String?) throws -> Kubectl {
        try Kubectl(self.context, clusterContext: context, namespace: namespace)
    }

    /// The name of a service in a cluster.
    package func clusterLabel(of service: String) -> String { ClusterNames.label(of: service) }

    /// The label of the pods that have a service, whose own label is the name of its container there.
    package func podLabel(of service: String, in project: Project) -> String {
        ClusterNames.label(of: ClusterNames.pod(of: service, in: project.environment))
    }

    /// What selects all that a cluster has of a project.
    package func clusterSelector(of project: Project) -> String {
        ClusterNames.selector(ofProject: project.environment.name)
    }

    /// Builds, pushes and writes the objects; nothing of the cluster is changed.
    ///
    /// - Throws: `EngineError` for what keeps the cluster from running it, before anything is built.
    package func prepareDeployment(
        _ project: Project, _ request: ClusterRequest, pushes: Bool, sink: any EventSink
    ) async throws -> PreparedDeployment {
        let kubectl = try kubectl(context: request.context, namespace: request.options.namespace)
        let export = ProjectExport(context, project)
        try check(KubernetesExport.export(try export.request(request.options, request.choice)), request, project)
        try ClusterDeployment.check(namespace: request.options.namespace, kubectl)
        if pushes, request.pushes {
            let images = try export.pushedImages(request.choice)
            if images.contains(where: \.isBuilt) {
                _ = try await build(project, BuildCommand(), sink: sink)
            }
            // The tag is the id of what the build gave.
            let pushed = try export.pushedImages(request.choice)
            for image in pushed where image.image != image.reference {
                try self.images.tag(image.image, as: image.reference)
            }
            if !pushed.isEmpty { try await self.images.pushImages(pushed.map(\.reference), sink: sink) }
        }
        let result = KubernetesExport.export(try export.request(request.options, request.choice))
        let deployment = ClusterDeployment(
            kubectl, result.objects,
            DeployRequest(
                project: ClusterNames.label(ofProject: project.environment.name), namespace: request.options.namespace,
                timeout: request.timeout))
        return PreparedDeployment(losses: result.losses, deployment: deployment)
    }

    /// - Throws: `EngineError` with everything that keeps a cluster from running the objects.
    private func check(_ result: ExportResult, _ request: ClusterRequest, _ project: Project) throws {
        let blocking = result.losses.filter { loss in
            switch loss.severity {
            case .problem: true
            case .loss:
                request.isStrict || loss.kind == .local || loss.kind == .unreachable
                    || loss.kind == .unpinned && !request.allowsTags
            case .note: false
            }
        }
        guard !blocking.isEmpty else { return }
        let lines = blocking.map { $0.text(relativeTo: project.environment.directory) }
        throw EngineError(
            .invalidProject,
            "The environment cannot be deployed like this; nothing was changed.\n\(lines.joined(separator: "\n"))")
    }

    /// Removes what was deployed.
    package func removeDeployment(
        _ project: Project, _ request: ClusterRequest, includesVolumes: Bool, sink: any EventSink
    ) throws {
        let deployment = ClusterDeployment(
            try kubectl(context: request.context, namespace: request.options.namespace), [],
            DeployRequest(
                project: ClusterNames.label(ofProject: project.environment.name), namespace: request.options.namespace,
                timeout: request.timeout))
        try deployment.remove(includesVolumes: includesVolumes) { sink.note($0, isWarning: false) }
    }
}
