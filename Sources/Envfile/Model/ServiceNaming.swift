/// What a service's containers are called, and how they find others by name.
public struct ServiceNaming: Hashable, Sendable {
    /// `hostname` as written; `Service.hostname` is the one that applies.
    public var hostname: String?
    public var domainname: String?
    public var containerName: String?
    public var macAddress: String?
    /// Addresses of name servers.
    public var dnsServers: [String] = []
    /// Options of resolv.conf(5), such as `ndots:1`.
    public var dnsOptions: [String] = []
    public var dnsSearch: [String] = []
    public var extraHosts = ExtraHosts()
    /// `SERVICE[:ALIAS]`.
    public var links: [String] = []
    /// `CONTAINER[:ALIAS]` outside of the environment.
    public var externalLinks: [String] = []

    public init() {}
}
