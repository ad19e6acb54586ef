package import Envfile
package import Vocabulary

/// From what a service says to what its containers should be: a pure function of the service.
extension DesiredContainer {
    /// - Throws: `invalidValue` for a name, signal, port or address that has not the form of one; what the loader of
    ///   an Envfile has accepted has it.
    package init(_ service: Service, number: Int = 1) throws(PlanningError) {
        do throws(InvalidValue) {
            try self.init(resolving: service, number)
        } catch {
            throw PlanningError(.invalidValue, "Service \(service.name) cannot be used: \(error).")
        }
    }

    private init(resolving service: Service, _ number: Int) throws(InvalidValue) {
        var process = Process(
            entrypoint: service.entrypoint.words, command: service.command.words, environment: service.environment,
            removedVariables: service.unsetVariables.isEmpty ? nil : service.unsetVariables,
            workingDirectory: service.workingDirectory, user: service.user, hasTerminal: service.hasTerminal,
            usesInit: service.usesInit)
        process.keepsInputOpen = service.keepsInputOpen
        var signal: Signal?
        if let text = service.stopSignal { signal = try Signal(text) }
        self.init(
            id: ContainerID(service: service.name, number: number), image: service.image,
            process: process, hostname: service.hostname(ofContainer: number), isRootReadOnly: service.isReadOnly,
            mounts: service.mounts.flatMap { Mount.all(of: $0) },
            attachments: try Self.attachments(of: service), ports: service.ports.map { PublishedPort($0) },
            labels: service.labels, stopSignal: signal, stopGracePeriod: service.stopGracePeriod,
            dependencies: service.dependencies.map(\.service))
        naming = try Naming(service.naming)
        switch service.namespaces.network {
        case .host:
            networkSource = .host
            // They are open by themselves.
            ports = []
        case .service(let name):
            networkSource = .container(ContainerID(service: name, number: 1))
        case .container(let name): networkSource = .foreign(name)
        default: break
        }
        volumesFrom = service.storage.volumesFrom.map { text in
            let origin = VolumeOrigin(text)
            return VolumeInheritance(
                service: origin.service, isReadOnly: origin.isReadOnly,
                mounts: (service.storage.inheritedMounts[origin.service] ?? []).flatMap { Mount.all(of: $0) })
        }
        files = (service.storage.secrets + service.storage.configs).compactMap { File($0) }
        security = Security(service)
        limits = Limits(service)
        namespaces = Namespaces(service.namespaces)
        annotations = service.annotations
        runtime = service.platform.runtime
        healthCheck = service.lifecycle.healthCheck
        readiness = service.tools.readiness
        restart = service.lifecycle.restartRule
        restartsWhenUnhealthy = service.tools.restartsWhenUnhealthy
        logs = service.lifecycle.logging?.limits
        preStart = try Self.steps(of: service, ofContainer: number)
        postStart = service.lifecycle.postStart
        preStop = service.lifecycle.preStop
        preSnapshot = service.tools.preSnapshot
    }
}

extension DesiredContainer {
    /// The containers of `pre_start` in their order; one that runs once for all containers of the service has the
    /// number 1.
    private static func steps(of service: Service, ofContainer number: Int) throws(InvalidValue) -> [Self] {
        var steps: [Self] = []
        for (index, step) in service.lifecycle.preStart.enumerated() {
            var container = try Self(
                resolving: step.oneOff(named: service.stepName(index + 1)),
                step.lifecycle.runsPerReplica == true ? number : 1)
            container.oneOff = OneOff(isInForeground: false)
            steps.append(container)
        }
        return steps
    }
}

extension Service {
    /// The service as the container of one command is made of it, which may run beside the service's own.
    package func oneOff(named name: ServiceName) -> Service {
        var copy = self
        copy.name = name
        copy.naming.hostname = naming.hostname ?? String(name.rawValue.prefix(63))
        for index in copy.networks.indices {
            copy.networks[index].aliases = []
            copy.networks[index].ipv4Address = nil
            copy.networks[index].ipv6Address = nil
            copy.networks[index].macAddress = nil
        }
        copy.naming.containerName = nil
        copy.naming.macAddress = nil
        // Its end is the end of its command.
        copy.lifecycle.restart = nil
        // The checks are made for the program of the service, and nothing waits for the health of one command.
        copy.lifecycle.healthCheck = HealthCheck(isDisabled: true)
        copy.tools.readiness = nil
        copy.tools.restartsWhenUnhealthy = false
        // A snapshot leaves its container out.
        copy.tools.preSnapshot = []
        copy.lifecycle.preStart = []
        copy.lifecycle.triggers = nil
        return copy
    }
}

