internal import Envfile
internal import OCI
internal import Vocabulary

/// Makes the neutral model of an environment.
struct ApplicationAssembly {
    let request: ExportRequest
    /// Whether the engine runs on this host, so that paths of the host are paths of its own.
    let isOnHost: Bool
    /// Whether services that share a namespace are in one pod.
    let joinsPods: Bool
    /// Whether the engine has mounts of the types that Trice has not, such as `image`.
    var keepsForeignMounts = false
    var report: LossReport
    var fileSets: [FileSet] = []
    var configSets: [String: FileSet.ID] = [:]
    private var knownSets: Set<FileSet.ID> = []

    init(_ request: ExportRequest, isOnHost: Bool, joinsPods: Bool = false, report: LossReport) {
        self.request = request
        self.isOnHost = isOnHost
        self.joinsPods = joinsPods
        self.report = report
    }

    var environment: Environment { request.environment }

    mutating func application() -> Application {
        var application = Application(name: environment.name)
        let awaited = environment.awaitedServices
        for service in environment.services {
            let kind: Workload.Kind = awaited.contains(service.name.rawValue) ? .task : .service
            application.workloads.append(workload(service, kind, in: "services"))
        }
        for job in environment.jobs {
            application.workloads.append(workload(job, kind(of: job), in: "jobs"))
        }
        application.workloads.sort { ($0.name, $0.section) < ($1.name, $1.section) }
        addLinks(to: &application.workloads)
        if joinsPods { joinPods(&application.workloads) }
        setWaves(&application.workloads)
        if joinsPods, !isOnHost { chooseFillers(&application.workloads) }
        application.volumes = volumes(of: application.workloads)
        application.secrets = secrets(of: application.workloads)
        let joined = Set(application.workloads.flatMap { $0.service.networks.map(\.network) })
        application.networks = environment.networks.filter { joined.contains($0.name) }
        application.fileSets = fileSets
        application.configSets = configSets
        return application
    }

    /// A pod starts after all that one of its containers waits for.
    private func setWaves(_ workloads: inout [Workload]) {
        let pods = Dictionary(workloads.map { ($0.name, $0.podName) }, uniquingKeysWith: { first, _ in first })
        var dependencies: [String: [String]] = [:]
        for workload in workloads {
            dependencies[workload.podName, default: []] += workload.service.dependencies
                .map { pods[$0.service.rawValue] ?? $0.service.rawValue }.filter { $0 != workload.podName }
        }
        let waves = Waves(dependencies)
        for index in workloads.indices { workloads[index].wave = waves.wave(of: workloads[index].podName) }
    }

    /// Keeps a set of files and returns its name.
    mutating func add(_ set: FileSet) -> FileSet.ID {
        if knownSets.insert(set.id).inserted { fileSets.append(set) }
        return set.id
    }
}

extension Environment {
    /// The names of the services that run to their end, because others wait for that.
    var awaitedServices: Set<String> {
        Set(
            described.flatMap { service in
                service.dependencies.filter { $0.condition == .completedSuccessfully }.map(\.service.rawValue)
            })
    }
}

// MARK: - Workloads

extension ApplicationAssembly {
    private mutating func kind(of job: Service) -> Workload.Kind {
        // What is no schedule was reported by the reader of the file.
        let schedules = (job.lifecycle.triggers?.schedules ?? []).compactMap { try? $0.resolved() }
        return schedules.isEmpty ? .manual : .scheduled(schedules)
    }

    private mutating func workload(_ service: Service, _ kind: Workload.Kind, in section: String) -> Workload {
        var workload = Workload(
            service: service, kind: kind, section: section,
            image: request.bakedImages[service.name] ?? request.images[service.image]
                ?? ImageFacts(reference: service.image))
        workload.isBaked = request.bakedImages[service.name] != nil
        reportImage(of: workload)
        if let text = service.user {
            workload.user = number(of: text, groups: service.security.groups, workload)
        }
        workload.mounts = mounts(of: workload)
        workload.ports = ports(of: workload)
        workload.aliases = aliases(of: service)
        workload.health = health(of: service, image: workload.image)
        if case .service = kind {
            workload.steps = service.lifecycle.preStart.map { self.workload($0, .task, in: section) }
        }
        return workload
    }

