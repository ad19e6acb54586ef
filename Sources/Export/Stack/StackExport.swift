internal import Envfile
internal import Vocabulary

/// An environment in Swarm's form, version 3.8, for `docker stack deploy`.
package enum StackExport {
    /// The environment as a stack of Swarm, in the form 3.8 of Compose files.
    package static func export(_ request: ExportRequest) -> ExportResult {
        var assembly = ApplicationAssembly(
            request, isOnHost: true, report: LossReport(places: request.places, omitted: request.options.omitted))
        assembly.report.reportExternals(of: request.environment, .stack)
        let application = assembly.application()
        var writer = StackWriter(request, application, report: assembly.report)
        let text = ExportHeader.text("stack") + YAMLWriter.text(writer.document(), usesBlocks: true)
        return ExportResult(
            files: [ExportFile(path: "stack.yaml", text: text)] + writer.files, stream: text,
            losses: writer.report.losses, needsDirectory: !writer.files.isEmpty)
    }
}

/// Writes the model in Swarm's words.
struct StackWriter {
    let request: ExportRequest
    let application: Application
    var report: LossReport
    /// Contents that the document names.
    private(set) var files: [ExportFile] = []
    /// The configs that the document defines; what is left out has been reported.
    private let configNames: Set<String>
    private let setsByID: [FileSet.ID: FileSet]

