internal import Vocabulary

extension ServiceDraft {
    /// The connections between a service, other services and the host.
    static let connectionKeys: Keys = [
        .init(
            "expose", .information, decode: { $1.service.exposedPorts = PortMapping.exposed(from: $0) },
            render: { .texts($0.exposedPorts) }
        ).merged(.list(.text)),
        // The extended service is merged before this table is used.
        .init("extends", .file, keys: .fields(AttributeKey.plain("file", "service")), decode: { _, _ in }),
        .init(
            "networks", .network, keys: .entries(NetworkAttachment.keys),
            decode: { $1.networks = NetworkAttachment.decodedList(from: $0) }, render: { $0.renderedNetworks }
        ).merged(.names(.nothing)),
        .init(
            "ports", .network, keys: .entries(LongPort.keys), decode: { $1.ports = PortMapping.decodedList(from: $0) },
            renderInContext: { model, context in .items(model.ports) { $0.rendered(context) } }
        ).merged(.ports),
    ]
}

extension Service {
    /// A service that could join a network and joins none is rendered explicitly; one with a `network_mode` is not.
    fileprivate var renderedNetworks: Value? {
        if namespaces.network != nil { return nil }
        if networks.isEmpty { return .map([]) }
        return .members(networks) { ($0.network.rawValue, $0.rendered()) }
    }
}
