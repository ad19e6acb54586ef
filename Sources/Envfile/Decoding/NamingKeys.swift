extension ServiceDraft {
    /// What containers are called and how they resolve names.
    static let namingKeys: Keys = [
        "container_name": { $1.service.naming.containerName = containerName(from: $0) },
        "dns": { $1.service.naming.dnsServers = $0.keyedStringOrList() },
        "dns_opt": { $1.service.naming.dnsOptions = $0.keyedStrings() },
        "dns_search": { $1.service.naming.dnsSearch = $0.keyedStringOrList() },
        "domainname": { $1.service.naming.domainname = $0.nonEmptyString() },
        "external_links": { $1.service.naming.externalLinks = $0.keyedStrings() },
        "extra_hosts": { $1.service.naming.extraHosts = ExtraHosts.decoded(from: $0) ?? ExtraHosts() },
        "hostname": { $1.service.naming.hostname = hostname(from: $0) },
        "links": { $1.service.naming.links = $0.keyedStrings() },
        "mac_address": { $1.service.naming.macAddress = $0.nonEmptyString() },
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