    private mutating func reportImage(of workload: Workload) {
        let service = workload.service
        let key = workload.key.key(service.isImageGiven ? "image" : "build")
        switch workload.image.origin {
        case .pinned: break
        case .tagged:
            report.loss(
                key,
                "the image `\(service.image)` is not in Envfile.lock, so that the name may come to mean another image",
                "write the lock by `trice upgrade`, and export again", kind: .unpinned)
        case .pushed:
            report.note(
                key, "the registry has to have the image `\(workload.image.reference)`",
                "push it by `trice deploy`, `trice push` or `trice image push`")
        case .local:
            let name =
                request.options.target == .podman ? workload.image.podmanReference : workload.image.reference
            report.loss(
                key, "the image `\(service.image)` is on this machine only, so that no other one can pull it",
                isOnHost
                    ? "bring it there by `trice image tag '\(service.image)' \(name)`, `trice image save \(name)` and `load` of "
                        + "that engine, or name the registry that gets it by --registry HOST/PATH"
                    : "name the registry that gets it by --registry HOST/PATH", kind: .local)
        }
        if let host = registryOfThisHost(workload.image.reference) {
            report.loss(
                key, "the nodes of a cluster do not reach the registry `\(host)` of this host",
                "name the registry as the cluster knows it by --cluster-registry", kind: .unreachable)
        }
        if workload.image.configuration == nil {
            report.note(
                key,
                "the image `\(service.image)` is not on this machine, so that its ports, health check and user are not "
                    + "known, nor what new volumes begin with",
                "get it by `trice pull` or `trice build`, and export again")
        }
    }

    /// The registry of a reference, where its name means the machine that asks.
    private func registryOfThisHost(_ reference: String) -> String? {
        guard !isOnHost, !request.options.trustsRegistry, let slash = reference.firstIndex(of: "/") else { return nil }
        let registry = reference[..<slash]
        let host = registry.prefix { $0 != ":" }
        return host == "localhost" || host.hasPrefix("127.") || registry.hasPrefix("[::1]") ? String(registry) : nil
    }

    /// `USER[:GROUP]` in numbers.
    private mutating func number(of text: String, groups: [String], _ workload: Workload) -> NumericUser? {
        if let user = workload.image.user?(text, groups) { return user }
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        if let user = parts.first.flatMap({ UInt32($0) }) {
            let group = parts.count > 1 ? UInt32(parts[1]) : 0
            if let group { return NumericUser(user: user, group: group, groups: groups.compactMap { UInt32($0) }) }
        }
        report.loss(
            workload.key.key("user"),
            workload.image.configuration == nil
                ? "the number of the user `\(text)` is in the image, which is not on this machine"
                : "the image has no user `\(text)`",
            workload.image.configuration == nil
                ? "get the image by `trice pull`, or write the number" : "write the number")
        return nil
    }

    /// Those of `ports`, of `expose` and of the image, each once, sorted.
    private mutating func ports(of workload: Workload) -> [WorkloadPort] {
        var ports: [WorkloadPort] = []
        func add(_ port: WorkloadPort) {
            if let index = ports.firstIndex(where: { $0.number == port.number && $0.transport == port.transport }) {
                ports[index].name = ports[index].name ?? port.name
                ports[index].appProtocol = ports[index].appProtocol ?? port.appProtocol
            } else {
                ports.append(port)
            }
        }
        for port in workload.service.ports {
            add(
                WorkloadPort(
                    port.target.rawValue, port.transportProtocol, name: port.details.name,
                    appProtocol: port.details.appProtocol))
        }
        for (text, key) in workload.service.exposedPorts.map({ ($0, workload.key.key("expose").item($0)) })
            + (workload.image.configuration?.exposedPorts ?? []).map({ ($0, workload.key.key("image")) })
        {
            let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
            // A text that is no port is reported below.
            let range = parts.first.flatMap { try? PortRange($0) }
            let transport = parts.count > 1 ? (try? Transport(parts[1])) : .tcp
            guard let range, let transport, range.count <= 1000 else {
                report.loss(
                    key, "the port `\(text)` has no number that a container can listen on",
                    "write a port such as 8080/tcp under `expose`")
                continue
            }
            for port in range { add(WorkloadPort(port.rawValue, transport)) }
        }
        return ports.sorted { ($0.number, $0.transport) < ($1.number, $1.transport) }
    }

