package import Envfile
import Vocabulary

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
        let process = Process(
            entrypoint: service.entrypoint.words, command: service.command.words, environment: service.environment,
            workingDirectory: service.workingDirectory, user: service.user, hasTerminal: service.hasTerminal,
            usesInit: service.usesInit)
        var ports: [PublishedPort] = []
        for mapping in service.ports { ports.append(try PublishedPort(mapping)) }
        var signal: Signal?
        if let text = service.stopSignal { signal = try Signal(text) }
        self.init(
            id: ContainerID(service: try ServiceName(service.name), number: number), image: service.image,
            process: process, hostname: service.hostname, isRootReadOnly: service.isReadOnly,
            mounts: service.mounts.map { Mount($0) },
            attachments: service.networks.map { Attachment($0) }, ports: ports,
            labels: service.labels, stopSignal: signal, stopGracePeriod: service.stopGracePeriod,
            dependencies: service.dependencies.map(\.service))
    }
}

extension CommandOverride {
    fileprivate var words: [String]? {
        if case .replaced(let words) = self { words } else { nil }
    }
}

extension DesiredContainer.Mount {
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
    }
}

extension DesiredContainer.Attachment {
    fileprivate init(_ attachment: NetworkAttachment) {
        self.init(
            network: attachment.network, aliases: attachment.aliases,
            priority: attachment.priority == 0 ? nil : attachment.priority,
            gatewayPriority: attachment.gatewayPriority == 0 ? nil : attachment.gatewayPriority)
    }
}

extension DesiredContainer.PublishedPort {
    fileprivate init(_ mapping: PortMapping) throws(InvalidValue) {
        let address: HostAddress
        switch mapping.hostAddress {
        case .loopback: address = .loopback
        case .any: address = .any
        case .address(let text): address = .address(try IPAddress(text))
        }
        var range: PortRange?
        if let published = mapping.published {
            range = try PortRange(try Port(published.lowerBound), try Port(published.upperBound))
        }
        self.init(
            hostAddress: address, hostPorts: range, containerPort: try Port(mapping.target),
            transport: try Transport(mapping.transportProtocol.rawValue), autoCorrects: mapping.autoCorrects)
    }
}
