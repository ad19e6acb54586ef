internal import Diagnostics
internal import Vocabulary

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
        profiles: Set<String>, selecting names: [ServiceName], checksConsistency: Bool = true
    ) -> (Environment, inactive: Set<ServiceName>) {
        checkNames(names)
        let selection = ServiceSelection(project.services, profiles: profiles, selecting: names)
        checkCount(selection)
        let activeJobs = ServiceSelection(project.jobs, profiles: profiles, selecting: names).active
        let check = DependencyCheck(selection: selection, report: context.report, isStrict: checksConsistency)
        let dependencies = check.resolved()
        let jobDependencies = check.resolved(of: activeJobs)
        if checksConsistency {
            ConsistencyCheck(context: context).check(selection.active, jobs: activeJobs)
            ExternalServiceCheck(report: context.report).check(selection.active, jobs: activeJobs)
            ResourceCheck(project: project, context: context, fileExists: fileExists)
                .check(selection.active, jobs: activeJobs)
        }
        var files = VariableFiles(context: context)
        var services = selection.active.map { draft in
            service(draft, dependencies: dependencies[draft.name] ?? [], files: &files)
        }.sorted { $0.name < $1.name }
        var jobs = activeJobs.map { draft in
            service(draft, dependencies: jobDependencies[draft.name] ?? [], files: &files)
        }.sorted { $0.name < $1.name }
        Self.inheritMounts(&services, &jobs)
        var environment = Environment(
            name: name, directory: context.projectDirectory, services: services, networks: [], volumes: [],
            dialect: context.dialect)
        environment.jobs = jobs
        environment.separateExternalServices()
        let workloads = environment.workloads + environment.externalServices
        environment.networks = networks(of: workloads)
        environment.volumes = volumes(of: workloads)
        environment.secrets = secrets(of: workloads)
        environment.configs = used(project.configs, by: workloads.flatMap(\.storage.configs).map(\.source))
        let models = Set(workloads.flatMap(\.storage.models).map(\.model))
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

    private func checkNames(_ names: [ServiceName]) {
        let known = Set((project.services + project.jobs).map(\.name))
        for name in names where !known.contains(name) {
            context.report.error(
                "the service `\(name)` is not defined", at: root, path: .root,
                hint: Suggestion.hint(for: name, in: known))
        }
    }

    private func checkCount(_ selection: ServiceSelection) {
        guard selection.active.isEmpty else { return }
        if project.services.isEmpty {
            context.idle.error(
                "the file defines no service", at: root, path: .root, expected: "at least one under `services:`")
        } else {
            let profiles = Set(project.services.flatMap(\.profiles)).sorted().map { "`\($0)`" }
            context.idle.error(
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
        let sources = FileSources(context: context)
        service.storage.secrets = draft.secrets.map { sources.filled($0.value, from: project.secrets) }
        service.storage.configs = draft.configs.map { sources.filled($0.value, from: project.configs) }
        service.storage.models = draft.models.map(\.value)
        if let scale = service.lifecycle.scale { service.lifecycle.deployment?.replicas = scale }
        service.lifecycle.preStart = draft.preStart.map { step in
            var step = self.service(step, dependencies: [], files: &files)
            // Without an image of its own it has that of the service.
            if !step.isImageGiven { step.build = service.build }
            return step
        }
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
        for index in mounts.indices {
            mounts[index].setDefaultIdentity(context.dialect)
            guard case .volume(let name) = mounts[index].source else { continue }
            let volume = project.volumes.first { $0.name == name }
            mounts[index].volume = volume.map(named).flatMap { $0.isOrdinary ? nil : $0 }
        }
        return mounts + draft.memoryMounts.map(\.value)
    }

    private func named(_ volume: Volume) -> Volume {
        var volume = volume
        volume.identity = volume.identity.unspoken(key: volume.name.rawValue, project: name)
        return volume
    }

    /// Gives services, their steps and jobs what the services of `volumes_from` mount.
    private static func inheritMounts(_ services: inout [Service], _ jobs: inout [Service]) {
        let mounts = Dictionary(services.map { ($0.name, $0.mounts) }) { first, _ in first }
        func inherit(_ service: inout Service) {
            let names = service.storage.volumesFrom.map { VolumeOrigin($0).service }
            service.storage.inheritedMounts = Dictionary(
                names.map { name in
                    (name, (mounts[name] ?? []).filter { if case .tmpfs = $0.source { false } else { true } })
                }
            ) { first, _ in first }
            for index in service.lifecycle.preStart.indices { inherit(&service.lifecycle.preStart[index]) }
        }
        for index in services.indices { inherit(&services[index]) }
        for index in jobs.indices { inherit(&jobs[index]) }
    }

    private func attachments(of draft: ServiceDraft) -> [NetworkAttachment] {
        if let networks = draft.networks { return networks.map(\.value).sorted { $0.network < $1.network } }
        guard let mode = draft.service.namespaces.network else { return [NetworkAttachment(network: "default")] }
        return mode.networkName.map { [NetworkAttachment(network: $0)] } ?? []
    }

    private func volumes(of services: [Service]) -> [Volume] {
        var used: Set<VolumeName> = []
        for service in services {
            for mount in service.mounts {
                if case .volume(let name) = mount.source { used.insert(name) }
            }
        }
        return project.volumes.filter { used.contains($0.name) }.map(named).sorted { $0.name < $1.name }
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
        let named = Set(services.compactMap(\.namespaces.network?.networkName)).sorted().map(Network.init(ofMode:))
        return (defined + (isDefaultImplied ? [Network(name: "default")] : []) + named).map { network in
            var network = network
            network.identity = network.identity.unspoken(key: network.name.rawValue, project: name)
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
