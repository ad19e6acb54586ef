package import Vocabulary

/// The subnet of IPv6 of a network and the host's address in it.
package struct IPv6Range: Hashable, Sendable {
    package let subnet: IPv6Network
    /// The address of the bridge.
    package let gateway: IPv6Address

    /// - Parameter gateway: `nil` for the first address after that of the subnet.
    /// - Throws: `.invalidValue` for a subnet that has no room for numbers of 32 bits, and for a gateway outside of it.
    package init(_ subnet: IPv6Network, gateway: IPv6Address? = nil) throws(NetworkError) {
        guard subnet.prefixLength <= 96 else {
            throw NetworkError(.invalidValue, "subnet \(subnet) is smaller than a /96")
        }
        if let gateway, !subnet.contains(gateway) {
            throw NetworkError(.invalidValue, "gateway \(gateway) does not lie in subnet \(subnet)")
        }
        self.subnet = subnet
        self.gateway = gateway ?? Self.address(1, of: subnet)
    }

    /// The unique local subnet of a network (RFC 4193): equal names give equal subnets, and others differ but for one in
    /// 2⁴⁰.
    package static func uniqueLocal(environment: String, network: String) throws(NetworkError) -> IPv6Range {
        let hash = InterfaceNaming.hash([environment, network, "ipv6"])
        var bytes: [UInt8] = [0xFD]
        for shift in [32, 24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: hash >> UInt64(shift))) }
        bytes += [UInt8](repeating: 0, count: 10)
        guard let address = IPv6Address(bytes) else {
            throw NetworkError(.invalidValue, "a subnet of IPv6 has sixteen bytes")
        }
        return try IPv6Range(IPv6Network(containing: address, prefixLength: 64))
    }

    /// The address of the container that has this number in the subnet of IPv4.
    package func address(numbered number: UInt32) -> IPv6Address { Self.address(number, of: subnet) }

    private static func address(_ number: UInt32, of subnet: IPv6Network) -> IPv6Address {
        var bytes = subnet.address.bytes
        for (index, shift) in [24, 16, 8, 0].enumerated() {
            bytes[12 + index] |= UInt8(truncatingIfNeeded: number >> UInt32(shift))
        }
        return IPv6Address(bytes) ?? subnet.address
    }
}