    init(_ request: ExportRequest, _ application: Application, report: LossReport) {
        self.request = request
        self.application = application
        self.report = report
        configNames = Self.configNames(request.environment, application)
        setsByID = Dictionary(application.fileSets.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private var environment: Environment { request.environment }

    private static func configNames(_ environment: Environment, _ application: Application) -> Set<String> {
        Set(
            environment.configs.filter { definition in
                definition.identity.isExternal || application.configSets[definition.key] != nil
            }.map(\.key))
    }

    mutating func document() -> Value {
        var services: [Value.Member] = []
        for workload in application.workloads {
            switch workload.kind {
            case .service, .task: services.append(Value.Member(workload.name, service(workload)))
            case .manual, .scheduled:
                report.loss(
                    workload.key, "Swarm has no jobs", "start it by a timer of a host, or export for Kubernetes")
            }
        }
        return .fields([
            "version": .string("3.8"), "services": .map(services), "networks": networks(), "volumes": volumes(),
            "secrets": secrets(), "configs": configs(),
        ])
    }
}

// MARK: - Services

extension StackWriter {
    private mutating func service(_ workload: Workload) -> Value {
        let service = workload.service
        StackLosses.report(workload, &report)
        let security = service.security
        return .fields([
            "image": .string(workload.image.reference), "entrypoint": Self.words(service.entrypoint),
            "command": Self.words(service.command), "working_dir": .text(service.workingDirectory),
            "user": .text(service.user), "environment": .table(service.environment.mapValues(Self.escaped)),
            "hostname": .text(service.naming.hostname), "labels": .table(service.labels.mapValues(Self.escaped)),
            "init": service.isInitGiven || environment.dialect == .trice ? .bool(service.usesInit) : nil,
            "stop_signal": .text(service.stopSignal),
            "stop_grace_period": .text(service.givenStopGracePeriod?.composeText),
            "tty": .flag(service.hasTerminal), "stdin_open": .flag(service.keepsInputOpen),
            "read_only": .flag(service.isReadOnly), "cap_add": .texts(security.addedCapabilities),
            "cap_drop": .texts(security.droppedCapabilities),
            "sysctls": .table(service.namespaces.sysctls), "ulimits": ulimits(service),
            "dns": .texts(service.naming.dnsServers), "dns_search": .texts(service.naming.dnsSearch),
            "extra_hosts": .texts(
                service.naming.extraHosts.addresses.sorted { $0.key < $1.key }.flatMap { name, addresses in
                    addresses.filter { $0 != "host-gateway" }.map { "\(name):\($0)" }
                }), "healthcheck": healthCheck(service), "ports": .items(ports(service)),
            "networks": attachments(workload), "volumes": .items(mounts(workload)),
            "secrets": .items(references(service.storage.secrets)),
            "configs": .items(references(service.storage.configs.filter { configNames.contains($0.source) })),
            "logging": logging(service), "deploy": deployment(workload),
        ])
    }

    private static func words(_ command: CommandOverride) -> Value? {
        guard case .replaced(let words) = command else { return nil }
        return .list(words.map { .string(escaped($0)) })
    }

    /// `docker stack` replaces variables too.
    private static func escaped(_ text: String) -> String {
        text.split(separator: "$", omittingEmptySubsequences: false).joined(separator: "$$")
    }

    private func logging(_ service: Service) -> Value? {
        service.lifecycle.logging.flatMap { logging in
            .someFields(["driver": .text(logging.driver), "options": .table(logging.options.mapValues(Self.escaped))])
        }
    }

    private func ulimits(_ service: Service) -> Value? {
        let limits = service.limits.ulimits.sorted { $0.key < $1.key }
        return limits.isEmpty
            ? nil
            : .map(
                limits.map { name, limit in
                    Value.Member(name, .fields(["soft": .integer(limit.soft), "hard": .integer(limit.hard)]))
                })
    }

    private func healthCheck(_ service: Service) -> Value? {
        guard let check = service.lifecycle.healthCheck else { return nil }
        if check.isDisabled || check.test == .off { return .fields(["disable": .bool(true)]) }
        return .someFields([
            "test": check.test.flatMap { .texts($0.words.map(Self.escaped)) },
            "interval": .text(check.interval?.composeText),
            "timeout": .text(check.timeout?.composeText), "retries": .count(check.retries),
            "start_period": .text(check.startPeriod?.composeText),
        ])
    }

    private func ports(_ service: Service) -> [Value] {
        // Without an address of the service's own nothing spreads what comes in.
        let isDirect = service.lifecycle.deployment?.endpointMode == "dnsrr"
        return service.ports.map { port in
            .fields([
                "target": .integer(Int(port.target.rawValue)),
                "published": .count(port.published.map { Int($0.lowerBound.rawValue) }),
                "protocol": .string(port.transportProtocol.rawValue),
                "mode": .string((isDirect ? .host : port.details.mode).rawValue),
            ])
        }
    }

    private func attachments(_ workload: Workload) -> Value? {
        let attachments = workload.service.networks
        return attachments.isEmpty
            ? nil
            : .map(
                attachments.map { attachment in
                    let aliases = workload.aliases(in: attachment)
                    return Value.Member(attachment.network.rawValue, .someFields(["aliases": .texts(aliases)]) ?? .null)
                })
    }

    private mutating func mounts(_ workload: Workload) -> [Value] {
        workload.mounts.compactMap { mount in
            switch mount.source {
            case .volume(let name, _):
                return .fields([
                    "type": .string("volume"), "source": .string(name), "target": .string(mount.target),
                    "read_only": .flag(mount.isReadOnly),
                    "volume": workload.skipsCopy(mount) ? .fields(["nocopy": .bool(true)]) : nil,
                ])
            case .scratch: return .fields(["type": .string("volume"), "target": .string(mount.target)])
            case .memory(let size):
                ApplicationAssembly.reportMemory(mount, workload, &report)
                return .fields([
                    "type": .string("tmpfs"), "target": .string(mount.target),
                    "tmpfs": .someFields(["size": .count(size.map { Int(clamping: $0) })]),
                ])
            case .bind(let path):
                report.loss(
                    workload.key.key("volumes").item(mount.target), "every node has to have `\(path)`",
                    "put the files into the image or into a config, or let the service run on one node by `deploy.placement`"
                )
                return .fields([
                    "type": .string("bind"), "source": .string(path), "target": .string(mount.target),
                    "read_only": .flag(mount.isReadOnly),
                ])
            case .file, .directory, .copy, .secret: return nil
            }
        }
    }

    private func references(_ references: [FileReference]) -> [Value] {
        references.filter { $0.kind != .secret || request.options.secrets != .omit }.map { reference in
            .fields([
                "source": .string(reference.source), "target": .string(reference.containerPath),
                "uid": .text(reference.user), "gid": .text(reference.group),
                "mode": .count(reference.mode.map { Int($0) }),
            ])
        }
    }
}

// MARK: - Resources

extension StackWriter {
    private func networks() -> Value? {
        application.networks.isEmpty
            ? nil
            : .map(
                application.networks.map { network in
                    if network.identity.isExternal {
                        return Value.Member(
                            network.name.rawValue,
                            .fields([
                                "external": .bool(true),
                                "name": .string(
                                    network.identity.name(key: network.name.rawValue, project: application.name)),
                            ]))
                    }
                    let pools = network.addressing.pools.compactMap {
                        $0.subnet.map { Value.fields(["subnet": .string($0)]) }
                    }
                    return Value.Member(
                        network.name.rawValue,
                        .fields([
                            "driver": .string("overlay"), "attachable": .flag(network.isAttachable),
                            "internal": .flag(network.isInternal),
                            "ipam": pools.isEmpty ? nil : .fields(["config": .list(pools)]),
                            "labels": .table(network.labels),
                        ]))
                })
    }

    private mutating func volumes() -> Value? {
        var members: [Value.Member] = []
        for shared in application.volumes {
            let volume = shared.volume
            if volume.driver == nil || volume.driver == "local", volume.driverOptions.isEmpty {
                report.note(
                    ConfigurationKey("volumes", volume.name.rawValue),
                    "each node has a volume `\(volume.name)` of its own",
                    "let its services run on one node by `deploy.placement`, or use a driver that all nodes share")
            }
            let identity = volume.identity
            members.append(
                Value.Member(
                    volume.name.rawValue,
                    .someFields([
                        "external": .flag(identity.isExternal),
                        "name": identity.isExternal || identity.customName != nil
                            ? .string(identity.name(key: volume.name.rawValue, project: application.name)) : nil,
                        "driver": .text(volume.driver), "driver_opts": .table(volume.driverOptions),
                        "labels": .table(volume.labels),
                    ]) ?? .map([])))
        }
        return members.isEmpty ? nil : .map(members)
    }

    private mutating func secrets() -> Value? {
        var members: [Value.Member] = []
        for secret in application.secrets where request.options.secrets != .omit {
            let definition = secret.definition
            let name = definition.identity.customName ?? definition.key
            if request.options.secrets == .plain, let bytes = secret.bytes {
                let set = FileSet(named: definition.key, files: [HostTree.File(path: definition.key, bytes: bytes)])
                files.append(ExportFile(path: "secrets/\(set.id)", content: bytes, isSecret: true))
                members.append(
                    Value.Member(
                        definition.key, .fields(["file": .string("./secrets/\(set.id)"), "name": .string(set.id)])))
                continue
            }
            report.note(
                ConfigurationKey("secrets", definition.key), "the secret `\(name)` has to be in the swarm before",
                "make it by `docker secret create \(name) FILE`")
            members.append(Value.Member(definition.key, .fields(["external": .bool(true), "name": .string(name)])))
        }
        return members.isEmpty ? nil : .map(members)
    }

    /// A config never changes in a swarm, so that its name has the hash of its content.
    private mutating func configs() -> Value? {
        var members: [Value.Member] = []
        let used = Set(application.workloads.flatMap { $0.service.storage.configs.map(\.source) })
        for definition in environment.configs where used.contains(definition.key) {
            if definition.identity.isExternal {
                let name = definition.identity.customName ?? definition.key
                members.append(Value.Member(definition.key, .fields(["external": .bool(true), "name": .string(name)])))
                continue
            }
            guard let id = application.configSets[definition.key], let set = setsByID[id], let file = set.files.first
            else { continue }
            files.append(ExportFile(path: "configs/\(set.id)", content: file.bytes))
            members.append(
                Value.Member(
                    definition.key, .fields(["file": .string("./configs/\(set.id)"), "name": .string(set.id)])))
        }
        return members.isEmpty ? nil : .map(members)
    }
}
