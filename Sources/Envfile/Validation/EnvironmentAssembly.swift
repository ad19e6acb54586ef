internal import Diagnostics

/// Makes the environment for planning from the file: selects services, sets defaults, checks.
struct EnvironmentAssembly {
    let project: ProjectDraft
    let name: String
    let context: DecodingContext
    let fileExists: @Sendable (String) -> Bool
    /// The place of the whole file, for missing parts.
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
            ConsistencyCheck(context: context).check(selection.active)
            ResourceCheck(project: project, context: context, fileExists: fileExists).check(selection.active)
        }
        var files = VariableFiles(context: context)
        let services = selection.active.map { draft in
            service(draft, dependencies: dependencies[draft.name] ?? [], files: &files)
        }.sorted { $0.name < $1.name }
        var environment = Environment(
            name: name, directory: context.projectDirectory, services: services, networks: networks(of: services),
            volumes: volumes(of: services), dialect: context.dialect)
        environment.secrets = secrets(of: services)
        environment.configs = used(project.configs, by: services.flatMap(\.storage.configs).map(\.source))
        let models = Set(services.flatMap(\.storage.models).map(\.model))
        environment.models = project.models.filter { models.contains($0.key) }.sorted { $0.key < $1.key }
        environment.extensions = project.extensions
        environment.tools = project.tools
        warnOfIgnored(selection.active, environment)
        return (environment, selection.inactiveNames)
    }

    private func warnOfIgnored(_ services: [ServiceDraft], _ environment: Environment) {
        var ignored = IgnoredReport()
        for service in services { ignored.note(service) }
        ignored.note(project: project.cursor)
        ignored.note(environment, in: project.cursor)
        ignored.warn(context.report)
    }

    private func checkNames(_ names: [String]) {
        let known = Set(project.services.map(\.name))
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

    private func service(
        _ draft: ServiceDraft, dependencies: [Dependency], files: inout VariableFiles
    ) -> Service {
        var service = draft.service
        service.image = draft.image ?? "\(name)-\(draft.name)"
        service.isImageGiven = draft.image != nil
        service.environment = files.environment(of: draft)
        service.labels = files.labels(of: draft)
        service.mounts = mounts(of: draft)
        service.ports = draft.ports.map(\.value)
        service.networks = attachments(of: draft)
        service.dependencies = dependencies
        service.storage.secrets = draft.secrets.map(\.value)
        service.storage.configs = draft.configs.map(\.value)
        service.storage.models = draft.models.map(\.value)
        if let scale = service.lifecycle.scale { service.lifecycle.deployment?.replicas = scale }
        service.usesInit = draft.usesInit ?? (context.dialect == .trice)
        service.isInitGiven = draft.usesInit != nil
        return service
    }

    /// The last of several mounts on one target counts, at the position of the first.
    private func mounts(of draft: ServiceDraft) -> [Mount] {
        var places: [String: Int] = [:]
        var mounts: [Mount] = []
        for mount in draft.mounts.map(\.value) {
            let target = HostPath.absolute(mount.target, in: "/")
            if let place = places[target] {
                mounts[place] = mount
            } else {
                places[target] = mounts.count
                mounts.append(mount)
            }
        }
        return mounts + draft.memoryMounts.map(\.value)
    }

    private func attachments(of draft: ServiceDraft) -> [NetworkAttachment] {
        if let networks = draft.networks { return networks.map(\.value).sorted { $0.network < $1.network } }
        return draft.service.namespaces.network == nil ? [NetworkAttachment(network: "default")] : []
    }

    private func volumes(of services: [Service]) -> [Volume] {
        var used: Set<String> = []
        for service in services {
            for mount in service.mounts {
                if case .volume(let name) = mount.source { used.insert(name) }
            }
        }
        return project.volumes.filter { used.contains($0.name) }.map { volume in
            var volume = volume
            volume.identity = volume.identity.unspoken(key: volume.name, project: name)
            return volume
        }.sorted { $0.name < $1.name }
    }

    private func secrets(of services: [Service]) -> [FileDefinition] {
        used(
            project.secrets,
            by: services.flatMap { $0.storage.secrets + ($0.build?.secrets ?? []) }.map(\.source))
    }

    private func used(_ files: [FileDefinition], by names: [String]) -> [FileDefinition] {
        let names = Set(names)
        return files.filter { names.contains($0.key) }.map { file in
            var file = file
            file.identity = file.identity.unspoken(key: file.key, project: name)
            return file
        }.sorted { $0.key < $1.key }
    }

    private func networks(of services: [Service]) -> [Network] {
        let used = Set(services.flatMap(\.networks).map(\.network))
        let defined = project.networks.filter { used.contains($0.name) }
        let isDefaultImplied = used.contains("default") && !defined.contains { $0.name == "default" }
        return (defined + (isDefaultImplied ? [Network(name: "default")] : [])).map { network in
            var network = network
            network.identity = network.identity.unspoken(key: network.name, project: name)
            return network
        }.sorted { $0.name < $1.name }
    }
}

extension ResourceIdentity {
    /// An explicit name that equals the default name is dropped.
    fileprivate func unspoken(key: String, project: String) -> ResourceIdentity {
        let implied = ResourceIdentity(isExternal: isExternal)
        return customName == implied.name(key: key, project: project) ? implied : self
    }
}
