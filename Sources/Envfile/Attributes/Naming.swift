internal import Vocabulary

/// The names of a service's containers, and their resolution of other names.
package struct ServiceNaming: Hashable, Sendable {
    /// `hostname` as written; `Service.hostname` is the one that applies.
    package var hostname: String?
    package var domainname: String?
    package var containerName: String?
    package var macAddress: String?
    /// Addresses of name servers.
    package var dnsServers: [String] = []
    /// Options of resolv.conf(5), such as `ndots:1`.
    package var dnsOptions: [String] = []
    package var dnsSearch: [String] = []
    package var extraHosts = ExtraHosts()
    /// `SERVICE[:ALIAS]`.
    package var links: [String] = []
    /// `CONTAINER[:ALIAS]` outside of the environment.
    package var externalLinks: [String] = []

    package init() {}
}

extension ServiceDraft {
    /// The names of containers and their resolver.
    static let namingKeys: Keys = [
        .init(
            "container_name", .container, decode: { $1.service.naming.containerName = containerName(from: $0) },
            render: { .text($0.naming.containerName) }),
        .init(
            "dns", .container, decode: { $1.service.naming.dnsServers = servers(from: $0) },
            render: { .texts($0.naming.dnsServers) }
        ).merged(.list(.text)),
        .init(
            "dns_opt", .container,
            decode: { $1.service.naming.dnsOptions = words($0.keyedStrings(), "option of resolv.conf", in: $0) },
            render: { .texts($0.naming.dnsOptions) }
        ).merged(.list(.keyOfValue)),
        .init(
            "dns_search", .container,
            decode: { $1.service.naming.dnsSearch = words($0.keyedStringOrList(), "domain", in: $0) },
            render: { .texts($0.naming.dnsSearch) }
        ).merged(.list(.text)),
        .init(
            "domainname", .container, decode: { $1.service.naming.domainname = hostname(from: $0, "domain name") },
            render: { .text($0.naming.domainname) }),
        .init(
            "external_links", .container, decode: { $1.service.naming.externalLinks = $0.keyedStrings() },
            render: { .texts($0.naming.externalLinks) }
        ).merged(.list(.text)),
        .init(
            "extra_hosts", .container,
            decode: { $1.service.naming.extraHosts = ExtraHosts.decoded(from: $0) ?? ExtraHosts() },
            render: { $0.naming.extraHosts.isEmpty ? nil : $0.naming.extraHosts.rendered() }
        ).merged(.hosts),
        .init(
            "hostname", .container, decode: { $1.service.naming.hostname = hostname(from: $0) },
            render: { .text($0.naming.hostname) }),
        .init(
            "links", .container, decode: { $1.service.naming.links = $0.keyedStrings() },
            render: { .texts($0.naming.links) }
        ).merged(.list(.text)),
        .init(
            "mac_address", .container, decode: { $1.service.naming.macAddress = $0.macAddress() },
            render: { .text($0.naming.macAddress) }),
    ]

    /// The addresses of name servers.
    private static func servers(from cursor: Cursor) -> [String] {
        for item in cursor.items ?? [cursor] {
            guard let text = item.stringValue, IPAddress(parsing: text) == nil else { continue }
            item.unusable("`\(text)` is no address of a name server", expected: "an IPv4 or IPv6 address")
        }
        return cursor.keyedStringOrList()
    }

    /// Texts that stand in one line of resolv.conf(5), one beside the other.
    private static func words(_ texts: [String], _ kind: String, in cursor: Cursor) -> [String] {
        for item in cursor.items ?? [cursor] {
            guard let text = item.stringValue, text.isEmpty || text.contains(where: \.isWhitespace) else { continue }
            item.unusable("`\(text)` is no \(kind)", expected: "one word")
        }
        return texts
    }

    private static func hostname(from cursor: Cursor, _ kind: String = "host name") -> String? {
        guard let text = cursor.nonEmptyString() else { return nil }
        let isValid = text.utf8.allSatisfy {
            $0.isAlphanumeric || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_")].contains($0)
        }
        if !isValid || text.utf8.count > 64 {
            cursor.unusable("`\(text)` is no \(kind)", expected: "up to 64 letters, digits, `.`, `-` and `_`")
        }
        return text
    }

    private static func containerName(from cursor: Cursor) -> String? {
        guard let text = cursor.nonEmptyString() else { return nil }
        if !ServiceName.isValid(text) {
            cursor.unusable(
                "`\(text)` is no name of a container",
                expected: text.utf8.count > ServiceName.longest
                    ? "at most \(ServiceName.longest) bytes, and it has \(text.utf8.count)"
                    : "letters, digits, `.`, `_` and `-`, beginning with a letter or digit")
        }
        return text
    }
}
