package import Vocabulary

/// A subnet of IPv4 on a bridge, and the host's address in it.
package struct IPv4Range: Hashable, Sendable {
    /// The addresses on the bridge.
    package let subnet: IPv4Network
    /// The host's address, which default routes of containers lead to.
    package let gateway: IPv4Address

    init(subnet: IPv4Network, gateway: IPv4Address) {
        self.subnet = subnet
        self.gateway = gateway
    }

    /// - Parameter gateway: `nil` for the first address.
    /// - Throws: `.invalidValue` for a subnet without room for a gateway and a container, and a gateway outside of it.
    package init(_ subnet: IPv4Network, gateway: IPv4Address? = nil) throws(NetworkError) {
        guard subnet.prefixLength <= 30, let first = subnet[1] else {
            throw NetworkError(.invalidValue, "subnet \(subnet) has no room for a gateway and a container")
        }
        if let gateway, !subnet.contains(gateway) {
            throw NetworkError(.invalidValue, "gateway \(gateway) does not lie in subnet \(subnet)")
        }
        self.init(subnet: subnet, gateway: gateway ?? first)
    }
}
