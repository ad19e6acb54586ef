/// The namespaces that a service's containers share with the host or with each other.
public struct ServiceNamespaces: Hashable, Sendable {
    /// `network_mode`; `nil` for the networks of the service.
    public var network: NamespaceMode?
    public var ipc: NamespaceMode?
    public var pid: NamespaceMode?
    public var uts: NamespaceMode?
    /// `userns_mode`.
    public var user: NamespaceMode?
    public var cgroup: NamespaceMode?
    /// Kernel parameters inside, by name.
    public var sysctls: [String: String] = [:]

    public init() {}
}

/// The source of a namespace.
public enum NamespaceMode: Hashable, Sendable {
    case host, disabled, own, shareable
    /// The one of another service's container.
    case service(String)
    /// The one of a container outside of the environment.
    case container(String)
    /// Another word, such as the name of a network.
    case named(String)

    /// From the text of a file, such as `service:db`.
    public init(_ text: String) {
        switch text {
        case "host": self = .host
        case "none": self = .disabled
        case "private": self = .own
        case "shareable": self = .shareable
        case _ where text.hasPrefix("service:"): self = .service(String(text.dropFirst("service:".count)))
        case _ where text.hasPrefix("container:"): self = .container(String(text.dropFirst("container:".count)))
        default: self = .named(text)
        }
    }

    /// The text in a file.
    public var text: String {
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
            "cgroup", .none(.notYet),
            decode: { cursor, draft in
                draft.service.namespaces.cgroup = cursor.choice(CgroupNamespace.self).map { NamespaceMode($0.rawValue) }
            }, render: { .text($0.namespaces.cgroup?.text) }),
        .init(
            "ipc", .none(.notYet),
            decode: { $1.service.namespaces.ipc = $0.nonEmptyString().map { NamespaceMode($0) } },
            render: { .text($0.namespaces.ipc?.text) }),
        .init(
            "network_mode", .none(.notYet),
            decode: { $1.service.namespaces.network = $0.nonEmptyString().map { NamespaceMode($0) } },
            render: { .text($0.namespaces.network?.text) }),
        .init(
            "pid", .none(.notYet),
            decode: { cursor, draft in
                if cursor.node.isNull { return }
                draft.service.namespaces.pid = cursor.nonEmptyString().map { NamespaceMode($0) }
            }, render: { .text($0.namespaces.pid?.text) }),
        .init(
            "sysctls", .none(.notYet), decode: { $1.service.namespaces.sysctls = Labels.decoded(from: $0) },
            render: { .texts($0.namespaces.sysctls) }),
        .init(
            "userns_mode", .none(.notYet),
            decode: { $1.service.namespaces.user = $0.nonEmptyString().map { NamespaceMode($0) } },
            render: { .text($0.namespaces.user?.text) }),
        .init(
            "uts", .none(.notYet),
            decode: { $1.service.namespaces.uts = $0.nonEmptyString().map { NamespaceMode($0) } },
            render: { .text($0.namespaces.uts?.text) }),
    ]

    private enum CgroupNamespace: String, CaseIterable {
        case host
        case own = "private"
    }
}
