/// `driver_opts` of a service's membership in a network that have an effect, under the names that Docker's users know.
package struct EndpointOptions: Hashable, Sendable {
    /// The name of the link in the container.
    package var interfaceName: String?
    /// Settings of the kernel for the link, by name with `IFNAME` in place of the link's, such as
    /// `net.ipv4.conf.IFNAME.log_martians`.
    package var sysctls: [String: String] = [:]
    /// The settings that have not the form of one.
    var malformedSysctls: [String] = []

    /// Options that are not known are left out.
    package init(_ options: [String: String]) {
        interfaceName = options[Self.interfaceNameKey]
        for setting in (options[Self.sysctlsKey] ?? "").split(separator: ",").map(String.init) {
            let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2, Self.isName(parts[0]) {
                sysctls[parts[0]] = parts[1]
            } else {
                malformedSysctls.append(setting)
            }
        }
    }

    static let interfaceNameKey = "com.docker.network.endpoint.ifname"
    static let sysctlsKey = "com.docker.network.endpoint.sysctls"

    static let known: Set<String> = [interfaceNameKey, sysctlsKey]

    /// `net.FAMILY.GROUP.IFNAME.SETTING`.
    private static func isName(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 5 && parts[0] == "net" && ["ipv4", "ipv6", "mpls"].contains(parts[1])
            && parts[3] == "IFNAME"
            && parts.allSatisfy { part in
                !part.isEmpty && part.utf8.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "_") }
            }
    }
}
