internal import Netlink

// MARK: - Names

extension NetworkPlan {
    /// The text of a container's /etc/hosts: its own names, the host's, and those of every container that it shares a
    /// network with, at the addresses in these networks.
    ///
    /// - Parameter names: the names of each container, its host name first; a container that is missing has no names.
    /// - Throws: `.invalidValue` for a name that cannot be a host name.
    public func hosts(of container: String, names: [String: [String]]) throws(NetworkError) -> String {
        let own = members(of: container)
        let shared = Set(own.map(\.network))
        var others: [HostNames] = []
        for other in containers where other != container {
            for member in members(of: other) where shared.contains(member.network) {
                others.append(try HostNames(.v4(member.address), names[other] ?? []))
            }
        }
        var ownNames: [HostNames] = []
        for member in own { ownNames.append(try HostNames(.v4(member.address), names[container] ?? [])) }
        let gateway = (gatewayMember(of: container) ?? own.first).flatMap { network($0.network)?.bridge.gateway }
        return HostsFile.text(own: ownNames, others: others, gateway: gateway)
    }
}
