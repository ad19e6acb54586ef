internal import Vocabulary

// MARK: - Names

extension NetworkPlan {
    /// The text of a container's /etc/hosts: its own names, at each of its addresses.
    ///
    /// - Parameters:
    ///   - names: the container's own, the host name with its domain first.
    ///   - extra: the entries of the user, which come first.
    /// - Throws: `.invalidValue` for a name that cannot be a host name.
    package func hosts(
        of container: String, names: [String], extra: [HostNames] = []
    ) throws(NetworkError) -> String {
        var own: [HostNames] = []
        for address in members(of: container).flatMap(addresses) { own.append(try HostNames(address, names)) }
        // A program that looks up its own host name finds it also where there is no network.
        if own.isEmpty { own = [try HostNames(.v4(.loopback), names)] }
        return HostsFile.text(own: own, extra: extra)
    }

    /// Whether a container can reach what lies beyond its networks.
    package func reachesOut(_ container: String) -> Bool { gatewayMember(of: container) != nil }
}
