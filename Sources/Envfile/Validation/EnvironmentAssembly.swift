/// Turns what the file says into the environment that is planned with: selects, completes, checks.
struct EnvironmentAssembly {
    let project: ProjectDraft
    let name: String
    let context: DecodingContext
    let fileExists: @Sendable (String) -> Bool
    /// The place of the whole file, for what is missing from it.
    let root: Mark

    /// - Returns: the environment, and the names of the services that take no part.
    func assembled(
        profiles: Set<String>, selecting names: [String], checksConsistency: Bool = true
    ) -> (Environment, inactive: Set<String>) {
        checkNames(names)
        let selection = ServiceSelection(project.services, profiles: profiles, selecting: names)
        checkCount(selection)
        let dependencies = DependencyCheck(
            selection: selection, report: context.report, isStrict: checksConsistency
        ).resolved()
        if checksConsistency {
            ResourceCheck(
                project: project, semantics: context.semantics, fileExists: fileExists, report: context.report
            ).check(selection.active)
        }
        let services = selection.active.map { service($0, dependencies: dependencies[$0.name] ?? []) }
            .sorted { $0.name < $1.name }
        let environment = Environment(
            name: name, directory: context.projectDirectory, services: services, networks: networks(of: services),
            volumes: project.volumes.map(\.value).sorted { $0.name < $1.name }, semantics: context.semantics)
        return (environment, selection.inactiveNames)
    }

    private func checkNames(_ names: [String]) {
        let known = project.services.map(\.name)
        for name in names where !known.contains(name) {
            context.report.error(
                "the service `\(name)` is not defined", at: root, path: .root,
                hint: Suggestion.hint(for: name, in: known))
        }
    }

    private func checkCount(_ selection: ServiceSelection) {
        guard selection.active.isEmpty, !context.report.hasErrors else { return }
        if project.services.isEmpty {
            context.report.error(
                "the file defines no service", at: root, path: .root, expected: "at least one under `services:`")
        } else {
            let profiles = Set(project.services.flatMap(\.profiles)).sorted().map { "`\($0)`" }
            context.report.error(
                "no service takes part, because none of their profiles is active", at: root, path: .root,
                hint: "activate one with `--profile`: \(profiles.joined(separator: ", "))")
        }
    }

    private func service(_ draft: ServiceDraft, dependencies: [Dependency]) -> Service {
        let attachments = draft.networks.isEmpty ? [NetworkAttachment(network: "default")] : draft.networks.map(\.value)
        return Service(
            name: draft.name, image: draft.image ?? "", entrypoint: draft.entrypoint, command: draft.command,
            environment: draft.environment, workingDirectory: draft.workingDirectory, user: draft.user,
            hostname: draft.hostname, labels: draft.labels, mounts: (draft.mounts + draft.memoryMounts).map(\.value),
            ports: draft.ports.map(\.value), networks: attachments.sorted { $0.network < $1.network },
            dependencies: dependencies, stopSignal: draft.stopSignal, stopGracePeriod: draft.stopGracePeriod,
            hasTerminal: draft.hasTerminal, isReadOnly: draft.isReadOnly,
            usesInit: draft.usesInit ?? (context.semantics == .trice), profiles: draft.profiles)
    }

    private func networks(of services: [Service]) -> [Network] {
        let used = Set(services.flatMap(\.networks).map(\.network))
        let defined = project.networks.map(\.value).filter { used.contains($0.name) }
        let isDefaultImplied = used.contains("default") && !defined.contains { $0.name == "default" }
        return (defined + (isDefaultImplied ? [Network(name: "default")] : [])).sorted { $0.name < $1.name }
    }
}