extension ServiceLifecycle {
    /// What `restart` says, and without it `deploy.restart_policy`.
    fileprivate var restartRule: RestartRule? {
        switch restart {
        case .no, .unknown: return nil
        case .always, .unlessStopped: return RestartRule(.always)
        case .onFailure(let attempts):
            // As in Docker, 0 is no limit.
            return RestartRule(.failure, maximumAttempts: attempts == 0 ? nil : attempts)
        case nil: break
        }
        guard let policy = deployment?.restartPolicy, policy.condition != "none" else { return nil }
        return RestartRule(
            policy.condition == "on-failure" ? .failure : .always, maximumAttempts: policy.attempts,
            delay: policy.delay, window: policy.window)
    }
}

extension CommandOverride {
    fileprivate var words: [String]? {
        if case .replaced(let words) = self { words } else { nil }
    }
}

extension DesiredContainer.Mount {
    /// The mount, and a volume over each folder that it leaves out.
    fileprivate static func all(of mount: Envfile.Mount) -> [DesiredContainer.Mount] {
        let base = mount.target.hasSuffix("/") ? String(mount.target.dropLast()) : mount.target
        return [Self(mount)] + mount.exclusions.map { Self(source: .anonymous, target: "\(base)/\($0)") }
    }

    fileprivate init(_ mount: Envfile.Mount) {
        let source: Source =
            switch mount.source {
            case .bind(let path, let createsSource): .bind(path: path, createsSource: createsSource)
            case .volume(let name): .volume(name: name)
            case .anonymousVolume: .anonymous
            case .tmpfs(let size, let mode): .memory(size: size, mode: mode)
            case .foreign(let type, let source): .foreign(type: type, source: source)
            }
        self.init(source: source, target: mount.target, isReadOnly: mount.isReadOnly, subpath: mount.subpath)
        options = mount.options.memory + (mount.options.propagation.map { [$0] } ?? [])
        if mount.isReadOnly, mount.options.recursive == "readonly" { options.append("rro") }
        leavesOutMountsBelow = mount.options.recursive == "disabled"
        skipsCopy = mount.options.skipsCopy
        identity =
            switch mount.identity {
            case .automatic: .automatic
            case .explicit(let hostUser, let hostGroup, let user, let group):
                .explicit(hostUser: hostUser, hostGroup: hostGroup, user: user, group: group)
            case .off, nil: nil
            }
        volume = mount.volume.map { DesiredContainer.VolumeSource($0) }
    }
}

extension DesiredContainer {
    /// A `mac_address` of the service is that of its first interface.
    private static func attachments(of service: Service) throws(InvalidValue) -> [Attachment] {
        var attachments: [Attachment] = []
        for attachment in service.networks { attachments.append(try Attachment(attachment)) }
        guard let text = service.naming.macAddress else { return attachments }
        let first = attachments.indices.min {
            (-(attachments[$0].priority ?? 0), attachments[$0].network)
                < (-(attachments[$1].priority ?? 0), attachments[$1].network)
        }
        if let first, attachments[first].macAddress == nil { attachments[first].macAddress = try MACAddress(text) }
        return attachments
    }
}

extension DesiredContainer.Attachment {
    fileprivate init(_ attachment: NetworkAttachment) throws(InvalidValue) {
        self.init(
            network: attachment.network, aliases: attachment.aliases,
            priority: attachment.priority == 0 ? nil : attachment.priority,
            gatewayPriority: attachment.gatewayPriority == 0 ? nil : attachment.gatewayPriority)
        if let text = attachment.ipv4Address { ipv4Address = try IPv4Address(text) }
        if let text = attachment.ipv6Address { ipv6Address = try IPv6Address(text) }
        if let text = attachment.macAddress { macAddress = try MACAddress(text) }
        var addresses: [IPAddress] = []
        for text in attachment.linkLocalAddresses { addresses.append(try IPAddress(text)) }
        linkLocalAddresses = addresses.isEmpty ? nil : addresses
        interfaceName = attachment.ownInterfaceName
        let settings = EndpointOptions(attachment.driverOptions).sysctls
        sysctls = settings.isEmpty ? nil : settings
    }
}

extension DesiredContainer.PublishedPort {
    fileprivate init(_ mapping: PortMapping) {
        self.init(
            hostAddress: mapping.hostAddress, hostPorts: mapping.published, containerPort: mapping.target,
            transport: mapping.transportProtocol, autoCorrects: mapping.autoCorrects)
    }
}
