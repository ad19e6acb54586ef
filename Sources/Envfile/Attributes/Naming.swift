/// The names of a service's containers, and their resolution of other names.
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

extension ServiceDraft {
    /// The names of containers and their resolver.
    static let namingKeys: Keys = [
        .init(
            "container_name", .none(.notYet), decode: { $1.service.naming.containerName = containerName(from: $0) },
            render: { .text($0.naming.containerName) }),
        .init(
            "dns", .none(.notYet), decode: { $1.service.naming.dnsServers = $0.keyedStringOrList() },
            render: { .texts($0.naming.dnsServers) }),
        .init(
            "dns_opt", .none(.notYet), decode: { $1.service.naming.dnsOptions = $0.keyedStrings() },
            render: { .texts($0.naming.dnsOptions) }),
        .init(
            "dns_search", .none(.notYet), decode: { $1.service.naming.dnsSearch = $0.keyedStringOrList() },
            render: { .texts($0.naming.dnsSearch) }),
        .init(
            "domainname", .none(.notYet), decode: { $1.service.naming.domainname = $0.nonEmptyString() },
            render: { .text($0.naming.domainname) }),
        .init(
            "external_links", .none(.foreign), decode: { $1.service.naming.externalLinks = $0.keyedStrings() },
            render: { .texts($0.naming.externalLinks) }),
        .init(
            "extra_hosts", .none(.notYet),
            decode: { $1.service.naming.extraHosts = ExtraHosts.decoded(from: $0) ?? ExtraHosts() },
            render: { $0.naming.extraHosts.isEmpty ? nil : $0.naming.extraHosts.rendered() }),
        .init(
            "hostname", .container, decode: { $1.service.naming.hostname = hostname(from: $0) },
            render: { .text($0.naming.hostname) }),
        .init(
            "links", .none(.notYet), decode: { $1.service.naming.links = $0.keyedStrings() },
            render: { .texts($0.naming.links) }),
        .init(
            "mac_address", .none(.notYet), decode: { $1.service.naming.macAddress = $0.nonEmptyString() },
            render: { .text($0.naming.macAddress) }),
    ]

    private static func hostname(from cursor: Cursor) -> String? {
        guard let text = cursor.nonEmptyString() else { return nil }
        let isValid = text.utf8.allSatisfy {
            ResourceName.isAlphanumeric($0) || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_")].contains($0)
        }
        if !isValid || text.utf8.count > 64 {
            cursor.unusable("`\(text)` is no host name", expected: "up to 64 letters, digits, `.`, `-` and `_`")
        }
        return text
    }

    private static func containerName(from cursor: Cursor) -> String? {
        guard let text = cursor.nonEmptyString() else { return nil }
        if !ResourceName.isValid(text) {
            cursor.unusable(
                "`\(text)` is no name of a container",
                expected: "letters, digits, `.`, `_` and `-`, beginning with a letter or digit")
        }
        return text
    }
}
