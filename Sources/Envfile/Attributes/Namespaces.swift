package import Vocabulary

/// The namespaces that a service's containers share with the host or with each other.
package struct ServiceNamespaces: Hashable, Sendable {
    /// `network_mode`; `nil` for the networks of the service.
    package var network: NamespaceMode?
    package var ipc: NamespaceMode?
    package var pid: NamespaceMode?
    package var uts: NamespaceMode?
    /// `userns_mode`.
    package var user: NamespaceMode?
    package var cgroup: NamespaceMode?
    /// Kernel parameters inside, by name.
    package var sysctls: [String: String] = [:]

    package init() {}
}

/// The source of a namespace.
package enum NamespaceMode: Hashable, Sendable {
    case host, disabled, own, shareable
    /// The one of another service's container.
    case service(ServiceName)
    /// The one of a container outside of the environment.
    case container(String)
    /// Another word, such as the name of a network.
    case named(String)

    /// From the text of a file, such as `service:db`.
    package init(_ text: String) {
        switch text {
        case "host": self = .host
        case "none": self = .disabled
        case "private": self = .own
        case "shareable": self = .shareable
        case _ where text.hasPrefix("service:"):
            self = .service(ServiceName(unchecked: String(text.dropFirst("service:".count))))
        case _ where text.hasPrefix("container:"): self = .container(String(text.dropFirst("container:".count)))
        default: self = .named(text)
        }
    }

    /// The network of the engine that `network_mode` names; `nil` for every other way.
    package var networkName: NetworkName? {
        switch self {
        case .host, .disabled, .service, .container: nil
        case .own, .shareable, .named: NetworkName(unchecked: text)
        }
    }

    /// The text in a file.
    package var text: String {
        switch self {
        case .host: "host"
        case .disabled: "none"
        case .own: "private"
        case .shareable: "shareable"
        case .service(let name): "service:\(name)"
        case .container(let name): "container:\(name)"
        case .named(let text): text
        }
    }
}

extension ServiceDraft {
    /// The shared namespaces.
    static let namespaceKeys: Keys = [
        .init(
            "cgroup", .container,
            decode: { cursor, draft in
                draft.service.namespaces.cgroup = cursor.choice(CgroupNamespace.self).map { NamespaceMode($0.rawValue) }
            }, render: { .text($0.namespaces.cgroup?.text) }),
        .init(
            "ipc", .container,
            decode: { $1.service.namespaces.ipc = $0.nonEmptyString().map { NamespaceMode($0) } },
            render: { .text($0.namespaces.ipc?.text) }),
        .init(
            "network_mode", .container,
            decode: { $1.service.namespaces.network = $0.nonEmptyString().map { NamespaceMode($0) } },
            render: { .text($0.namespaces.network?.text) }),
        .init(
            "pid", .container,
            decode: { cursor, draft in
                if cursor.node.isNull { return }
                draft.service.namespaces.pid = cursor.nonEmptyString().map { NamespaceMode($0) }
            }, render: { .text($0.namespaces.pid?.text) }),
        .init(
            "sysctls", .container, decode: { $1.service.namespaces.sysctls = Labels.decoded(from: $0) },
            render: { .texts($0.namespaces.sysctls) }
        ).merged(.keyValues),
        .init(
            "userns_mode", .container,
            decode: { $1.service.namespaces.user = $0.nonEmptyString().map { NamespaceMode($0) } },
            render: { .text($0.namespaces.user?.text) }),
        .init(
            "uts", .container,
            decode: { $1.service.namespaces.uts = $0.nonEmptyString().map { NamespaceMode($0) } },
            render: { .text($0.namespaces.uts?.text) }),
    ]

    private enum CgroupNamespace: String, CaseIterable {
        case host
        case own = "private"
    }
}