    private func aliases(of service: Service) -> [String] {
        let names = service.networks.flatMap(\.aliases) + [service.naming.containerName].compactMap { $0 }
        var seen: Set<String> = [service.name.rawValue]
        return names.filter { seen.insert($0).inserted }
    }

    /// `links: SERVICE:ALIAS` gives the other service a name; here every container knows it.
    private func addLinks(to workloads: inout [Workload]) {
        for link in environment.services.flatMap(\.naming.links) {
            let parts = link.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2, parts[0] != parts[1],
                let index = workloads.firstIndex(where: { $0.name == parts[0] && $0.section == "services" }),
                !workloads[index].aliases.contains(parts[1])
            else { continue }
            workloads[index].aliases.append(parts[1])
        }
    }

    /// The service's own check, completed by the image's; `nil` for none.
    private func health(of service: Service, image: ImageFacts) -> HealthCheck? {
        let given = service.lifecycle.healthCheck
        if given?.isDisabled == true || given?.test == .off { return nil }
        guard let built = image.configuration?.healthcheck, !built.test.isEmpty else {
            return given?.test == nil ? nil : given
        }
        var check = given ?? HealthCheck()
        // The export leaves out a check of an image that no engine can run.
        if check.test == nil { check.test = (try? HealthCheck.Test.parse(built.test)) ?? .off }
        if check.test == .off { return nil }
        func time(_ nanoseconds: Int64) -> Duration? { nanoseconds == 0 ? nil : .nanoseconds(nanoseconds) }
        check.interval = check.interval ?? time(built.interval)
        check.timeout = check.timeout ?? time(built.timeout)
        check.startPeriod = check.startPeriod ?? time(built.startPeriod)
        check.startInterval = check.startInterval ?? time(built.startInterval)
        check.retries = check.retries ?? (built.retries == 0 ? nil : built.retries)
        return check
    }
}

// MARK: - What several workloads use

extension ApplicationAssembly {
    private func volumes(of workloads: [Workload]) -> [SharedVolume] {
        var users: [String: Set<String>] = [:]
        var writers: [String: Set<String>] = [:]
        var replicated: Set<String> = []
        for workload in workloads {
            for mount in workload.mounts + workload.steps.flatMap(\.mounts) {
                guard case .volume(let name, _) = mount.source else { continue }
                users[name, default: []].insert(workload.podName)
                if workload.replicas > 1 { replicated.insert(name) }
                if !mount.isReadOnly { writers[name, default: []].insert(workload.podName) }
            }
        }
        return environment.volumes.filter { users[$0.name.rawValue] != nil }.map { volume in
            let name = volume.name.rawValue
            return SharedVolume(
                volume: volume, users: (users[name] ?? []).sorted(), writers: (writers[name] ?? []).sorted(),
                isShared: (users[name] ?? []).count > 1 || replicated.contains(name))
        }
    }

    private func secrets(of workloads: [Workload]) -> [SecretContent] {
        var contents: [String: [UInt8]] = [:]
        var used: Set<String> = []
        for workload in workloads + workloads.flatMap(\.steps) {
            for secret in workload.service.storage.secrets {
                used.insert(secret.source)
                if let content = secret.content { contents[secret.source] = content }
            }
        }
        return environment.secrets.filter { used.contains($0.key) }.map { definition in
            SecretContent(definition: definition, bytes: contents[definition.key] ?? content(of: definition))
        }
    }

    private func content(of definition: FileDefinition) -> [UInt8]? {
        switch definition.source {
        case .content(let text): return Array(text.utf8)
        case .variable(let name): return request.variable(name).map { Array($0.utf8) }
        case .file(let path):
            if case .file(let file) = request.tree(path) { return file.bytes }
            return nil
        case .elsewhere: return nil
        }
    }
}
