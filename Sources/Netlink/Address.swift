internal import CLinux
internal import Glibc
package import Vocabulary

/// An address of a link; rtnetlink(7), RTM_NEWADDR.
package struct Address: Hashable, Sendable {
    /// The index of the link.
    package var link: Int32
    package var address: IPAddress
    package var prefixLength: Int

    /// The subnet that an IPv4 address lies in.
    package var network: IPv4Network? {
        guard case .v4(let own) = address else { return nil }
        return IPv4Network(containing: own, prefixLength: prefixLength)
    }
}

extension Message {
    /// The address that this message describes; `nil` for a message of another kind or family.
    ///
    /// - Throws: `.malformed`.
    func address() throws(NetlinkError) -> Address? {
        guard kind == Int(RTM_NEWADDR), let family = payload.first, family == AF_INET || family == AF_INET6 else {
            return nil
        }
        let attributes = try attributes(after: 8)
        guard let prefixLength = payload.integer(at: 1, as: UInt8.self),
            let index = payload.integer(at: 4, as: UInt32.self),
            // On a point-to-point link IFA_ADDRESS is the other end.
            let bytes = attributes[IFA_LOCAL] ?? attributes[IFA_ADDRESS], let address = IPAddress(bytes)
        else { throw .malformed("an address that is not of its family") }
        return Address(link: Int32(truncatingIfNeeded: index), address: address, prefixLength: Int(prefixLength))
    }
}

extension Request {
    /// Adds an address and, by its prefix length, the route to the subnet.
    package static func addAddress(
        _ address: IPv4Address, prefixLength: Int, to link: Int32
    ) -> Request {
        var request = Request(
            "add address \(address)/\(prefixLength)", kind: RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_EXCL)
        let network = IPv4Network(containing: address, prefixLength: prefixLength)
        request.append(UInt8(AF_INET))
        request.append(UInt8(network.prefixLength))
        request.append(UInt8(0))
        request.append(UInt8(RT_SCOPE_UNIVERSE.rawValue))
        request.append(link)
        request.attribute(IFA_LOCAL, bytes: address.octets)
        request.attribute(IFA_ADDRESS, bytes: address.octets)
        if network.prefixLength < 31 { request.attribute(IFA_BROADCAST, bytes: network.broadcast.octets) }
        return request
    }
}

extension Request {
    /// Adds an address of IPv6 that can be used at once: no other link on a bridge of Trice has it, so that the kernel need
    /// not ask (RFC 4862, section 5.4).
    package static func addAddress(
        _ address: IPv6Address, prefixLength: Int, to link: Int32
    ) -> Request {
        var request = Request(
            "add address \(address)/\(prefixLength)", kind: RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_EXCL)
        request.append(UInt8(AF_INET6))
        request.append(UInt8(clamping: prefixLength))
        request.append(UInt8(IFA_F_NODAD))
        request.append(UInt8(RT_SCOPE_UNIVERSE.rawValue))
        request.append(link)
        request.attribute(IFA_LOCAL, bytes: address.bytes)
        request.attribute(IFA_ADDRESS, bytes: address.bytes)
        return request
    }
}

extension NetlinkSocket {
    /// All addresses of the namespace, IPv4 and IPv6.
    package borrowing func addresses() throws(NetlinkError) -> [Address] {
        var request = Request("list the addresses", kind: RTM_GETADDR)
        request.append(UInt8(AF_UNSPEC))
        for _ in 0..<3 { request.append(UInt8(0)) }
        request.append(UInt32(0))
        var addresses: [Address] = []
        for message in try dump(request) {
            if let address = try message.address() { addresses.append(address) }
        }
        return addresses
    }
}
