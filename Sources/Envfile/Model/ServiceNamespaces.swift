/// What a service's containers share with the host or with each other.
public struct ServiceNamespaces: Hashable, Sendable {
    /// `network_mode`; `nil` means the networks of the service.
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

/// Where a namespace comes from.
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

    /// As a file says it.
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
